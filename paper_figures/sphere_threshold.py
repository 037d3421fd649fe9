"""InfoNCE on the sphere: its minimum, and the temperature above which image codes cannot keep the context."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.numbers import number
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, INK, VERMILION, new_figure

LEAST = 1e-12  # what the logarithmic axis shows of a dependence that is exactly zero


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a row of it: runs on both sides of a critical temperature."""
    return bool(measurement.series("temperature", "bound", "loss", "image_dependence", "critical_temperature"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """Left: loss of every run against psi. Right: the context in image code and predictor, against temperature."""
    rows = [m for m in reading.measurements if shows(m)]
    if not rows:
        raise NothingToDraw(
            "no record has the series temperature, bound, loss, image_dependence and critical_temperature (the sphere)"
        )
    figure = new_figure(2.6 * len(rows) + 0.3)
    panels = figure.subplots(len(rows), 2, squeeze=False)
    for row, (left, right) in zip(rows, panels, strict=True):
        series = row.series("critical_temperature")
        _losses(left, series[0])
        for run in series:
            _dependences(right, run)
        for axes in (left, right):
            critical = series[0]["critical_temperature"]
            axes.axvline(critical, color=VERMILION, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
            axes.set_xscale("log")
            axes.set_xlabel("temperature")
            words = f" critical: {number(critical)}"
            axes.text(critical, 1, words, transform=axes.get_xaxis_transform(), fontsize=6.5, color=VERMILION, va="top")
    for axes, title in zip(panels[0], ("loss, nats", "largest change with the context"), strict=True):
        axes.set_title(title)
    for axes in panels[0]:
        axes.legend(loc="center left")
    return figure, (
        "InfoNCE between unit vectors with noisy class-only captions; every mark is a run of gradient descent from a "
        "random start. Above the critical temperature the minimum psi forces the image code to be the same in every "
        "context; below it only the predictor is, and the code may keep the context at no cost."
    )


def _losses(axes: Axes, series: Mapping[str, Any]) -> None:
    temperature = np.array(series["temperature"], float)
    axes.plot(temperature, series["bound"], color=INK, linewidth=0.9, label="the minimum, in closed form")
    for number_, runs in enumerate(np.transpose(np.array(series["loss"], float))):
        label = "runs" if number_ == 0 else None
        axes.plot(temperature, runs, "o", color=BLUE, markerfacecolor="none", label=label)


def _dependences(axes: Axes, series: Mapping[str, Any]) -> None:
    temperature = np.array(series["temperature"], float)
    for name, colour, marker, words in (
        ("image_dependence", BLUE, "o", "image code (length)"),
        ("predictor_dependence", FAINT, "x", "prediction (probability)"),
    ):
        runs = np.maximum(np.array(series[name], float), LEAST)
        labelled = words not in axes.get_legend_handles_labels()[1]
        for number_, values in enumerate(runs.T):
            label = words if labelled and number_ == 0 else None
            axes.plot(temperature, values, marker, color=colour, markerfacecolor="none", label=label)
    axes.set_yscale("log")
