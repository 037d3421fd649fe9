import io
import json
import sys
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from scm.batch import Batch
from scm.export import load_npz, save_dataset, save_npz, save_shards
from scm.images import rendered
from scm.sentence import SentenceConfig, SentenceSCM
from scm.sequence import TokenConfig, TokenSCM

CONFIG = TokenConfig(keep_probability=0.5, condition_quantile=0.1)
MODEL = TokenSCM.draw(CONFIG, rng=np.random.default_rng(0))
WRITERS = [save_npz, save_dataset, save_shards]


def token_batch(n: int = 7) -> Batch:
    return MODEL.sample(n, rng=np.random.default_rng(1))


def picture_batch() -> Batch:
    return rendered(token_batch(), 16)


def sentence_batch() -> Batch:
    model = SentenceSCM.draw(SentenceConfig(condition_quantile=0.1), rng=np.random.default_rng(0))
    return model.sample(5, rng=np.random.default_rng(1), dtype=np.float32)


def assert_same(first: Batch, second: Batch) -> None:
    assert first.graph == second.graph
    assert list(first.latents) == list(second.latents)
    pairs = [(first.latents[name], second.latents[name]) for name in first.latents]
    pairs += [(getattr(first, name), getattr(second, name)) for name in ("image", "text", "mask", "tokens", "roles")]
    for a, b in pairs:
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("make", [token_batch, picture_batch, sentence_batch])
def test_npz_round_trip(make, tmp_path):
    batch = make()
    assert_same(batch, load_npz(save_npz(batch, tmp_path / "new" / "batch.npz", seed=1)))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["batch.npz"]


def test_npz_holds_no_pickle_and_a_pickled_one_is_refused(tmp_path):
    path = save_npz(token_batch(), tmp_path / "batch.npz")
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["image"] = np.array([{"code": "to run"}] * 7, dtype=object)
    with pytest.raises(ValueError, match=r"the arrays \['image'\] hold Python objects"):
        save_npz(replace(token_batch(), image=arrays["image"]), tmp_path / "objects.npz")
    np.savez(tmp_path / "evil.npz", **arrays)
    with pytest.raises(ValueError, match=r"evil\.npz.*arrays of Python objects are refused, because unpickling"):
        load_npz(tmp_path / "evil.npz")


