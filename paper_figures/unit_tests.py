"""The linear unit tests for invariance: our errors beside the reported ones and the oracle's."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, INK, PURPLE, RULE, new_figure

REPORTED_BY = "reported by Aubin et al. (2021)"
ROW, HEAD = 0.24, 0.75  # inches


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a row of it: the errors of a method on an example."""
    return bool(measurement.series("example", "environments", "method", "errors", "oracle"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A column an example, a row of panels a number of environments, a line a method."""
    found: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for measurement in filter(shows, reading.measurements):
        for series in measurement.series("example", "environments", "method", "errors", "oracle"):
            found.setdefault((series["environments"], series["example"]), []).append(series)
    if not found:
        raise NothingToDraw("no record has the series example, environments, method, errors and oracle (a unit test)")
    counts = sorted({environments for environments, _ in found})
    examples = sorted({example for _, example in found})
    methods = list(dict.fromkeys(series["method"] for own in found.values() for series in own))
    figure = new_figure((ROW * len(methods) + HEAD) * len(counts) + 0.3)
    panels = figure.subplots(len(counts), len(examples), squeeze=False, sharey=True)
    for environments, line in zip(counts, panels, strict=True):
        line[0].set_yticks(range(len(methods)), methods, fontsize=6.5)
        line[0].set_ylabel(f"{environments} environments")
        for example, axes in zip(examples, line, strict=True):
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0)
            axes.set_ylim(len(methods) - 0.5, -0.5)
            _panel(axes, methods, found.get((environments, example), []))
    for axes, example in zip(panels[0], examples, strict=True):
        measure = "squared error" if example.startswith("1") else "error rate"
        axes.set_title(f"Example {example}\n{measure}", fontsize=6.5)
    first = panels[0][0]
    handles = [
        first.plot([], [], "o", color=BLUE, label="here, with what other draws would give")[0],
        first.plot([], [], "D", color=PURPLE, markerfacecolor="white", label=REPORTED_BY)[0],
        first.plot([], [], color=INK, linewidth=0.8, linestyle=(0, (4, 2)), label="the best that is invariant")[0],
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure, (
        "Test error of every method, mean over environments and data seeds: here on the exact laws (line: the interval "
        f"over data seeds and hyper-parameter draws) and {REPORTED_BY} on 10,000 samples, hyper-parameters chosen by "
        "the published rule. Dashed: the oracle in the population."
    )


def _panel(axes: Axes, methods: Sequence[str], shown: Sequence[Mapping[str, Any]]) -> None:
    if not shown:  # not run: an empty panel with a scale would look as if it said something
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="x", length=0, labelbottom=False)
        return
    for series in shown:
        _row(axes, methods.index(series["method"]), series)
    oracle = shown[0]["oracle"]
    axes.axvline(sum(oracle) / len(oracle), color=INK, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0)
    ends = [end for s in shown for end in [*s["errors"], *(s.get("interval") or []), s.get("reported") or 0.0]]
    axes.set_xlim(0, 1.12 * max(0.05, *ends))  # errors start at 0; a panel of equal errors is not blown up
    axes.locator_params(axis="x", nbins=3)


def _row(axes: Axes, y: int, series: Mapping[str, Any]) -> None:
    axes.axhline(y, color=RULE, linewidth=0.5, zorder=0)
    error = sum(series["errors"]) / len(series["errors"])
    if series.get("interval"):
        axes.plot(series["interval"], [y, y], color=BLUE, linewidth=1.6)
    if series.get("reported") is not None:
        axes.plot(series["reported"], y, "D", color=PURPLE, markerfacecolor="white", markersize=6, clip_on=False)
    axes.plot(error, y, "o", color=BLUE, markersize=3.5, clip_on=False)
