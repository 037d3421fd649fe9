"""The one interface behind which evaluation and training see any set: labels in arrays, images decoded on demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Int, UInt8


@runtime_checkable
class LabelledImages(Protocol):
    """`n` images, each with a caption, a class, a context (its domain, style or place) and a group.

    captions: what each image shows, without its context. classes and contexts: indices into their tables of names,
    which a part of the set keeps as they are. groups: images of different groups are never the same picture, so a split
    that keeps groups whole does not leak.
    """

    @property
    def name(self) -> str:
        """Name of the set, for records and messages."""

    @property
    def captions(self) -> Sequence[str]:
        """What each image shows, without its context."""

    @property
    def classes(self) -> Int[np.ndarray, " n"]:
        """Class of each image."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Readable names of the classes ("alarm clock"), as a prompt speaks of them."""

    @property
    def contexts(self) -> Int[np.ndarray, " n"]:
        """Context of each image."""

    @property
    def context_names(self) -> tuple[str, ...]:
        """Readable names of the contexts ("art painting")."""

    @property
    def groups(self) -> Int[np.ndarray, " n"]:
        """Group of each image."""

    def __len__(self) -> int: ...

    def pictures(self, rows: Int[np.ndarray, " m"], *, size: int) -> UInt8[np.ndarray, "m {size} {size} 3"]:
        """These images as RGB squares in 0..255, in the given order, made by `realscale.data.squares.square`.

        Raises:
            DataError: a file cannot be decoded; the message names it.
        """


@dataclass(frozen=True, eq=False, repr=False)
class Part:
    """The given rows of another set, in the given order, with its tables of names unchanged; nothing is decoded."""

    whole: LabelledImages
    rows: Int[np.ndarray, " n"]

    def __post_init__(self) -> None:
        if len(self.rows) and not 0 <= self.rows.min() <= self.rows.max() < len(self.whole):
            raise ValueError(
                f"rows range from {self.rows.min()} to {self.rows.max()}, but the set {self.name!r} has "
                f"{len(self.whole)} images; a row is the position of an image, counted from 0"
            )

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Part({self.whole!r}, images={len(self)})"

    @property
    def name(self) -> str:
        """Name of the whole set."""
        return self.whole.name

    @cached_property
    def captions(self) -> tuple[str, ...]:
        """Captions of the rows."""
        captions = self.whole.captions
        return tuple(captions[row] for row in self.rows)

    @property
    def classes(self) -> Int[np.ndarray, " n"]:
        """Classes of the rows."""
        return self.whole.classes[self.rows]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names of the whole set."""
        return self.whole.class_names

    @property
    def contexts(self) -> Int[np.ndarray, " n"]:
        """Contexts of the rows."""
        return self.whole.contexts[self.rows]

    @property
    def context_names(self) -> tuple[str, ...]:
        """Context names of the whole set."""
        return self.whole.context_names

    @property
    def groups(self) -> Int[np.ndarray, " n"]:
        """Groups of the rows."""
        return self.whole.groups[self.rows]

    def pictures(self, rows: Int[np.ndarray, " m"], *, size: int) -> UInt8[np.ndarray, "m {size} {size} 3"]:
        """Pictures of these rows of the part."""
        return self.whole.pictures(self.rows[rows], size=size)


def part(whole: LabelledImages, rows: Int[np.ndarray, " m"] | Bool[np.ndarray, " n"]) -> Part:
    """The given rows of a set (indices, or a mask over all images).

    Raises:
        ValueError: a row lies outside of the set.
    """
    indices = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    return Part(whole.whole, whole.rows[indices]) if type(whole) is Part else Part(whole, indices)