def test_torn_foreign_and_missing_files_are_refused(tmp_path):
    whole = save_npz(token_batch(), tmp_path / "batch.npz").read_bytes()
    (tmp_path / "torn.npz").write_bytes(whole[: len(whole) // 2])
    middle = len(whole) // 3
    (tmp_path / "flipped.npz").write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    (tmp_path / "text.npz").write_text("not an archive")
    np.savez(tmp_path / "foreign.npz", x=np.zeros(3))
    for name in ("torn", "flipped", "text", "foreign"):
        with pytest.raises(ValueError, match=rf"{name}\.npz' is not a whole batch"):
            load_npz(tmp_path / f"{name}.npz")
    with pytest.raises(ValueError, match=r"there is no file '.*absent\.npz'"):
        load_npz(tmp_path / "absent.npz")
    with np.load(tmp_path / "batch.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    sheet = json.loads(str(arrays["datasheet"]))
    np.savez(tmp_path / "later.npz", **{**arrays, "datasheet": np.array(json.dumps({**sheet, "format_version": 99}))})
    with pytest.raises(ValueError, match=r"later\.npz' has format version 99, this package reads 1"):
        load_npz(tmp_path / "later.npz")
    del arrays["latent/context"]
    np.savez(tmp_path / "less.npz", **arrays)
    with pytest.raises(ValueError, match=r"less\.npz' lacks the arrays \['latent/context'\]"):
        load_npz(tmp_path / "less.npz")


def test_dataset_round_trip(tmp_path):
    datasets = pytest.importorskip("datasets", reason="the extra `data` is not installed")
    datasets.disable_progress_bars()
    for number, batch in enumerate((token_batch(), picture_batch(), sentence_batch())):
        folder = save_dataset(batch, tmp_path / str(number), vocabulary=MODEL.vocabulary, config=CONFIG)
        rows = datasets.load_from_disk(str(folder))
        assert len(rows) == len(batch)
        np.testing.assert_array_equal(
            np.stack([np.asarray(row["image"]) for row in rows]).astype(batch.image.dtype), batch.image
        )
        np.testing.assert_array_equal(np.asarray(rows["text"], batch.text.dtype), batch.text)
        for name, latent in batch.latents.items():
            np.testing.assert_array_equal(np.asarray(rows[f"latent_{name}"], latent.dtype), latent)
        if batch.tokens is not None:
            np.testing.assert_array_equal(rows["mask"], batch.mask)
            assert list(rows["caption"]) == [MODEL.vocabulary.decode(row).text for row in batch.tokens]
        assert json.loads((folder / "datasheet.json").read_text())["rows"] == len(batch)


def test_shards_round_trip_and_are_reproducible(tmp_path):
    pytest.importorskip("webdataset", reason="the extra `data` is not installed")
    for number, batch in enumerate((token_batch(), picture_batch(), sentence_batch())):
        folders = [
            save_shards(batch, tmp_path / f"{number}{copy}", samples_per_shard=3, vocabulary=MODEL.vocabulary)
            for copy in "ab"
        ]
        shards = sorted(folders[0].glob("*.tar"))
        assert len(shards) == -(-len(batch) // 3)
        members: dict[str, bytes] = {}
        for shard in shards:
            assert shard.read_bytes() == (folders[1] / shard.name).read_bytes()
            with tarfile.open(shard) as archive:
                members |= {member.name: archive.extractfile(member).read() for member in archive}
        for row in range(len(batch)):
            key = f"{row:09d}"
            if batch.image.ndim == 4:
                image = np.asarray(Image.open(io.BytesIO(members[f"{key}.png"])))
            else:
                image = np.load(io.BytesIO(members[f"{key}.image.npy"]))
            np.testing.assert_array_equal(image, batch.image[row])
            np.testing.assert_array_equal(np.load(io.BytesIO(members[f"{key}.text.npy"])), batch.text[row])
            facts = json.loads(members[f"{key}.json"])
            for name, latent in batch.latents.items():
                np.testing.assert_array_equal(np.asarray(facts["latents"][name], latent.dtype), latent[row])
            if batch.tokens is not None:
                assert members[f"{key}.txt"].decode() == MODEL.vocabulary.decode(batch.tokens[row]).text
                assert facts["mask"] == batch.mask[row].tolist()


def test_datasheet_says_which_latent_is_what(tmp_path):
    batch = token_batch()
    path = save_npz(batch, tmp_path / "batch.npz", config=CONFIG, seed=5, vocabulary=MODEL.vocabulary, licence="mine")
    with np.load(path) as archive:
        sheet = json.loads(str(archive["datasheet"]))
    assert set(sheet["latents"]) == set(batch.latents)
    context = sheet["latents"]["context"]
    assert context["meaning"] == "observed index of the environment"
    assert context["parents"] == ["token_content_0"]
    assert context["law"] == "categorical: P(context = k | token_content_0) = table[token_content_0, k]"
    np.testing.assert_allclose(context["table"], MODEL.caption_law()["context"].table)
    assert sheet["latents"]["z_dp_img"]["law"].startswith("x = sum_p B_p c_p + eps")
    assert (sheet["seed"], sheet["licence"], sheet["config"]["levels"]) == (5, "mine", 4)
    assert sheet["config"]["type"] == "TokenConfig"
    assert set(sheet["versions"]) == {"python", "token-scm", "numpy"}
    assert sheet["vocabulary"]["environment"] == ["plain", "striped", "checked", "dotted"]
    assert sheet["token_roles"]["1"] == "environment"
    assert sheet["arrays"]["text"]["shape"] == list(batch.text.shape)
    with pytest.raises(ValueError, match="is not an instance of a dataclass"):
        save_npz(batch, tmp_path / "other.npz", config={"levels": 4})


@pytest.mark.parametrize("save", WRITERS)
def test_nothing_is_overwritten_and_an_unwritable_place_is_named(save, tmp_path):
    target = tmp_path / "kept.npz"
    target.write_text("mine")
    with pytest.raises(ValueError, match=r"kept\.npz' exists already; exports overwrite nothing"):
        save(token_batch(), target)
    assert target.read_text() == "mine"
    (tmp_path / "file").write_text("a file, not a folder")
    with pytest.raises(ValueError, match=r"cannot write '.*file/below\.npz': .*expected a folder"):
        save(token_batch(), tmp_path / "file" / "below.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "kept.npz"]


def test_other_bad_requests(tmp_path):
    with pytest.raises(ValueError, match=r"batch\.txt' does not end in \.npz"):
        save_npz(token_batch(), tmp_path / "batch.txt")
    with pytest.raises(ValueError, match="samples_per_shard=0, expected at least 1"):
        save_shards(token_batch(), tmp_path / "shards", samples_per_shard=0)


@pytest.mark.parametrize(("save", "module"), [(save_dataset, "datasets"), (save_shards, "webdataset")])
def test_a_missing_package_names_the_extra(save, module, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"needs the module '{module}'.*token-scm\[data\]"):
        save(token_batch(), tmp_path / "target")
    assert list(tmp_path.iterdir()) == []
