"""The stream of samples: a permutation dealt out without overlap, the same for the same seed, resumable anywhere."""

import gc
import json
import tarfile
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscale.data.errors import DataError
from realscale.data.findings import Findings
from realscale.data.shard_stream import Position, Sample, ShardStream, caption_of, shuffled
from realscale.data.shards import Entry, read_shard

Write = Callable[..., tuple[Path, ...]]
LOOK = 20  # samples that a test of resumption looks at, several epochs


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.integers(1, 50), st.integers(0, 1000))
def test_a_buffer_loses_nothing_and_looks_no_further_ahead_than_its_size(count: int, buffer: int, seed: int) -> None:
    given = list(shuffled(iter(range(count)), buffer, rng=np.random.default_rng(seed)))
    assert sorted(given) == list(range(count))
    assert all(item < place + buffer for place, item in enumerate(given))
    assert buffer > 1 or given == list(range(count))


def test_a_buffer_that_holds_everything_gives_every_order() -> None:
    rng = np.random.default_rng(0)
    orders = {tuple(shuffled(iter(range(3)), 9, rng=rng)) for _ in range(200)}
    assert len(orders) == 6


def keys(samples: list[Sample]) -> list[str]:
    return [f"{sample.shard}/{sample.key}" for sample in samples]


@settings(deadline=None, max_examples=25)
@given(
    counts=st.lists(st.integers(0, 5), min_size=1, max_size=6),
    parts=st.integers(1, 4),
    buffer=st.integers(1, 8),
    seed=st.integers(0, 1000),
    epoch=st.integers(0, 3),
)
def test_all_parts_together_give_every_sample_of_an_epoch_once(
    write_shards: Write, counts: list[int], parts: int, buffer: int, seed: int, epoch: int
) -> None:
    shards = write_shards(counts)
    parts = min(parts, len(shards))
    streams = [ShardStream(shards, seed=seed, size=2, buffer=buffer, part=part, parts=parts) for part in range(parts)]
    given = [key for each in streams for key in keys(list(each.epoch(epoch)))]
    expected = {
        f"{shard:05}.tar/{shard:05}{number:04}" for shard, count in enumerate(counts) for number in range(count)
    }
    assert len(given) == len(expected)
    assert set(given) == expected


@settings(deadline=None, max_examples=15)
@given(
    counts=st.lists(st.integers(1, 4), min_size=2, max_size=5),
    buffer=st.integers(1, 8),
    seed=st.integers(0, 1000),
    stop=st.integers(0, LOOK),
    part=st.integers(0, 1),
)
def test_a_resumed_stream_is_the_suffix_of_the_uninterrupted_one(
    write_shards: Write, counts: list[int], buffer: int, seed: int, stop: int, part: int
) -> None:
    """Also over the end of epochs, with corrupt images and samples without caption on the way; each counted once."""
    shards = write_shards(counts, damaged=True)

    def stream() -> ShardStream:
        return ShardStream(shards, seed=seed, size=2, buffer=buffer, part=part, parts=2)

    whole = stream()
    expected = list(islice(whole.samples(), LOOK))
    first = stream()
    head = list(islice(first.samples(), stop))
    second = stream()
    tail = list(islice(second.samples(head[-1].position if head else Position()), LOOK - stop))
    assert keys(head + tail) == keys(expected)
    assert [sample.position for sample in tail] == [sample.position for sample in expected[stop:]]
    assert all((one.picture == two.picture).all() for one, two in zip(tail, expected[stop:], strict=True))
    first.findings.merge(second.findings)
    assert first.findings == whole.findings


def test_a_stream_goes_on_right_behind_a_position(write_shards: Write) -> None:
    stream = ShardStream(write_shards([2, 3]), seed=0, size=2, buffer=2)
    whole = list(islice(stream.samples(), 7))  # over the end of the first epoch
    for number, sample in enumerate(whole[:-1]):
        assert next(stream.samples(sample.position)).position == whole[number + 1].position


def test_picture_and_caption_belong_together(write_shards: Write) -> None:
    for sample in ShardStream(write_shards([9, 9, 9]), seed=0, size=2, buffer=5).epoch(0):
        number = int(sample.key)
        assert sample.caption == f"mug {number}"
        assert (sample.picture == number % 256).all()


