"""Eq. 11 from shards: what a vocabulary reads in captions, batches that do not depend on processes, going on."""

import io
import tarfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from realscale.data import DataError, shard_stream
from realscale.data.shard_stream import Position
from realscale.data.shards import list_shards
from realscale.midtraining.pairs import Batch
from realscale.midtraining.ranks import ALONE, Ranks
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.shard_pairs import INDEPENDENT, WITHOUT_CLASS, ShardPairs, replaced
from realscale.midtraining.training import mid_train
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.shards import shards as caption_shards
from realscale.vocabulary.table import run as match

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
PRUNED = {
    "a dog": 0,
    "two dogs": 0,
    "a cat": 1,
    "the cat": 1,
    "a photo of an apple on a table": 2,
    "a photo of a dog": 0,
}
NONE_SAID = 4


@pytest.fixture
def streamed(shards: Path, vocabulary: ReviewedVocabulary) -> ShardPairs:
    return ShardPairs(list_shards(shards), vocabulary, 16, readers=2, buffer=3)


def _batches(pairs: ShardPairs, count: int, *, ranks: Ranks = ALONE, wrong: bool = False) -> list[Batch]:
    drawn = pairs.batches(6, range(count), seed=1, wrong=wrong, ranks=ranks, after={})
    return list(islice(drawn, count))


def test_class_context_and_pruned_caption_come_from_the_caption(streamed: ShardPairs) -> None:
    contexts = {"beach": 0, "sketch": 1, "night": 2, "snow": 3}
    met = set()
    for batch in _batches(streamed, 8):
        rows = zip(batch.full, batch.pruned, batch.tokens.classes, batch.tokens.column("contexts"), strict=True)
        for full, pruned, label, context in rows:
            said = next((number for word, number in contexts.items() if word in full), NONE_SAID)
            assert int(context) == said
            assert PRUNED[pruned.lower()] == int(label)
            assert ("dog", "cat", "apple")[int(label)] in full
            met.add((full.lower(), pruned.lower()))
        levels = [int(picture[0, 0, 0]) for picture in batch.images]
        assert levels == [40 * _number(full) for full in batch.full]
    assert ("two dogs, at night", "a photo of a dog") in met  # exchanged between pairs of one class
    assert streamed.findings.counts[WITHOUT_CLASS] > 2
    assert all(name.partition("/")[0].endswith(".tar") for name in streamed.findings.named[WITHOUT_CLASS])


def _number(caption: str) -> int:
    words = ("beach", "sketch", "night", "bicycle", "apple", "snow")
    return next(number for number, word in enumerate(words) if word in caption)


