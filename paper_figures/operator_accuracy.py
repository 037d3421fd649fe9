"""Accuracy by operator with the share of ties: what each text encoder makes of SWAP, REPLACE and ADD."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, INK, SKY, new_figure

OPERATORS = {
    "swap_objects": "SWAP\nof objects",
    "swap_attributes": "SWAP\nof attributes",
    "replace_attributes": "REPLACE\nan attribute",
    "add_extras": "ADD\nan extra",
}
ROW, HEAD = 0.2, 1.05  # inches: a row; titles, axis and legend

Scores = Mapping[str, float]


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a row of it: encoders with their scores by operator."""
    return bool(measurement.series("encoders"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel an operator, a row an encoder: right without a tie, half the ties, and a ring for edited scenes."""
    found: dict[str, dict[str, list[Scores]]] = {}
    for measurement in reading.measurements:
        for series in measurement.series("encoders"):
            for encoder, operators in series["encoders"].items():
                for operator, scores in operators.items():
                    found.setdefault(encoder, {}).setdefault(operator, []).append(scores)
    if not found:
        raise NothingToDraw("no record has the series encoders (accuracy and ties by operator)")
    shown = [operator for operator in OPERATORS if any(operator in operators for operators in found.values())]
    figure = new_figure(ROW * len(found) + HEAD)
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, operator in zip(panels, shown, strict=True):
        _panel(axes, [operators.get(operator, []) for operators in found.values()])
        axes.set_title(OPERATORS[operator])
    panels[0].set_yticks(range(len(found)), list(found), fontsize=6.5)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))
    return figure, (
        "Accuracy of a caption against what one step of an operator makes of it, by images of training captions; mean "
        "over seeds and over claims that train the same encoder. Dark: the caption scores higher by more than .01 of "
        "cosine (constructed encoders: at all); light: half of the ties; dashed: chance. Ring: the same on images of "
        "edited scenes, which these encoders were not trained on. Not asked: no caption that the encoder was trained "
        "on has an attribute or an extra."
    )


def _panel(axes: Axes, rows: Sequence[Sequence[Scores]]) -> None:
    for y, scores in enumerate(rows):
        if not scores:
            axes.text(0.03, y, "not asked", va="center", color=FAINT, fontsize=5)
            continue
        ties = float(np.mean([score["ties"] for score in scores])) / 2
        right = float(np.mean([score["accuracy"] for score in scores])) - ties
        axes.barh(y, right, height=0.7, color=BLUE)
        axes.barh(y, ties, left=right, height=0.7, color=SKY, alpha=0.6)
        altered = [score["altered"] for score in scores if "altered" in score]
        if altered:
            axes.plot(float(np.mean(altered)), y, "o", color=INK, markerfacecolor="white", markersize=3.5)
    axes.axvline(0.5, color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.set_xlim(0, 1.04)
    axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    axes.tick_params(axis="y", length=0)
    axes.barh(0, 0, color=BLUE, label="right")
    axes.barh(0, 0, color=SKY, alpha=0.6, label="half of the ties")
    axes.plot([], [], "o", color=INK, markerfacecolor="white", markersize=3.5, label="images of edited scenes")
