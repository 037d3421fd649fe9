"""Batches of shard samples for a training loop: decoded in worker processes, dealt out over ranks, resumable."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from realscale.data.findings import Findings
from realscale.data.shard_stream import Position, ShardStream


@dataclass(frozen=True, eq=False)
class ShardBatch:
    """Images with their captions and keys; `position` of the part after the batch, and what was skipped on the way."""

    pictures: UInt8[Tensor, "n size size 3"]
    captions: tuple[str, ...]
    keys: tuple[str, ...]
    part: int
    position: Position
    findings: Findings


@dataclass(frozen=True)
class _Batches(IterableDataset[ShardBatch]):
    """Endless batches, of one part in each worker process."""

    streams: Mapping[int, ShardStream]
    starts: Mapping[int, Position]
    batch: int
    first: int

    def __iter__(self) -> Iterator[ShardBatch]:
        worker = get_worker_info()
        lanes = sorted(self.streams)
        part = lanes[(self.first + (0 if worker is None else worker.id)) % len(lanes)]
        stream = self.streams[part]
        samples = stream.samples(self.starts[part])
        while taken := list(islice(samples, self.batch)):
            yield ShardBatch(
                torch.from_numpy(np.stack([sample.picture for sample in taken])),
                tuple(sample.caption for sample in taken),
                tuple(f"{sample.shard}/{sample.key}" for sample in taken),
                part,
                taken[-1].position,
                stream.findings.take(),
            )


class ShardLoader:
    """Endless batches of `batch` samples for rank `rank` of `world`, from `workers` processes (0: in this one).

    Every worker of every rank has its own part of the shards (`ShardStream`), and the workers of a rank take turns,
    so the same seed gives the same batches whatever the timing. `state` after a batch, given to a loader of the same
    settings, makes it go on with the next batch. findings: all that was skipped in the batches given so far.
    """

    def __init__(
        self,
        shards: Sequence[Path],
        *,
        seed: int,
        size: int,
        batch: int,
        buffer: int = 1000,
        rank: int = 0,
        world: int = 1,
        workers: int = 0,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        if batch < 1 or workers < 0 or not 0 <= rank < world:
            raise ValueError(
                f"batch is {batch}, workers {workers}, rank {rank} of {world}; expected a batch of at least 1, no "
                "negative number of workers, and a rank from 0 to world - 1"
            )
        lanes = max(workers, 1)
        parts = range(rank * lanes, (rank + 1) * lanes)
        self._streams = {
            part: ShardStream(shards, seed=seed, size=size, buffer=buffer, part=part, parts=world * lanes)
            for part in parts
        }
        names = "\n".join(shard.name for shard in shards)
        self._settings = {
            "seed": seed,
            "batch": batch,
            "buffer": buffer,
            "rank": rank,
            "world": world,
            "workers": workers,
            "shards": hashlib.sha256(names.encode()).hexdigest(),
        }
        self._batch, self._workers = batch, workers
        self._given = 0
        self._positions = dict.fromkeys(parts, Position())
        self.findings = Findings()
        if state is not None:
            self._resume(state)

    def _resume(self, state: Mapping[str, Any]) -> None:
        differing = [name for name, value in self._settings.items() if state["settings"][name] != value]
        if differing:
            raise ValueError(
                f"the state was taken with other settings: {', '.join(differing)}; positions in the stream mean other "
                "samples there, so images would be seen twice or never. Resume with the settings of the first run"
            )
        self._given = state["batches"]
        self._positions = {int(part): Position(*place) for part, place in state["positions"].items()}
        self.findings = Findings.from_record(state["findings"])

    @property
    def state(self) -> dict[str, Any]:
        """All that a loader of the same settings needs to go on, ready for JSON."""
        return {
            "settings": self._settings,
            "batches": self._given,
            "positions": {str(part): [place.epoch, place.drawn] for part, place in self._positions.items()},
            "findings": self.findings.to_record(),
        }

    def __iter__(self) -> Iterator[ShardBatch]:
        """The batches from the current state on."""
        source = _Batches(self._streams, dict(self._positions), self._batch, self._given % max(self._workers, 1))
        for batch in DataLoader(source, batch_size=None, num_workers=self._workers):
            self._given += 1
            self._positions[batch.part] = batch.position
            self.findings.merge(batch.findings)
            yield batch
