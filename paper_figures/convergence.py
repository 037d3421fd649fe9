"""Loss against training steps, one panel a setting, one line a seed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.summary import setting_label
from paper_figures.reading import Measurement, NothingToDraw, Reading, common_setting
from paper_figures.style import BLUE, FAINT, VERMILION, new_figure

COLUMNS, PANEL = 3, 1.55  # panels a row; inches


def draw(reading: Reading) -> tuple[Figure, str]:
    """Small multiples of the recorded loss curves, with the floor of the loss where it is known."""
    panels = [m for m in reading.measurements if m.series("steps", "loss")]
    if not panels:
        raise NothingToDraw("no record has the series steps and loss (a training run)")
    common = common_setting(panels)
    rows = -(-len(panels) // COLUMNS)
    figure = new_figure(PANEL * rows + 0.35)
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _panel(axes, panel, common)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for axes in grid[-1]:
        axes.set_xlabel("step")
    for axes in grid[:, 0]:
        axes.set_ylabel("loss")
    floors = any(panel.series("loss", "loss_floor") for panel in panels)
    return figure, "Training loss against steps, a line a seed" + (
        "; dashed: the population minimum of the loss." if floors else "."
    )


def _panel(axes: Axes, panel: Measurement, common: Mapping[str, Any]) -> None:
    curves = [(np.asarray(s["steps"], float), np.asarray(s["loss"], float)) for s in panel.series("steps", "loss")]
    for steps, loss in curves:
        axes.plot(steps, loss, color=BLUE, alpha=0.75, linewidth=0.9)
    for series in panel.series("loss", "loss_floor"):
        axes.axhline(series["loss_floor"], color=VERMILION, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set_title(panel.claim, fontsize=5.5, weight="normal", pad=11)
    axes.text(0, 1.03, setting_label(panel.own_setting(common)), transform=axes.transAxes, fontsize=5.5, color=FAINT)
