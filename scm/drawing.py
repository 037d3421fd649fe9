"""Drawing of a causal graph: colour by role, latent nodes outlined, observed nodes filled."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from scm.graph import CausalGraph, Role

if TYPE_CHECKING:
    import matplotlib.axes

# Colours of Okabe and Ito, distinct for colour-blind readers; image blue, text vermilion, content green.
COLOURS: Mapping[Role, str] = {
    Role.INVARIANT: "#009E73",
    Role.CLASS: "#009E73",
    Role.ENVIRONMENT: "#B8860B",
    Role.CONTEXT: "#B8860B",
    Role.DEPENDENT_IMAGE: "#0072B2",
    Role.PRIVATE_IMAGE: "#56B4E9",
    Role.IMAGE: "#0072B2",
    Role.DEPENDENT_TEXT: "#D55E00",
    Role.PRIVATE_TEXT: "#E69F00",
    Role.TOKEN: "#CC79A7",
    Role.TEXT: "#D55E00",
}
_SIDES: Mapping[Role, float] = {  # preferred column: image left, content in the middle, text right
    Role.PRIVATE_IMAGE: -2.6,
    Role.IMAGE: -1.3,
    Role.DEPENDENT_IMAGE: -1.3,
    Role.TOKEN: 1.3,
    Role.DEPENDENT_TEXT: 1.3,
    Role.TEXT: 1.3,
    Role.PRIVATE_TEXT: 2.6,
}
_HEIGHT = 0.72  # of a node, in the units of the layout
_GAP = 0.3  # between neighbours of one row
_ROW = 1.35  # between rows
_BENDS = (0.0, 0.15, -0.15, 0.3, -0.3, 0.45, -0.45, 0.6, -0.6)


def label(name: str) -> str:
    """Name as text: `z_dp_img` becomes z with subscript dp and superscript img; longer words stay words."""
    base, *marks = name.split("_")
    if len(base) > 1 or len(marks) > 2 or not all(part.isalnum() for part in (base, *marks)):
        return name.replace("_", " ").replace("$", r"\$")
    scripts = [rf"{sign}{{\mathrm{{{mark}}}}}" for sign, mark in zip("_^", marks, strict=False)]
    return f"${base}{''.join(scripts)}$"


def layout(graph: CausalGraph, widths: Mapping[str, float]) -> dict[str, Float[np.ndarray, "2"]]:
    """Node centres: a parent stands above its children, as low as that allows; image left, text right, no overlap."""
    level: dict[str, int] = {}
    for name in reversed(graph.order()):
        level[name] = max((level[child] + 1 for parent, child in graph.edges if parent == name), default=0)
    centres: dict[str, np.ndarray] = {}
    for row in set(level.values()):
        names = [name for name in graph.order() if level[name] == row]
        names.sort(key=lambda name: _SIDES.get(graph.variables[name].role, 0.0))  # stable: ties keep the causal order
        wanted = np.array([_SIDES.get(graph.variables[name].role, 0.0) for name in names])
        columns = wanted.copy()
        for i in range(1, len(names)):
            columns[i] = max(columns[i], columns[i - 1] + (widths[names[i - 1]] + widths[names[i]]) / 2 + _GAP)
        columns += np.mean(wanted - columns)
        centres.update({name: np.array([column, _ROW * row]) for name, column in zip(names, columns, strict=True)})
    return centres


def _control(start: Float[np.ndarray, "2"], end: Float[np.ndarray, "2"], bend: float) -> Float[np.ndarray, "2"]:
    """Middle control point of the quadratic curve from start to end, `bend` of its length to the side."""
    along = end - start
    return (start + end) / 2 + bend * np.array([along[1], -along[0]])


def _curve(
    start: Float[np.ndarray, "2"], control: Float[np.ndarray, "2"], end: Float[np.ndarray, "2"]
) -> Float[np.ndarray, "n 2"]:
    """Points along the quadratic curve."""
    t = np.linspace(0, 1, 41)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def _clear_control(
    start: Float[np.ndarray, "2"], end: Float[np.ndarray, "2"], others: Sequence[tuple[np.ndarray, np.ndarray]]
) -> Float[np.ndarray, "2"]:
    """Control point of the least bent curve that keeps clear of the other nodes (centre, half axes)."""
    best, best_clearance = _control(start, end, 0.0), -np.inf
    for bend in _BENDS:
        control = _control(start, end, bend)
        curve = _curve(start, control, end)
        clearance = min((np.linalg.norm((curve - c) / half, axis=1).min() for c, half in others), default=np.inf)
        if clearance > 1.25:
            return control
        if clearance > best_clearance:
            best, best_clearance = control, clearance
    return best


def _rim(
    centre: Float[np.ndarray, "2"], half: Float[np.ndarray, "2"], towards: Float[np.ndarray, "2"], gap: float
) -> Float[np.ndarray, "2"]:
    """Point where the ray from the centre of an ellipse leaves it, and `gap` further."""
    direction = (towards - centre) / np.linalg.norm(towards - centre)
    return centre + direction * (1 / np.linalg.norm(direction / half) + gap)


def draw(graph: CausalGraph, axes: "matplotlib.axes.Axes") -> None:
    """Draw the graph into `axes`, which get equal aspect and no frame; labels scale with the picture."""
    from matplotlib.patches import Ellipse, FancyArrowPatch, PathPatch
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    texts = {name: TextPath((0, 0), label(name), size=0.3) for name in graph.variables}
    boxes = {name: text.get_extents() for name, text in texts.items()}
    half = {name: np.array([max(_HEIGHT, box.width + 0.3), _HEIGHT]) / 2 for name, box in boxes.items()}
    centres = layout(graph, {name: 2 * axis[0] for name, axis in half.items()})
    for name, variable in graph.variables.items():
        centre = centres[name]
        colour = COLOURS[variable.role]
        face, ink = (colour, "white") if variable.observed else ("white", "black")
        width, height = 2 * half[name]
        node = Ellipse(tuple(centre), width, height, facecolor=face, edgecolor=colour, linewidth=1.8, zorder=2)
        axes.add_patch(node)
        box = boxes[name]
        shift = Affine2D().translate(centre[0] - (box.x0 + box.x1) / 2, centre[1] - (box.y0 + box.y1) / 2)
        axes.add_patch(PathPatch(texts[name].transformed(shift), facecolor=ink, edgecolor="none", zorder=3))
    corners = [centres[name] + sign * half[name] for name in centres for sign in (-1, 1)]
    for parent, child in graph.edges:
        others = [(centres[name], half[name]) for name in centres if name not in (parent, child)]
        control = _clear_control(centres[parent], centres[child], others)
        tail = _rim(centres[parent], half[parent], control, 0.0)
        head = _rim(centres[child], half[child], control, 0.03)
        curve = Path([tail, control, head], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
        axes.add_patch(FancyArrowPatch(path=curve, arrowstyle="-|>", mutation_scale=11, color="0.35", zorder=1))
        corners.extend(_curve(tail, control, head))  # an edge may swing out of the box of the nodes
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    axes.set_xlim(low[0] - 0.5, high[0] + 0.5)
    axes.set_ylim(low[1] - 0.2, high[1] + 0.2)
    axes.set_aspect("equal")
    axes.axis("off")
