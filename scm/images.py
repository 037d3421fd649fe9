"""A small renderer from latents to RGB pixels: one coloured shape on a patterned background, deterministic."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Int, UInt8

from scm.batch import Batch
from scm.grammar import BACKGROUNDS, COLOURS, SHAPES
from scm.graph import CausalGraph, Variable

BLOCK_IMAGES = 256  # rendered at a time: a few MB of temporaries at 32 x 32 pixels

_RGB = np.array(
    [
        [0.90, 0.10, 0.10],  # red
        [0.10, 0.70, 0.15],  # green
        [0.10, 0.25, 0.95],  # blue
        [1.00, 0.90, 0.10],  # yellow
        [0.60, 0.10, 0.75],  # purple
        [1.00, 0.50, 0.00],  # orange
        [1.00, 1.00, 1.00],  # white
        [0.00, 0.00, 0.00],  # black
    ]
)
_GREY = np.array([0.5, 0.5, 0.5])
_WARMTH = np.array([1.0, 0.0, -1.0])  # direction in RGB of the background's tint

Grid = Float[np.ndarray, "n height width"]
Canvas = Float32[np.ndarray, "n size size 3"]


@dataclass(frozen=True, eq=False)
class Scenes:
    """What n pictures show; real coordinates are squashed by tanh(z / 3), so any real number is allowed.

    Attributes:
        shape: (n,) number in `SHAPES`.
        colour: (n,) number in `COLOURS`.
        background: (n,) number in `BACKGROUNDS`.
        position: (n, 2) centre of the shape, right and down; 0 is the middle.
        size: (n,) radius of the shape; larger is larger.
        paleness: (n,) how far its colour is from grey; larger is greyer.
        brightness: (n,) of the background.
        warmth: (n,) of the background, from blue to red.

    Raises:
        ValueError: numbers of shapes, colours or backgrounds that the renderer does not have, or unequal rows.
    """

    shape: np.ndarray
    colour: np.ndarray
    background: np.ndarray
    position: np.ndarray
    size: np.ndarray
    paleness: np.ndarray
    brightness: np.ndarray
    warmth: np.ndarray

    def __post_init__(self) -> None:
        for name, drawn in (("shape", SHAPES), ("colour", COLOURS), ("background", BACKGROUNDS)):
            values = getattr(self, name)
            if len(values) and not 0 <= values.min() <= values.max() < len(drawn):
                raise ValueError(
                    f"{name} runs from {values.min()} to {values.max()}, but the renderer draws the {len(drawn)} "
                    f"{name}s 0..{len(drawn) - 1} ({', '.join(drawn)}); two numbers must not give one picture"
                )
        rows = {name: len(value) for name, value in vars(self).items()}
        if len(set(rows.values())) > 1:
            raise ValueError(f"rows differ: {rows}; row i of every field describes picture i")

    def __len__(self) -> int:
        return len(self.shape)

    def __getitem__(self, rows: slice) -> "Scenes":
        return Scenes(**{name: value[rows] for name, value in vars(self).items()})


# latent -> the fields of a scene that its coordinates set, in order
_CATEGORICAL = {"content_0": "shape", "content_1": "colour", "context": "background"}
_CONTINUOUS = {
    "content_continuous": ("right", "down"),
    "z_dp_img": ("size", "paleness"),
    "z_pr_img": ("brightness", "warmth"),
}


def scenes(latents: Mapping[str, np.ndarray]) -> Scenes:
    """The scenes of token-level latents: content names shape, colour and position, the context the background.

    z_dp_img sets size and paleness, z_pr_img brightness and warmth of the background. What the model does not have
    keeps one value in all pictures.

    Raises:
        ValueError: latents without "content_0", or with more variables or coordinates than a picture shows.
    """
    if "content_0" not in latents:
        raise ValueError(
            f"the latents {sorted(latents)} have no 'content_0'; a picture needs a shape, so only token-level models "
            f"can be rendered. It shows {[*_CATEGORICAL, *_CONTINUOUS]}"
        )
    hidden = sorted(
        name for name in latents if name.startswith("content_") and name not in (*_CATEGORICAL, *_CONTINUOUS)
    )
    hidden += [f"{name}[:, 2:]" for name in _CONTINUOUS if name in latents and latents[name].shape[1] > 2]
    if hidden:
        raise ValueError(
            f"the picture has no place for {hidden}; it shows {list(_CATEGORICAL)} and two coordinates of each of "
            f"{list(_CONTINUOUS)}, and different content must give different pictures"
        )
    n = len(latents["content_0"])
    numbers = {field: np.asarray(latents.get(name, np.zeros(n, np.int64))) for name, field in _CATEGORICAL.items()}
    reals = {field: np.zeros(n) for fields in _CONTINUOUS.values() for field in fields}
    for name, fields in _CONTINUOUS.items():
        for column, field in zip(np.asarray(latents.get(name, np.zeros((n, 0)))).T, fields, strict=False):
            reals[field] = column.astype(np.float64)
    position = np.column_stack([reals.pop("right"), reals.pop("down")])
    return Scenes(**numbers, **reals, position=position)


def render(source: Batch | Scenes | Mapping[str, np.ndarray], size: int = 32) -> UInt8[np.ndarray, "n size size 3"]:
    """RGB pictures of size x size pixels, with anti-aliased edges; the same latents give the same bytes.

    Injective up to 8-bit rounding: within [-3, 3] a change of any shown coordinate by 0.25 changes some pixel, since
    it moves the exact value of some pixel by more than 1 / 255.

    Raises:
        ValueError: latents that cannot be shown (`scenes`), or size below 16.
    """
    if size < 16:
        raise ValueError(
            f"size={size}, expected at least 16 pixels: below, shapes and backgrounds cannot be told apart"
        )
    if isinstance(source, Batch):
        source = source.latents
    shown = source if isinstance(source, Scenes) else scenes(source)
    pictures = np.empty((len(shown), size, size, 3), np.uint8)
    for start in range(0, len(shown), BLOCK_IMAGES):
        rows = slice(start, start + BLOCK_IMAGES)
        pictures[rows] = _draw(shown[rows], size)
    return pictures


def rendered(batch: Batch, size: int = 32) -> Batch:
    """The batch with pictures as images; in its graph the variables that the picture shows are the image's parents.

    Raises:
        ValueError: as `render`.
    """
    pictures = render(batch, size)
    shown = [name for name in (*_CATEGORICAL, *_CONTINUOUS) if name in batch.latents]
    image = replace(batch.graph.variables["x_img"], dim=3 * size * size)
    variables: list[Variable] = [image if v.name == "x_img" else v for v in batch.graph.variables.values()]
    edges = [edge for edge in batch.graph.edges if edge[1] != "x_img"] + [(name, "x_img") for name in shown]
    return replace(batch, image=pictures, graph=CausalGraph(variables, edges))


def _draw(scene: Scenes, size: int) -> UInt8[np.ndarray, "n size size 3"]:
    pictures = canvas(scene.background, scene.brightness, scene.warmth, size)
    paint(
        pictures,
        shape=scene.shape,
        colour=scene.colour,
        paleness=scene.paleness,
        centre=0.5 + 0.2 * np.tanh(scene.position / 3),
        radius=0.22 + 0.06 * np.tanh(scene.size / 3),
    )
    return as_bytes(pictures)


def canvas(
    background: Int[np.ndarray, " n"], brightness: Float[np.ndarray, " n"], warmth: Float[np.ndarray, " n"], size: int
) -> Canvas:
    """Backgrounds without shapes, RGB in [0, 1]."""
    grey = 0.5 + 0.15 * np.tanh(brightness / 3)
    tint = grey[:, None] + 0.12 * np.tanh(warmth / 3)[:, None] * _WARMTH
    pattern = np.stack([pattern(*_axes(size)) for pattern in _PATTERNS])[background]
    return tint[:, None, None, :].astype(np.float32) + (0.3 * pattern - 0.15)[..., None].astype(np.float32)


def paint(
    pictures: Canvas,
    *,
    shape: Int[np.ndarray, " n"],
    colour: Int[np.ndarray, " n"],
    paleness: Float[np.ndarray, " n"],
    centre: Float[np.ndarray, "n 2"],
    radius: Float[np.ndarray, " n"],
) -> None:
    """Put a shape onto each picture, in place; centre (right, down) and radius in units of the picture's side."""
    size = pictures.shape[1]
    right, down = _axes(size)
    across = (right - centre[:, 0, None, None]) / radius[:, None, None]
    along = (down - centre[:, 1, None, None]) / radius[:, None, None]
    inside = np.empty_like(across)
    for number in np.unique(shape):
        rows = shape == number
        inside[rows] = _OUTLINES[number](across[rows], along[rows])
    cover = np.clip(inside * (radius * size)[:, None, None] + 0.5, 0, 1)[..., None].astype(np.float32)

    pale = (0.3 + 0.3 * np.tanh(paleness / 3))[:, None]
    ink = (1 - pale) * _RGB[colour] + pale * _GREY
    pictures += cover * (ink[:, None, None, :].astype(np.float32) - pictures)


