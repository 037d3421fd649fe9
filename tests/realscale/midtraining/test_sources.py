"""What the command trains on: folders in known layouts with contexts left out, shards with a vocabulary."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from realscale.midtrain import main
from realscale.midtraining.pairs import PairSet
from realscale.midtraining.ranks import ALONE
from realscale.midtraining.shard_pairs import ShardPairs
from realscale.midtraining.sources import Source
from realscale.midtraining.training import WEIGHTS
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.writing import save

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three domains of two classes with four pictures each; the grey level says which picture it is."""
    level = 0
    for domain in ("art_painting", "grass", "unheard_of"):
        for label in ("alarm_clock", "dog"):
            for number in range(4):
                path = tmp_path / "set" / domain / label / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (30, 20), (level, level, level)).save(path)
                level += 10
    return tmp_path / "set"


def test_a_folder_speaks_of_its_domains(folder: Path, architecture: str) -> None:
    pairs = Source(str(folder), "domainbed", without=("grass",)).pairs(architecture)
    assert isinstance(pairs, PairSet)
    assert len(pairs) == 16
    batch = pairs.batch(16, rng=np.random.default_rng(0), share=slice(4, 16))
    assert set(batch.full) == {
        "an art painting of an alarm clock",
        "an art painting of a dog",
        "an unheard of picture of an alarm clock",
        "an unheard of picture of a dog",
    }
    assert set(batch.pruned) == {"an alarm clock", "a dog"}
    levels = batch.images[:, 3, 3, 0] // 10
    assert batch.images.shape == (12, 16, 16, 3)
    for level, full in zip(levels, batch.full[4:], strict=True):
        assert full.startswith("an art") == (level < 8)
        assert full.endswith("dog") == (level % 8 >= 4)
    assert not pairs.law[:, 1].any()
    drawn = list(pairs.batches(6, range(2), seed=0, wrong=True, ranks=ALONE, after={}))
    assert [len(part.images) for part in drawn] == [6, 6]
    assert "a photo of {} on grass" in pairs.phrases


def test_files_that_a_report_names_are_left_out_and_what_is_skipped_is_said(
    folder: Path, architecture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    report.write_text('{"unusable": ["grass/dog/0.png"]}')
    assert len(Source(str(folder), "domainbed").pairs(architecture)) == 24
    assert "grass/dog/0.png" not in capsys.readouterr().err
    assert len(Source(str(folder), "domainbed", skip=report).pairs(architecture)) == 23
    assert "grass/dog/0.png" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"without": ("nowhere",)}, "no context 'nowhere' to leave out; expected of art painting, grass, unheard of"),
        ({"vocabulary": Path("v.yaml")}, "are for shards"),
        ({"layout": "shards", "vocabulary": Path("v.yaml"), "skip": Path("r.json")}, "neither --without nor --skip"),
        ({"layout": "shards", "tables": Path("ids")}, "--tables without --vocabulary"),
        ({"layout": None, "data": "emoji", "skip": Path("r.json")}, "--skip is for folders"),
    ],
)
def test_options_that_do_not_go_together(wrong: dict[str, object], said: str, folder: Path, architecture: str) -> None:
    with pytest.raises(ValueError, match=said):
        Source(**{"data": str(folder), "layout": "domainbed", **wrong}).pairs(architecture)  # type: ignore[arg-type]


def test_the_command_trains_on_shards_and_says_what_it_left_out(
    architecture: str,
    shards: Path,
    vocabulary: ReviewedVocabulary,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save(vocabulary, tmp_path / "vocabulary.yaml")
    arguments = ["--architecture", architecture, "--data", str(shards), "--layout", "shards", "--readers", "2"]
    arguments += ["--vocabulary", str(tmp_path / "vocabulary.yaml"), "--steps", "3", "--batch", "8"]
    for recipe in ("pruned", "hardneg"):
        out = tmp_path / recipe
        assert main([*arguments, "--recipe", recipe, "--out", str(out), "--device", "cpu"]) == 0
        told = capsys.readouterr()
        assert told.out.strip() == str(out / WEIGHTS)
        assert "x caption without a class word: " in told.err
        assert load_file(out / WEIGHTS)
    assert main([*arguments, "--recipe", "balanced", "--out", str(tmp_path / "balanced"), "--device", "cpu"]) == 2
    assert "expected --tables" in capsys.readouterr().err
    assert isinstance(
        Source(str(shards), "shards", vocabulary=tmp_path / "vocabulary.yaml").pairs(architecture), ShardPairs
    )


def test_without_a_vocabulary_clip_is_trained_on_every_pair_and_nothing_else(
    architecture: str, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--architecture", architecture, "--data", str(shards), "--layout", "shards", "--steps", "2"]
    arguments += ["--batch", "8", "--device", "cpu"]
    assert main([*arguments, "--recipe", "plain", "--out", str(tmp_path / "plain")]) == 0
    told = capsys.readouterr().err
    assert f"every pair of {shards} with a caption, because there is no --vocabulary" in told
    assert "without a class word" not in told
    assert main([*arguments, "--recipe", "pruned", "--out", str(tmp_path / "pruned")]) == 2
    assert "expected --vocabulary FILE.yaml" in capsys.readouterr().err


def test_what_nobody_reviewed_and_what_erases_nothing_is_said(
    architecture: str, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vocabulary.yaml"
    for reviewed, environments, told in (
        ("", (), ["it has not been reviewed", "it has no environments: pruning erases nothing"]),
        ("me", (Entry("beach"),), []),
    ):
        save(ReviewedVocabulary((Entry("dog"),), environments, reviewed=reviewed), path)
        Source(str(shards), "shards", vocabulary=path).pairs(architecture)
        lines = capsys.readouterr().err.splitlines()
        assert lines[0].endswith(f"whose caption names a class of {path}")
        assert len(lines) == 1 + len(told)
        assert all(text in line for text, line in zip(told, lines[1:], strict=True))