def test_seed_epoch_and_part_decide_the_order(write_shards: Write) -> None:
    shards = write_shards([4] * 6)

    def order(seed: int, epoch: int) -> list[str]:
        return keys(list(ShardStream(shards, seed=seed, size=2, buffer=7).epoch(epoch)))

    assert order(1, 0) == order(1, 0)
    assert len({tuple(order(seed, epoch)) for seed in range(3) for epoch in range(3)}) == 9
    assert len({tuple(ShardStream(shards, 1, 2).shards_of(epoch)) for epoch in range(4)}) > 1


def test_what_is_damaged_is_skipped_and_named(write_shards: Write) -> None:
    stream = ShardStream(write_shards([4], damaged=True), seed=0, size=2, buffer=1)
    assert keys(list(stream.epoch(0))) == [f"00000.tar/00000{number:04}" for number in range(4)]
    assert stream.findings.named == {
        "corrupt image": ["00000.tar/x0"],
        "caption that is not UTF-8": ["00000.tar/x1"],
        "empty caption": ["00000.tar/x2"],
        "no caption": ["00000.tar/x3"],
    }


@pytest.mark.parametrize(
    ("content", "caption"),
    [
        ({"txt": b" blue mug\n", "json": b'{"caption": "other"}'}, "blue mug"),
        ({"txt": "café".encode()}, "café"),
        ({"json": json.dumps({"caption": " café "}).encode()}, "café"),
        ({"json": b'{"caption": null}'}, ""),
        ({"json": b'["caption"]'}, ""),
        ({"json": b"{"}, ""),
    ],
)
def test_a_caption_is_the_text_or_else_that_of_the_record(content: dict[str, bytes], caption: str) -> None:
    assert caption_of(content) == caption


@pytest.mark.parametrize("parts", [1, 2])
def test_shards_without_a_usable_sample_are_an_error_and_no_endless_loop(write_shards: Write, parts: int) -> None:
    shards = write_shards([0, 0], damaged=True)
    with pytest.raises(DataError, match=rf"(?s)part 0 of {parts} has no usable sample in 2 shards: .*corrupt image"):
        next(ShardStream(shards, seed=0, size=2, parts=parts).samples())


def test_a_part_that_an_epoch_deals_an_empty_shard_goes_on_with_the_next(write_shards: Write) -> None:
    shards = write_shards([2, 0])
    for part in (0, 1):
        given = list(islice(ShardStream(shards, seed=0, size=2, part=part, parts=2).samples(), 12))
        epochs = [sample.position.epoch for sample in given[::2]]
        assert epochs == sorted(set(epochs))
        assert epochs[-1] > 5  # some were without a sample


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parts": 3}, "2 shards for 3 parts"),
        ({"part": 2, "parts": 2}, "part is 2 of 2, expected 0 to 1"),
        ({"buffer": 0}, "buffer is 0"),
        ({"size": 0}, "size is 0"),
    ],
)
def test_bad_options_are_refused(write_shards: Write, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ShardStream(write_shards([1, 1]), **{"seed": 0, "size": 2, **options})


def test_memory_does_not_grow_with_the_number_of_samples(tmp_path: Path) -> None:
    """10,000 samples: at no time are more entries alive than the buffer holds and the reader is at, and few headers."""
    path, buffer = tmp_path / "00000.tar", 50
    with path.open("wb") as opened:
        for number in range(10_000):
            for suffix in ("jpg", "txt"):
                entry = tarfile.TarInfo(f"{number:09}.{suffix}")
                entry.size = 512
                opened.write(entry.tobuf() + bytes(512))
        opened.write(bytes(1024))
    findings, number = Findings(), 0
    gc.collect()
    alive = [Counter(type(thing) for thing in gc.get_objects())]
    for _ in shuffled(read_shard(path, findings.add), buffer, rng=np.random.default_rng(0)):
        number += 1
        if number in (1000, 9000):
            alive.append(Counter(type(thing) for thing in gc.get_objects()))
    assert (number, findings.counts) == (10_000, {})
    before, (early, late) = alive[0], alive[1:]
    assert buffer <= early[Entry] - before[Entry] <= buffer + 2
    assert buffer <= late[Entry] - before[Entry] <= buffer + 2
    assert late[tarfile.TarInfo] <= early[tarfile.TarInfo] + 2
