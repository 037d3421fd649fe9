"""Samples of tar shards as a stream: one order for one seed, dealt out without overlap, resumable to the sample."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from jaxtyping import UInt8

from realscale.data.decoding import NoPicture, decode
from realscale.data.errors import DataError
from realscale.data.findings import Findings
from realscale.data.shards import Entry, Note, read_shard
from scm.streams import stream

Item = TypeVar("Item")


@dataclass(frozen=True)
class Position:
    """How far a stream has come: `drawn` samples of an epoch, those counted that turned out to be corrupt."""

    epoch: int = 0
    drawn: int = 0


START = Position()
EMPTY_CAPTION = "empty caption"


@dataclass(frozen=True, eq=False)
class Encoded:
    """One caption with its picture's bytes; `position` is that of the stream after it, from which the next follows."""

    key: str
    shard: str
    caption: str
    content: bytes
    position: Position


@dataclass(frozen=True, eq=False)
class Sample:
    """One image with its caption; `position` is that of the stream after it, from which the next sample follows."""

    key: str
    shard: str
    caption: str
    picture: UInt8[np.ndarray, "size size 3"]
    position: Position


def shuffled(items: Iterator[Item], buffer: int, *, rng: np.random.Generator) -> Iterator[Item]:
    """All items, each drawn at random from the `buffer` that were read but not yet given; 1 keeps their order."""
    held: list[Item] = []
    for item in items:
        if len(held) < buffer:
            held.append(item)
            continue
        index = int(rng.integers(buffer))
        yield held[index]
        held[index] = item
    for index in rng.permutation(len(held)) if buffer > 1 else range(len(held)):
        yield held[index]


@dataclass
class _Candidate:
    """A sample on its way: its bytes are read when its shard is passed, or on demand when that was only replayed."""

    shard: Path
    entry: Entry
    content: dict[str, bytes] | None

    def read(self) -> dict[str, bytes]:
        if self.content is None:
            with self.shard.open("rb") as opened:
                self.content = _content(self.entry, opened)
        return self.content


def _content(entry: Entry, opened: BinaryIO) -> dict[str, bytes]:
    return {suffix: span.read(opened) for suffix, span in entry.spans.items()}


@dataclass(frozen=True)
class ShardStream:
    """Part `part` of `parts` of the samples of all shards, epoch after epoch, as squares of `size` pixels.

    In every epoch the shards are put in an order drawn from (seed, epoch), which is the same for all parts; part p
    takes the shards p, p + parts, ...; its samples go through a buffer of `buffer` encoded samples that is drawn from
    (seed, epoch, p). So one epoch of all parts together is every sample exactly once. findings: all that was skipped.
    """

    shards: Sequence[Path]
    seed: int
    size: int
    buffer: int = 1000
    part: int = 0
    parts: int = 1
    findings: Findings = field(default_factory=Findings)

    def __post_init__(self) -> None:
        if not 0 <= self.part < self.parts:
            raise ValueError(f"part is {self.part} of {self.parts}, expected 0 to {self.parts - 1}")
        if len(self.shards) < self.parts:
            raise ValueError(
                f"{len(self.shards)} shards for {self.parts} parts (ranks x workers): whole shards are dealt out, so a "
                "part would have no sample at all. Write smaller shards or use fewer workers"
            )
        if self.buffer < 1 or self.size < 1:
            raise ValueError(f"buffer is {self.buffer} and size is {self.size}, expected at least 1 of each")

    def shards_of(self, epoch: int) -> list[Path]:
        """The shards of this part in the order in which an epoch reads them."""
        order = stream(self.seed, "shards", epoch).permutation(len(self.shards))
        return [self.shards[index] for index in order[self.part :: self.parts]]

    def samples(self, start: Position = START) -> Iterator[Sample]:
        """The samples from a position on, without end: after an epoch comes the next.

        To come to `start`, the draws before it are repeated on the headers of the tar files alone, no image being read.

        Raises:
            DataError: this part has come by every shard and none has a usable sample.
        """
        return self.endless(self.epoch, start)

    def endless(self, epoch: Callable[[int, int], Iterator[Item]], start: Position) -> Iterator[Item]:
        """What `epoch(number, skip)` makes of the samples, epoch after epoch, from a position on.

        An epoch of this part may be without any, where a shard is empty: others deal it other shards.

        Raises:
            DataError: this part has come by every shard and nothing was made of them.
        """
        barren: set[Path] = set()
        while True:
            given = False
            for item in epoch(start.epoch, start.drawn):
                given = True
                yield item
            if given:
                barren.clear()
            elif start.drawn == 0:
                barren.update(self.shards_of(start.epoch))
            if len(barren) == len(set(self.shards)):
                raise DataError(
                    f"part {self.part} of {self.parts} has no usable sample in {len(self.shards)} shards: "
                    f"{self.findings.summary() or 'they are empty'}"
                )
            start = Position(start.epoch + 1)

    def epoch(self, number: int, skip: int = 0) -> Iterator[Sample]:
        """The samples of one epoch after its first `skip` draws."""
        return (sample for encoded in self.encoded(number, skip) if (sample := self.decoded(encoded)) is not None)

    def encoded(self, number: int, skip: int = 0) -> Iterator[Encoded]:
        """The captions of one epoch after its first `skip` draws, with pictures that are not decoded yet."""
        drawn = 0

        def is_replay() -> bool:
            return drawn < skip

        def note(reason: str, name: str) -> None:
            if not is_replay():  # what lies before the position was counted when it was first passed
                self.findings.add(reason, name)

        rng = stream(self.seed, "buffer", number, self.part)
        for candidate in shuffled(self._candidates(number, note, is_replay), self.buffer, rng=rng):
            drawn += 1
            if drawn <= skip:
                continue
            encoded = self._encoded(candidate, Position(number, drawn))
            if encoded is not None:
                yield encoded

    def decoded(self, encoded: Encoded) -> Sample | None:
        """The sample with its picture; None, and a finding, where it has none."""
        try:
            picture = decode(encoded.content, self.size)
        except NoPicture as error:
            self.findings.add(error.reason, f"{encoded.shard}/{encoded.key}")
            return None
        return Sample(encoded.key, encoded.shard, encoded.caption, picture, encoded.position)

    def _candidates(self, epoch: int, note: Note, is_replay: Callable[[], bool]) -> Iterator[_Candidate]:
        for shard in self.shards_of(epoch):
            for entry, opened in read_shard(shard, note):
                yield _Candidate(shard, entry, None if is_replay() else _content(entry, opened))

    def _encoded(self, candidate: _Candidate, position: Position) -> Encoded | None:
        name = f"{candidate.shard.name}/{candidate.entry.key}"
        try:
            content = candidate.read()
            if caption := caption_of(content):
                picture = content[candidate.entry.image_suffix or ""]
                return Encoded(candidate.entry.key, candidate.shard.name, caption, picture, position)
            self.findings.add(EMPTY_CAPTION, name)
        except UnicodeDecodeError:
            self.findings.add("caption that is not UTF-8", name)
        except OSError:
            self.findings.add("unreadable shard", name)
        return None


def caption_of(content: dict[str, bytes]) -> str:
    """The text of `txt`, or without it the entry `caption` of `json`; empty when there is none.

    Raises:
        UnicodeDecodeError: the text is not UTF-8.
    """
    if "txt" in content:
        return content["txt"].decode("utf-8").strip()
    try:
        caption = json.loads(content["json"])["caption"]
    except UnicodeDecodeError:
        raise
    except (ValueError, KeyError, TypeError):
        return ""
    return caption.strip() if isinstance(caption, str) else ""
