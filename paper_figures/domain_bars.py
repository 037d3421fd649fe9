"""A style left out of training: balanced accuracy in every style, recipe beside recipe."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, RULE, new_figure

BARS = {
    "all styles": ("pruned, that style in training too", RULE),
    "pruned": ("pruned", BLUE),
    "balanced": ("token-balanced", GREEN),
    "stratified": ("stratified", PURPLE),
    "full": ("full, mean prompt", ORANGE),
}
PANELS = {"": "Class and style as the set has them", "correlated": "Each class goes with a style in training"}
HEIGHT, WIDTH = 2.1, 0.16  # of a panel in inches; of a bar
MEAN, WORST = "mean", "worst"

Bars = dict[str, dict[str, list[float]]]  # balanced accuracies of the splits, by predictor and style


def shows(measurement: Measurement) -> bool:
    """Whether the figure has bars of it: accuracies by style, on 64 components, of parts that are styles."""
    setting = measurement.records[0]["setting"]
    plain = setting.get("components", 64) is not None and setting.get("domains", "styles") == "styles"
    return plain and bool(measurement.series("by_style", "styles"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel for each law of the training pairs; in it a group of bars for each style, their mean and their worst."""
    panels: dict[str, Bars] = {}
    for measurement in filter(shows, reading.measurements):
        setting = measurement.records[0]["setting"]
        panel = panels.setdefault("correlated" if "agreement" in setting else "", {})
        for name, bars in _bars(measurement).items():
            panel.setdefault(name, bars)  # pruned captions stand beside every recipe, with the same runs
    if not panels:
        raise NothingToDraw("no record has the series by_style and styles (a style left out of training)")
    figure = new_figure(HEIGHT * len(panels) + 0.5)
    for axes, name in zip(figure.subplots(len(panels), 1, squeeze=False)[:, 0], sorted(panels), strict=True):
        _panel(axes, panels[name])
        axes.set_title(PANELS[name])
    shown = {name for panel in panels.values() for name in panel}
    handles = [axes.bar([0], [0], color=colour, label=label) for name, (label, colour) in BARS.items() if name in shown]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure, (
        "Balanced accuracy on unseen pictures of a style that is left out of training (pale: that is not), eight "
        "classes on 64 components of frozen pretrained features. Bars: means over random splits of the concepts; "
        "lines: from the least split to the greatest; dotted: chance."
    )


def _bars(measurement: Measurement) -> Bars:
    names = {"all": "all styles", "left_out": "pruned"}
    found: Bars = {}
    for series in measurement.series("by_style", "styles"):
        for predictor, splits in series["by_style"].items():
            own = found.setdefault(names.get(predictor, predictor), {})
            for column, style in enumerate(series["styles"]):
                own.setdefault(style, []).extend(row[column] for row in splits)
            own.setdefault(MEAN, []).extend(float(np.mean(row)) for row in splits)
            own.setdefault(WORST, []).extend(min(row) for row in splits)
    return found


def _panel(axes: Axes, panel: Bars) -> None:
    predictors = [name for name in BARS if name in panel]
    styles = list(dict.fromkeys(style for own in panel.values() for style in own if style not in (MEAN, WORST)))
    groups = [*styles, MEAN, WORST]
    for place, name in enumerate(predictors):
        for group, style in enumerate(groups):
            if style not in panel[name]:
                continue
            values = panel[name][style]
            at = group + WIDTH * (place - (len(predictors) - 1) / 2)
            axes.bar(at, np.mean(values), 0.9 * WIDTH, color=BARS[name][1])
            axes.plot([at, at], [min(values), max(values)], color=INK, linewidth=0.8)
    axes.axvline(len(styles) - 0.5, color=RULE, linewidth=0.8)
    axes.axhline(1 / 8, color=FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.set_xticks(range(len(groups)), groups)
    axes.set_xlim(-0.5, len(groups) - 0.5)
    axes.set_ylim(0, 1)
    axes.set_ylabel("balanced accuracy")
    axes.tick_params(axis="x", length=0)