def test_processes_have_the_batches_of_one(streamed: ShardPairs, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _batches(streamed, 5)
    parts = [_with_messages(streamed, rank, whole, monkeypatch) for rank in (0, 1)]
    for batch, *shares in zip(whole, *parts, strict=True):
        assert np.array_equal(np.concatenate([share.images for share in shares]), batch.images)
        for share in shares:
            assert (share.full, share.pruned) == (batch.full, batch.pruned)
            assert torch.equal(share.tokens.classes, batch.tokens.classes)
        assert {**shares[0].after, **shares[1].after} == batch.after
    with pytest.raises(ValueError, match="2 readers for 3 processes"):
        next(streamed.batches(6, range(1), seed=1, wrong=False, ranks=Ranks(0, 3), after={}))


def _with_messages(
    pairs: ShardPairs, rank: int, whole: Sequence[Batch], monkeypatch: pytest.MonkeyPatch
) -> list[Batch]:
    """The batches of one of two processes; the other one says what its reader would."""
    others = [pairs._parts(6, range(1 - rank, 2 - rank), 1, {})]

    def gathered(self: Ranks, own: list[object]) -> list[object]:
        said = [pair.said() for pair in next(others[0])]
        return [own, said] if rank == 0 else [said, own]

    monkeypatch.setattr(Ranks, "gather_json", gathered)
    found = _batches(pairs, len(whole), ranks=Ranks(rank, 2))
    monkeypatch.undo()
    return found


def test_the_stream_goes_on_where_it_was(streamed: ShardPairs) -> None:
    whole = _batches(streamed, 12)  # more than an epoch
    rest = list(streamed.batches(6, range(5, 12), seed=1, wrong=False, ranks=ALONE, after=whole[4].after))
    for expected, found in zip(whole[5:], rest, strict=True):
        assert (found.full, found.pruned, found.after) == (expected.full, expected.pruned, expected.after)
        assert np.array_equal(found.images, expected.images)


def test_every_pair_with_a_class_is_given_once_an_epoch(shards: Path, vocabulary: ReviewedVocabulary) -> None:
    pairs = ShardPairs(list_shards(shards), vocabulary, 16, buffer=5)
    written = Counter((shard + number) % 6 for shard in range(4) for number in range(9))
    del written[3]  # names no class
    for _, batch in zip(range(2), pairs.batches(29, range(2), seed=1, wrong=False, ranks=ALONE, after={}), strict=True):
        assert Counter(map(_number, batch.full)) == written
    seeds = [next(pairs.batches(6, range(1), seed=s, wrong=False, ranks=ALONE, after={})).full for s in range(4)]
    assert len(set(seeds)) > 1


def test_without_a_vocabulary_every_captioned_pair_is_used(shards: Path, architecture: str, tmp_path: Path) -> None:
    pairs = ShardPairs(list_shards(shards), None, 16, readers=2, buffer=5)
    batch = next(pairs.batches(36, range(1), seed=1, wrong=False, ranks=ALONE, after={}))
    assert Counter(map(_number, batch.full)) == Counter(
        (shard + number) % 6 for shard in range(4) for number in range(9)
    )
    assert [int(picture[0, 0, 0]) for picture in batch.images] == [40 * _number(full) for full in batch.full]
    assert (batch.pruned, pairs.versions) == ((), ("full",))
    whole = list(pairs.batches(6, range(9), seed=1, wrong=False, ranks=ALONE, after={}))
    rest = list(pairs.batches(6, range(4, 9), seed=1, wrong=False, ranks=ALONE, after=whole[3].after))
    assert [part.full for part in rest] == [part.full for part in whole[4:]]
    for recipe in ("pruned", "balanced", "hardneg"):
        with pytest.raises(ValueError, match=f"the recipe '{recipe}' scores .* expected --vocabulary FILE.yaml"):
            mid_train(MidTraining(architecture, recipe=recipe, batch=6), pairs, tmp_path)


def test_a_batch_of_more_pairs_than_there_are_is_refused(shards: Path, vocabulary: ReviewedVocabulary) -> None:
    pairs = ShardPairs(list_shards(shards), vocabulary, 16, readers=2, buffer=3)
    first = lambda size: next(pairs.batches(size, range(1), seed=1, wrong=False, ranks=ALONE, after={}))  # noqa: E731
    assert len(first(29).full) == 29
    with pytest.raises(ValueError, match=r"75 pairs from shards with 29 that can be used.*would stand in a batch 2\.6"):
        first(75)


def test_a_picture_whose_caption_names_no_class_is_not_decoded(
    vocabulary: ReviewedVocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (20, 16)).save(picture, format="PNG")
    whole, damaged = picture.getvalue(), picture.getvalue()[:45]
    written = [("a dog", whole), ("a tree", whole), ("a tree", damaged), ("a cat", damaged), ("a cat", whole)]
    with tarfile.open(tmp_path / "00000.tar", "w") as archive:
        for number, (caption, content) in enumerate(written):
            for suffix, held in (("png", content), ("txt", caption.encode())):
                member = tarfile.TarInfo(f"{number}.{suffix}")
                member.size = len(held)
                archive.addfile(member, io.BytesIO(held))
    opened: list[bytes] = []
    decode = shard_stream.decode
    monkeypatch.setattr(
        shard_stream, "decode", lambda content, size: (opened.append(content), decode(content, size))[1]
    )
    pairs = ShardPairs(list_shards(tmp_path), vocabulary, 16, buffer=1)
    reader = pairs._matched(0, 0, Position())
    assert [pair.position.drawn for pair in islice(reader, 2)] == [1, 5]
    assert opened == [whole, damaged, whole]
    assert pairs.findings.named == {WITHOUT_CLASS: ["00000.tar/1", "00000.tar/2"], "corrupt image": ["00000.tar/3"]}


def test_a_reader_whose_shard_is_empty_takes_part_in_the_next_epoch(
    shards: Path, vocabulary: ReviewedVocabulary, tmp_path: Path
) -> None:
    for path in list_shards(shards)[:2]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    tarfile.open(tmp_path / "00002.tar", "w").close()
    pairs = ShardPairs(list_shards(tmp_path), vocabulary, 16, readers=3, buffer=3)
    whole = _batches(pairs, 20)  # of 18 pairs, two of each reader in a batch: 7 epochs and more
    assert len({position[0] for position in whole[-1].after.values()}) > 1
    rest = list(pairs.batches(6, range(7, 20), seed=1, wrong=False, ranks=ALONE, after=whole[6].after))
    assert [batch.full for batch in rest] == [batch.full for batch in whole[7:]]


def test_wrong_captions_name_another_class_or_context(streamed: ShardPairs) -> None:
    for batch in _batches(streamed, 3, wrong=True):
        for full, (first, second), context in zip(
            batch.full, batch.negatives, batch.tokens.column("contexts"), strict=True
        ):
            assert first != full != second
            if int(context) == NONE_SAID:
                assert "apple" not in second
            else:
                assert any(word in second for word in ("dog", "cat", "apple") if word in full)


@pytest.mark.parametrize(
    ("caption", "form", "other", "expected"),
    [
        ("A dog and a dog", "dog", "apple", "an apple and a dog"),
        ("two hot-dogs here", "hot-dogs", "cat", "two cat here"),
        ("the sports  car", "sports car", "bus", "the bus"),
        ("doghouse of an owl", "owl", "dog", "doghouse of a dog"),
    ],
)
def test_a_word_is_replaced_with_its_article(caption: str, form: str, other: str, expected: str) -> None:
    assert replaced(caption, form, other) == expected


def test_a_vocabulary_that_nothing_names_is_refused(shards: Path) -> None:
    pairs = ShardPairs(list_shards(shards), ReviewedVocabulary((Entry("zebra"),), ()), 16)
    with pytest.raises(DataError, match=r"(?s)no usable sample in 4 shards: 36 x .*such as .'zebra'"):
        _batches(pairs, 1)


def test_the_law_is_of_the_matched_captions(shards: Path, vocabulary: ReviewedVocabulary, tmp_path: Path) -> None:
    text = tmp_path / "captions.txt"
    text.write_text("a dog on the beach\na dog\na cat\na dog in the snow\na tree\na dog on the beach\n")
    ignore = lambda *told: None  # noqa: E731
    match(caption_shards([text]), vocabulary, tmp_path / "tables", prune=False, fault=ignore, progress=ignore)
    pairs = ShardPairs(list_shards(shards), vocabulary, 16, tables=tmp_path / "tables")
    counts = np.array([[2, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
    assert np.allclose(pairs.law, counts / 5, atol=2 * INDEPENDENT)
    assert pairs.law.min() > 0
    assert pairs.law.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="expected --tables"):
        _ = replace(pairs, tables=None).law
    assert replace(pairs, tables=None).fingerprint != pairs.fingerprint


@pytest.mark.parametrize("change", [{"size": 8}, {"readers": 1}, {"buffer": 4}])
def test_the_fingerprint_is_of_all_that_decides_batches(change: dict[str, int], streamed: ShardPairs) -> None:
    assert replace(streamed, **change).fingerprint != streamed.fingerprint
    assert replace(streamed).fingerprint == streamed.fingerprint


def test_a_run_on_shards_goes_on_to_the_same_weights(architecture: str, streamed: ShardPairs, tmp_path: Path) -> None:
    config = MidTraining(architecture, steps=6, batch=6, warmup=1, log_every=1, checkpoint_every=2)
    whole = load_file(mid_train(config, streamed, tmp_path / "whole"))

    def stop(line: dict[str, int]) -> None:
        if line["step"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mid_train(config, streamed, tmp_path / "cut", progress=stop)  # type: ignore[arg-type]
    resumed = load_file(mid_train(config, replace(streamed), tmp_path / "cut"))
    assert all(torch.equal(resumed[name], tensor) for name, tensor in whole.items())
