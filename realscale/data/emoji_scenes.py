"""Scenes of two emoji on one canvas: the drawings are the vendors', where they stand is decided here."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt8

from realscale.data.phrases import with_article

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "brown", "black", "white", "pink", "grey")
# where the first emoji stands from the second, as (x, y) steps; "and" leaves the place open
PLACES: Mapping[str, tuple[int, int]] = {"left of": (-1, 0), "above": (0, -1)}
AND = "and"


class Scene(NamedTuple):
    """Two labels of emoji and what relates them: a place of `PLACES`, or "and"."""

    first: str
    relation: str
    second: str

    @property
    def caption(self) -> str:
        """`a dog left of a cat`, `a red heart and a blue square`."""
        return f"{with_article(self.first)} {self.relation} {with_article(self.second)}"


def compose(
    first: UInt8[np.ndarray, "n size size 3"],
    second: UInt8[np.ndarray, "n size size 3"],
    steps: Int[np.ndarray, "n 2"],
    shifts: Int[np.ndarray, "n 2 2"] | None = None,
) -> UInt8[np.ndarray, "n size size 3"]:
    """Both emoji at half their size on a white canvas of their size, the first `steps` (x, y) away from the second.

    Without shifts both are centred across the direction in which they are apart. `shifts[i, k]` moves emoji k by so
    many pixels (x, y), as far as the canvas allows.

    Raises:
        ValueError: an odd size, or steps other than one to the side or one up or down.
    """
    size = first.shape[1]
    if size % 2 or not (np.abs(steps).sum(axis=1) == 1).all():
        raise ValueError(
            f"size {size} and steps {np.unique(steps, axis=0).tolist()}; expected an even size and one step left, "
            "right, up or down, because two halves side by side fill the canvas"
        )
    half, count = size // 2, len(first)
    canvas = np.full((count, size, size, 3), 255, dtype=np.uint8)
    rows = np.arange(count)[:, None, None]
    for number, (pictures, sign) in enumerate(((first, 1), (second, -1))):
        small = pictures.reshape(count, half, 2, half, 2, 3).mean(axis=(2, 4)).round().astype(np.uint8)
        corner = half // 2 * (1 + sign * steps)
        if shifts is not None:
            corner = np.clip(corner + shifts[:, number], 0, half)
        across = corner[:, 0, None, None] + np.arange(half)[None, None, :]
        down = corner[:, 1, None, None] + np.arange(half)[None, :, None]
        canvas[rows, down, across] = np.minimum(canvas[rows, down, across], small)  # ink over ink where they overlap
    return canvas


def place_steps(relations: Sequence[str]) -> Int[np.ndarray, "n 2"]:
    """The steps of each relation; of "and", that the first stands left."""
    return np.array([PLACES.get(relation, (-1, 0)) for relation in relations], dtype=np.int64).reshape(-1, 2)


def coloured(labels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Things that are drawn in two colours or more, each with its colours in the order of the labels."""
    found: dict[str, list[str]] = {}
    for label in labels:
        colour, _, thing = label.partition(" ")
        if colour in COLOURS and thing.isalpha():
            found.setdefault(thing, []).append(colour)
    return {thing: tuple(colours) for thing, colours in found.items() if len(colours) > 1}


def nameable(labels: Sequence[str]) -> list[str]:
    """Labels of one word that take an article: what can be named in a scene without a word of its own for relations."""
    return [label for label in labels if label.isalpha() and label.islower() and with_article(label) != label]
