"""Recipes under a spurious context on real pictures: accuracy as trained, with styles uniform, and reversed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, GREEN, RULE, VERMILION, new_figure

TESTS = {"id": ("styles as in training", BLUE), "uniform": ("uniform", GREEN), "reversed": ("reversed", VERMILION)}
NAMES = {
    "erm": "ERM",
    "pruned": "pruned",
    "balanced": "token-balanced",
    "stratified": "stratified",
    "full": "full, matched prompt",
}
ROW, HEAD = 0.26, 1.0  # inches


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a row of it: a recipe's accuracies on several splits."""
    return bool(measurement.series("recipe", "splits"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A line a recipe, the pruned one first in each capacity; a dot a test, with the middle 80 % of the splits."""
    rows: dict[str, dict[str, list[float]]] = {}
    for measurement in filter(shows, reading.measurements):
        setting = measurement.records[0]["setting"]
        capacity = "" if setting.get("components", True) is not None else ", interpolating"
        for name, side in ((f"{NAMES['pruned']}{capacity}", "pruned"), (_label(setting) + capacity, "recipe")):
            if name in rows and side == "pruned":
                continue
            own = rows.setdefault(name, {test: [] for test in TESTS})
            for series in measurement.series("recipe", "splits"):
                for test in TESTS:
                    own[test] += series["splits"][f"{test}_{side}"]
    if not rows:
        raise NothingToDraw("no record has the series recipe and splits (a recipe of mid-training)")
    figure = new_figure(ROW * len(rows) + HEAD)
    axes = figure.subplots()
    names = sorted(rows, key=lambda name: ("interpolating" in name, "random" in name, list(rows).index(name)))
    for y, name in enumerate(names):
        axes.axhline(y, color=RULE, linewidth=0.5, zorder=0)
        for place, (test, (_, colour)) in enumerate(TESTS.items()):
            low, high = np.quantile(rows[name][test], [0.1, 0.9])
            at = y + 0.2 * (place - 1)
            axes.plot([low, high], [at, at], color=colour, linewidth=1.0)
            axes.plot(np.mean(rows[name][test]), at, "o", color=colour, markersize=3.5)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.axvline(0.2, color=FAINT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
    axes.set_xlim(0.15, 1.0)
    axes.set_xlabel("accuracy on unseen concepts (dotted: chance)")
    axes.tick_params(axis="y", length=0)
    handles = [axes.plot([], [], "o-", color=colour, label=label)[0] for label, colour in TESTS.values()]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure, (
        "Five classes of emoji on frozen pretrained features, each class with a style that goes with it in training: "
        "accuracy of each recipe on unseen concepts as the styles stay, are uniform, or are exchanged between classes. "
        "Dots: means over random splits of the concepts; lines: the middle 80 % of the splits."
    )


def _label(setting: Mapping[str, Any]) -> str:
    marks = ["reweighted"] if setting.get("balanced") else []
    marks += ["random context words"] if setting.get("contexts") == "random" else []
    return ", ".join([NAMES[setting["recipe"]], *marks])
