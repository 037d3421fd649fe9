"""Trained towers that are shown both orders: their excess beside the exact gap, and where SWAP leaves one half."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, PALETTE, new_figure

Point = Mapping[str, Any]
MARKERS = {"bag": "o", "transformer": "s"}


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a point of it."""
    return bool(measurement.series("contrast") or measurement.series("scale", "scale_swap"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """Excess against the share of the rarer order; SWAP against the exact gap; SWAP against the positions' scale."""
    points = [series["contrast"] for m in reading.measurements for series in m.series("contrast")]
    scales = [series for m in reading.measurements for series in m.series("scale", "scale_swap")]
    independent = [point for point in points if "curve" in point]
    panels = [
        (_excess, independent),
        (_swap_against_gap, [point for point in points if point["text"] == "transformer"]),
        (_swap_against_scale, [series for series in scales if len(series["scale"]) > 1]),
    ]
    shown = [(panel, data) for panel, data in panels if data]
    if not shown:
        raise NothingToDraw("no record has the series contrast (a tower shown both orders), or scale and scale_swap")
    figure = new_figure(2.7)
    for axes, (panel, data) in zip(np.atleast_1d(figure.subplots(1, len(shown))), shown, strict=True):
        panel(axes, data)
    return figure, (
        "Trained towers, a point a seed. Twins: one bag of objects in both orders. Excess: loss above the infimum over "
        "towers that tell all captions apart; lines: the least excess of a tower blind to order, exact. SWAP: "
        "tie-aware accuracy on training captions of a transformer whose position vectors start small; dashed: chance. "
        "Position scale: standard deviation of the position vectors before training on captions in one order."
    )


def _excess(axes: Axes, points: Sequence[Point]) -> None:
    batches = sorted({point["batch"] for point in points}, reverse=True)
    for batch, colour in zip(batches, PALETTE, strict=False):
        here = [point for point in points if point["batch"] == batch]
        axes.plot(here[0]["shares"], here[0]["curve"], color=colour, label=f"batch of {batch}, exact")
        for text, marker in MARKERS.items():
            chosen = [point for point in here if point["text"] == text]
            place = ([point["share"] for point in chosen], [point["excess"] for point in chosen])
            axes.plot(*place, marker, color=colour, markerfacecolor=colour if text == "bag" else "white")
    for text, marker in MARKERS.items():
        axes.plot([], [], marker, color=FAINT, markerfacecolor=FAINT if text == "bag" else "white", label=text)
    axes.set_xscale("log")
    axes.set_title("excess over the infimum")
    axes.set_xlabel("share of the rarer order")
    axes.set_ylabel("nats")
    axes.legend(loc="upper left", fontsize=5.5)


def _swap_against_gap(axes: Axes, points: Sequence[Point]) -> None:
    axes.plot([p["gap"] for p in points], [p["swap"] for p in points], MARKERS["transformer"], markerfacecolor="white")
    for gap, swap, words in {(round(p["gap"], 4), round(p["swap"], 1), _batches(p)) for p in points}:
        right = gap > max(point["gap"] for point in points) / 2
        axes.annotate(
            words,
            (gap, swap),
            (-5, -2) if right else (2, 5),
            textcoords="offset points",
            fontsize=5.5,
            rotation=0 if right else 60,
            ha="right" if right else "left",
        )
    _accuracy(axes)
    axes.set_title("both orders, no hard negatives")
    axes.set_xlabel("exact gap of the batches, nats")


def _batches(point: Point) -> str:
    """Which batches a tower was trained on, in the words of a label."""
    if "batch" not in point:
        return "twins never meet"
    return f"batch of {point['batch']}, share {point['share']:g}"


def _swap_against_scale(axes: Axes, found: Sequence[Mapping[str, Any]]) -> None:
    for number, series in enumerate(found):
        for name, colour, words in (("swap", PALETTE[0], "training"), ("held_out", PALETTE[1], "held out")):
            label = words if number == 0 else None
            axes.plot(series["scale"], series[f"scale_{name}"], "o-", color=colour, label=label)
    _accuracy(axes)
    axes.set_xscale("log")
    axes.set_title("one order, no hard negatives")
    axes.set_xlabel("scale of position vectors")
    axes.legend(loc="center right")


def _accuracy(axes: Axes) -> None:
    axes.axhline(0.5, color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.set_ylim(0.42, 1.03)
    axes.set_ylabel("SWAP accuracy")