def as_bytes(pictures: Canvas) -> UInt8[np.ndarray, "n size size 3"]:
    """Values in [0, 1] rounded to 8 bits."""
    return (255 * pictures + 0.5).astype(np.uint8)


def _axes(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Right and down of every pixel's centre, in units of the picture's side."""
    axis = (np.arange(size) + 0.5) / size
    right, down = np.meshgrid(axis, axis)
    return right, down


def _triangle(u: Grid, v: Grid) -> Grid:
    return 0.55 - np.maximum(v, np.abs(u) * np.sqrt(0.75) - v / 2)


def _bar(u: Grid, v: Grid) -> Grid:
    return np.minimum(1 - np.abs(u), 0.3 - np.abs(v))


def _star(u: Grid, v: Grid) -> Grid:
    """Five points: fold the plane into one tenth, where the outline is the line from a tip to the next notch."""
    tenth = np.pi / 5
    angle = np.abs((np.arctan2(u, -v) + tenth) % (2 * tenth) - tenth)
    radius = np.hypot(u, v) / 1.1
    notch = 0.45 * np.array([np.cos(tenth), np.sin(tenth)])
    normal = np.array([notch[1], 1 - notch[0]]) / np.hypot(notch[1], 1 - notch[0])
    return normal[0] * (1 - radius * np.cos(angle)) - normal[1] * radius * np.sin(angle)


# signed distance to the outline in units of the radius, positive inside (u right, v down), in the order of SHAPES
_OUTLINES: tuple[Callable[[Grid, Grid], Grid], ...] = (
    lambda u, v: 1 - np.hypot(u, v),
    lambda u, v: 0.85 - np.maximum(np.abs(u), np.abs(v)),
    _triangle,
    lambda u, v: np.maximum(_bar(u, v), _bar(v, u)),
    lambda u, v: 0.25 - np.abs(np.hypot(u, v) - 0.75),
    lambda u, v: (1 - np.abs(u) - np.abs(v)) * np.sqrt(0.5),
    _bar,
    _star,
)

Plane = Float[np.ndarray, "height width"]

# brightness pattern in [0, 1] over the picture, in the order of BACKGROUNDS
_PATTERNS: tuple[Callable[[Plane, Plane], Plane], ...] = (
    lambda x, y: np.full_like(x, 0.5),
    lambda x, y: np.floor(8 * y) % 2,
    lambda x, y: (np.floor(8 * x) + np.floor(8 * y)) % 2,
    lambda x, y: ((((4 * x) % 1 - 0.5) ** 2 + ((4 * y) % 1 - 0.5) ** 2) < 0.08).astype(np.float64),
    lambda x, y: np.floor(8 * x) % 2,
    lambda x, y: np.floor(6 * (x + y)) % 2,
    lambda x, y: y,
    lambda x, y: (np.maximum(np.abs(x - 0.5), np.abs(y - 0.5)) > 0.4).astype(np.float64),
)
