"""Loss against training steps, one panel a setting, one line a seed."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, VERMILION, new_figure

COLUMNS, PANEL = 3, 1.6  # panels a row; inches
LINE = 46  # letters of a panel's heading that fit above it


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a panel of it: a training run with its losses."""
    return bool(measurement.series("steps", "loss"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """Small multiples of the recorded loss curves, with the floor of the loss where it is known."""
    panels = [m for m in reading.measurements if shows(m)]
    if not panels:
        raise NothingToDraw("no record has the series steps and loss (a training run)")
    rows = -(-len(panels) // COLUMNS)
    figure = new_figure(PANEL * rows + 0.3)
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _panel(axes, panel)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for axes in grid.flat[max(0, len(panels) - COLUMNS) : len(panels)]:
        axes.set_xlabel("step")
    for axes in grid[:, 0]:
        axes.set_ylabel("loss")
    floors = any(panel.series("loss", "loss_floor") for panel in panels)
    return figure, "Training loss against steps, a line a seed" + (
        "; dashed: the population minimum of the loss." if floors else "."
    )


def _panel(axes: Axes, panel: Measurement) -> None:
    for series in panel.series("steps", "loss"):
        axes.plot(np.asarray(series["steps"], float), np.asarray(series["loss"], float), color=BLUE, linewidth=0.9)
    for series in panel.series("loss", "loss_floor"):
        axes.axhline(series["loss_floor"], color=VERMILION, linewidth=0.9, linestyle=(0, (4, 2)))
    setting = textwrap.shorten(panel.brief, LINE + 4, placeholder=" …") if panel.brief else " "
    axes.set_title(panel.claim, fontsize=5.5, weight="normal", pad=10)
    axes.text(0, 1.03, setting, transform=axes.transAxes, fontsize=5, color=FAINT, in_layout=False)
    axes.locator_params(nbins=5)
