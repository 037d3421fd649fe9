"""Real pairs one operator apart: the pictures with the models' scores, and what each way of training gets right."""

import base64
import io
import textwrap
from collections.abc import Mapping
from typing import Any

import matplotlib.image
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.numbers import short
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, GREEN, ORANGE, RULE, WIDTH, bare, new_figure

WAYS = {
    "scratch": ("checkpoint", FAINT),
    "plain": ("plain", ORANGE),
    "hard": ("hard negatives", BLUE),
    "iterated": ("iterated", GREEN),
}
# what a row of the right panel measures: name of the quantity, with {} for the way
ROWS = {
    "SWAP": "swap_{}",
    "SWAP, gain over plain": "gain_swap_{}",
    "SWAP, new vendor": "swap_{}_new_vendor",
    "REPLACE": "replace_{}",
    "REPLACE, new vendor": "replace_{}_new_vendor",
    "ADD": "add_{}",
    "class, new vendor": "class_{}",
}
CELL = 0.62  # inches of a pair in the sheet


def shows(measurement: Measurement) -> bool:
    """Whether it trained in several ways and recorded pairs with their scores."""
    return bool(measurement.series("branches", "pairs_sheet"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """Left, pairs with both pictures and the margins of the models; right, accuracies with intervals over seeds."""
    found = [m for m in reading.measurements if shows(m)]
    if not found:
        raise NothingToDraw("no record has the series branches and pairs_sheet (training on emoji pairs)")
    sheet = found[0].series("pairs_sheet")[0]["pairs_sheet"]
    figure = new_figure(CELL * len(sheet["captions"]) + 1.1, WIDTH)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.05))
    _sheet(left, sheet)
    _accuracies(right, found)
    return figure, (
        "Left: held-out pairs by a vendor that was not trained on. Each line gives, for the first and the second "
        "picture, the cosine of its own caption less that of the other: below 0 the model chooses wrongly. Right: "
        "accuracy on held-out pairs, mean and 95 % interval (over seeds or runs; of one run, over questions), and "
        "zero-shot accuracy of the class. The gain is the difference of two branches of one run, which vary together. "
        "Order known: the checkpoint was trained on pictures in which things stand as told, in the other rows by lot. "
        "A small CLIP trained from scratch."
    )


def _sheet(axes: Axes, sheet: Mapping[str, Any]) -> None:
    picture = matplotlib.image.imread(io.BytesIO(base64.b64decode(sheet["png"])), format="png")
    pairs = len(sheet["captions"])
    bare(axes)
    axes.set_title("held-out pairs; cosine of own caption less\nother caption: of picture 1, of picture 2")
    axes.imshow(picture, extent=(0, 2, pairs, 0), interpolation="lanczos")
    axes.set_xlim(0, 6.4)
    axes.set_anchor("N")
    axes.set_ylim(pairs, 0)
    for row, captions in enumerate(sheet["captions"]):
        text = "\n".join(textwrap.fill(f"{name}: {caption}", 46) for name, caption in zip("12", captions, strict=True))
        axes.text(2.12, row + 0.06, text, fontsize=5.5, va="top")
        for number, (way, of_pairs) in enumerate(sheet["scores"].items()):
            scores = of_pairs[row]
            name, colour = WAYS[way]
            margins = [scores[0][0] - scores[0][1], scores[1][1] - scores[1][0]]
            words = f"{name} " + "  ".join(f"{margin:+.2f}" for margin in margins)
            axes.text(2.12, row + 0.95 - 0.16 * (len(sheet["scores"]) - 1 - number), words, fontsize=5, color=colour)
        axes.axhline(row + 1, color=RULE, linewidth=0.4)


def _accuracies(axes: Axes, found: list[Measurement]) -> None:
    rows = _rows(found)
    for row, (label, pattern, measurement) in enumerate(rows):
        ways = measurement.series("branches")[0]["branches"]
        for number, way in enumerate(ways):
            name = pattern.format(way)
            if name not in measurement.measured:  # gains of the control over itself
                continue
            value = measurement.measured[name]
            y = row - 0.4 + 0.8 / len(ways) * (number + 0.5)
            low, high = _interval(measurement, name, way, pattern)
            words, colour = WAYS[way]
            axes.plot([low, high], [y, y], color=colour, linewidth=1)
            axes.plot(value, y, "o", color=colour, markersize=3, label=words if row == 0 else None)
            axes.text(max(high, value) + 0.012, y, short(value), fontsize=4.8, va="center", color=colour)
        if not label.startswith("class"):
            null = 0 if "gain" in label else 0.5
            chance = "chance" if row == 0 else None
            axes.plot([null, null], [row - 0.42, row + 0.42], color=RULE, linewidth=0.8, zorder=0, label=chance)
    axes.set_yticks(range(len(rows)), [label for label, _, _ in rows], fontsize=6.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_title("accuracy on held-out pairs, and of the class")
    axes.set_xlim(-0.1, 1.08)
    axes.set_xlabel("accuracy")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right", fontsize=5.5, ncols=2)


def _rows(found: list[Measurement]) -> list[tuple[str, str, Measurement]]:
    """All rows of the claim, and below its SWAP that of each violation, by the name of what it changes."""
    first, *others = found
    rows = [(label, pattern, first) for label, pattern in ROWS.items()]
    rows[1:1] = [(f"SWAP, {m.claim.rpartition('.')[2].replace('_', ' ')}", ROWS["SWAP"], m) for m in others]
    return rows


def _interval(measurement: Measurement, name: str, way: str, pattern: str) -> tuple[float, float]:
    """The Student interval over seeds, or over the runs of one; of one run that over questions, where recorded."""
    of_runs = [series["intervals"].get(name) for series in measurement.series("intervals")]
    over = measurement.summary["interval"].get(name) or next(iter(of_runs), None)
    if over:
        return float(np.clip(over[0], -1, 1)), float(np.clip(over[1], -1, 1))
    recorded = measurement.series("branches")[0]["branches"][way]["interval"].get(pattern.removesuffix("_{}"))
    value = measurement.measured[name]
    return tuple(recorded) if recorded else (value, value)
