"""The phase diagram: at which label noise and spurious strength each objective's optimum is invariant."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from paper_figures.objectives import look, place
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, INK, SCORES, new_figure
from paper_figures.trained_runs import Run, trained_runs

PANEL, HEAD = 1.5, 0.75  # inches: a row of panels; titles and legend


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a row of it: invariance over a grid of label noise and spurious strength."""
    return bool(measurement.series("label_noise", "strength", "invariant", "ood_accuracy"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """One row a problem, one column an objective: accuracy elsewhere as shade, a dot where the optimum is invariant."""
    rows = [m for m in reading.measurements if shows(m)]
    if not rows:
        raise NothingToDraw("no record has the series label_noise, strength, invariant and ood_accuracy (a grid)")
    grids = [row.series("invariant")[0] for row in rows]
    objectives = sorted({name for grid in grids for name in grid["invariant"]}, key=place)
    figure = new_figure(PANEL * len(rows) + HEAD)
    panels = figure.subplots(len(rows), len(objectives), squeeze=False)
    runs = [run for run in trained_runs(reading) if _on_the_diagram(run)]
    for row, grid, line in zip(rows, grids, panels, strict=True):
        classes = row.records[0]["setting"].get("classes", 2)
        for objective, axes in zip(objectives, line, strict=True):
            _panel(
                axes,
                grid,
                objective,
                [run for run in runs if (run.setting["classes"], look(run.objective)) == (classes, look(objective))],
            )
        line[0].set_ylabel(f"{classes} classes\nlabel noise")
        for axes in line[1:]:
            axes.set_yticklabels([])
    for objective, axes in zip(objectives, panels[0], strict=True):
        axes.set_title(look(objective).words, fontsize=6.5, weight="normal", linespacing=1.1)
    for axes in panels[-1]:
        axes.set_xlabel("strength", fontsize=7)
    shades = figure.colorbar(panels[0][0].collections[0], ax=panels, shrink=0.7, aspect=25, pad=0.01)
    shades.set_label(f"accuracy where the context agrees\nwith the class {grids[0].get('test', 0.1):.0%} of the time")
    shades.outline.set_visible(False)
    handles = [panels[0][0].plot([], [], "o", color=INK, markersize=2.5, label="invariant: log p(u | y), exactly")[0]]
    if runs:
        handles += panels[0][0].plot(
            [], [], "o", color="white", markeredgecolor=INK, markersize=7, label="trained runs"
        )
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
    return figure, (
        "Exact population optima over label noise and spurious strength (the pooled probability that context and class "
        "agree). A dot: the optimum is invariant, log p(u | y) up to a function of the image and without slope in any "
        "environment. Shade: accuracy on a law in which the context misleads; an accurate cell without a dot is not "
        "invariant." + (" Rings: trained towers, shaded by their own accuracy." if runs else "")
    )


def _on_the_diagram(run: Run) -> bool:
    """Whether only label noise and colour differ from the coloured problem, on images that show it bit by bit."""
    others = {"colour_of_mislabelled", "token_noise", "labelled_once"}
    return run.images.endswith("bits") and not others & run.setting.keys()


def _panel(axes: Axes, grid: Mapping[str, Any], objective: str, runs: Sequence[Run]) -> None:
    noise, strength = np.array(grid["label_noise"], float), np.array(grid["strength"], float)
    shade = Normalize(0, 1)
    accuracy = np.array(grid["ood_accuracy"][objective], float)
    axes.pcolormesh(
        _edges(strength), _edges(noise), accuracy, cmap=SCORES, norm=shade, edgecolors="white", linewidth=0.3
    )
    rows, columns = np.nonzero(np.array(grid["invariant"][objective]))
    axes.plot(strength[columns], noise[rows], "o", color=INK, markersize=1.6)
    right, above = _edges(strength)[-1], _edges(noise)[-1]
    inside = [run for run in runs if run.strength <= right and run.label_noise <= above]
    for x, y in dict.fromkeys((run.strength, run.label_noise) for run in inside):
        here = [run.ood for run in inside if (run.strength, run.label_noise) == (x, y)]
        colour = SCORES(shade(float(np.mean(here))))
        axes.plot(x, y, "o", color=colour, markeredgecolor=INK, markeredgewidth=0.8, markersize=7, clip_on=False)
    axes.set_xticks(strength[[0, -1]], [f"{value:.2g}" for value in strength[[0, -1]]])
    axes.set_yticks(noise[[0, -1]], [f"{value:.2g}" for value in noise[[0, -1]]])
    axes.tick_params(length=0, labelcolor=FAINT)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _edges(centres: np.ndarray) -> np.ndarray:
    """Borders half way between neighbouring centres."""
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])
