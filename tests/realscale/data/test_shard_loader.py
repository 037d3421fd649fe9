"""Batches over ranks and workers: nothing twice, the same again, and a resumed loader goes on with the next batch."""

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from realscale.data.shard_loader import ShardBatch, ShardLoader

Write = Callable[..., tuple[Path, ...]]


def take(loader: ShardLoader, count: int) -> list[ShardBatch]:
    return list(islice(iter(loader), count))


def same(first: list[ShardBatch], second: list[ShardBatch]) -> bool:
    return len(first) == len(second) and all(
        (one.keys, one.captions, one.part, one.position) == (two.keys, two.captions, two.part, two.position)
        and (one.pictures == two.pictures).all()
        for one, two in zip(first, second, strict=True)
    )


def test_ranks_share_one_epoch_without_overlap(write_shards: Write) -> None:
    shards = write_shards([4] * 6)
    keys = [
        key
        for rank in range(3)
        for batch in take(ShardLoader(shards, seed=3, size=2, batch=2, rank=rank, world=3), 4)
        for key in batch.keys
    ]
    assert len(keys) == len(set(keys)) == 24


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("stop", [0, 3])
def test_a_resumed_loader_goes_on_with_the_next_batch(write_shards: Write, workers: int, stop: int) -> None:
    """Past the end of the first epoch of each part, with damaged samples on the way, the state through JSON."""
    options: dict[str, Any] = {"seed": 3, "size": 2, "batch": 3, "buffer": 4, "workers": workers}
    shards = write_shards([4, 5, 6], damaged=True)
    whole = ShardLoader(shards, **options)
    expected = take(whole, 8)
    first = ShardLoader(shards, **options)
    head = take(first, stop)
    second = ShardLoader(shards, **options, state=json.loads(json.dumps(first.state)))
    tail = take(second, 8 - stop)
    assert same(head + tail, expected)
    assert {batch.part for batch in expected} == set(range(max(workers, 1)))
    assert second.state == whole.state
    assert whole.findings.counts["corrupt image"] > 0


def test_two_workers_give_the_batches_of_two_ranks_in_turn(write_shards: Write) -> None:
    shards = write_shards([3] * 4)
    options: dict[str, Any] = {"seed": 1, "size": 2, "batch": 2}
    both = take(ShardLoader(shards, **options, workers=2), 6)
    ranks = [take(ShardLoader(shards, **options, rank=rank, world=2), 3) for rank in range(2)]
    assert same(both, [batch for pair in zip(*ranks, strict=True) for batch in pair])


@pytest.mark.parametrize("changed", [{"seed": 2}, {"batch": 3}, {"buffer": 9}, {"workers": 1}, {"rank": 1, "world": 2}])
def test_a_state_of_other_settings_is_refused(write_shards: Write, changed: dict[str, int]) -> None:
    shards = write_shards([2, 2])
    options: dict[str, Any] = {"seed": 1, "size": 2, "batch": 2}
    state = ShardLoader(shards, **options).state
    with pytest.raises(ValueError, match=rf"other settings: {', '.join(changed)};"):
        ShardLoader(shards, **{**options, **changed}, state=state)
    with pytest.raises(ValueError, match="other settings: shards;"):
        ShardLoader(shards[:1], **options, state=state)


@pytest.mark.parametrize("changed", [{"batch": 0}, {"workers": -1}, {"rank": 1}])
def test_bad_settings_are_refused(write_shards: Write, changed: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected a batch of at least 1"):
        ShardLoader(write_shards([1]), **{"seed": 1, "size": 2, "batch": 1, **changed})
