"""Pictures of several coloured shapes, each in a cell of a grid, on one patterned background."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from scm.grammar import BACKGROUNDS, COLOURS, SHAPES
from scm.images import BLOCK_IMAGES, as_bytes, canvas, paint

LEAST_CELL = 14  # pixels; below, shapes cannot be told apart


@dataclass(frozen=True, eq=False)
class ObjectScenes:
    """What n pictures of m objects each show; real coordinates are squashed by tanh(z / 3).

    Attributes:
        shape: (n, m) numbers in `SHAPES`.
        colour: (n, m) numbers in `COLOURS`.
        cell: (n, m) cells of the grid in reading order, different ones in a picture.
        offset: (n, m, 2) of the object from the middle of its cell, right and down.
        size: (n, m) radius of the objects.
        paleness: (n, m) how far their colours are from grey; larger is greyer.
        background: (n,) numbers in `BACKGROUNDS`.
        brightness: (n,) of the background.
        warmth: (n,) of the background, from blue to red.
        grid: cells along each side.

    Raises:
        ValueError: numbers that the renderer does not have, or two objects in one cell.
    """

    shape: Int[np.ndarray, "n m"]
    colour: Int[np.ndarray, "n m"]
    cell: Int[np.ndarray, "n m"]
    offset: Float[np.ndarray, "n m 2"]
    size: Float[np.ndarray, "n m"]
    paleness: Float[np.ndarray, "n m"]
    background: Int[np.ndarray, " n"]
    brightness: Float[np.ndarray, " n"]
    warmth: Float[np.ndarray, " n"]
    grid: int

    def __post_init__(self) -> None:
        known = {"shape": len(SHAPES), "colour": len(COLOURS), "background": len(BACKGROUNDS), "cell": self.grid**2}
        for name, count in known.items():
            values = getattr(self, name)
            if values.size and not 0 <= values.min() <= values.max() < count:
                raise ValueError(
                    f"{name} runs from {values.min()} to {values.max()}, expected numbers 0..{count - 1}: that is what "
                    "the renderer has"
                )
        if (np.diff(np.sort(self.cell, axis=1), axis=1) == 0).any():
            raise ValueError("two objects of a picture are in one cell, where one would hide the other")

    def __len__(self) -> int:
        return len(self.background)


def render_objects(scene: ObjectScenes, size: int) -> UInt8[np.ndarray, "n size size 3"]:
    """RGB pictures of size x size pixels; an object stays within its cell, so none covers another.

    Raises:
        ValueError: cells of less than 14 pixels.
    """
    if size < LEAST_CELL * scene.grid:
        raise ValueError(
            f"size={size} for {scene.grid} cells a side, expected at least {LEAST_CELL * scene.grid} pixels: in cells "
            f"of less than {LEAST_CELL} shapes cannot be told apart"
        )
    middle = np.stack([scene.cell % scene.grid, scene.cell // scene.grid], axis=-1) + 0.5
    centre = (middle + 0.05 * np.tanh(scene.offset / 3)) / scene.grid
    radius = (0.3 + 0.04 * np.tanh(scene.size / 3)) / scene.grid
    pictures = np.empty((len(scene), size, size, 3), np.uint8)
    for start in range(0, len(scene), BLOCK_IMAGES):
        rows = slice(start, start + BLOCK_IMAGES)
        drawn = canvas(scene.background[rows], scene.brightness[rows], scene.warmth[rows], size)
        for k in range(scene.shape.shape[1]):
            paint(
                drawn,
                shape=scene.shape[rows, k],
                colour=scene.colour[rows, k],
                paleness=scene.paleness[rows, k],
                centre=centre[rows, k],
                radius=radius[rows, k],
            )
        pictures[rows] = as_bytes(drawn)
    return pictures
