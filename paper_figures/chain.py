"""The chain of Arjovsky et al.: errors of the coefficients of causes and of effects, here and as reported."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, INK, ORANGE, RULE, new_figure

PANELS = ("causes, squared error", "effects, squared error")
METHODS = {"ERM": ORANGE, "IRM": BLUE}
REPORTED_BY = "reported by Arjovsky et al. (2019)"
ROW, HEAD = 0.34, 0.95  # inches


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a mark of it: coefficients of one method in one case, run by run."""
    return bool(measurement.series("example", "method", "errors", "by_run"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A row a case, a panel for causes and one for effects, ERM above IRM."""
    found = [s for m in filter(shows, reading.measurements) for s in m.series("example", "method", "errors", "by_run")]
    if not found:
        raise NothingToDraw("no record has the series example, method, errors and by_run (coefficients of the chain)")
    cases = list(dict.fromkeys(series["example"] for series in found))
    figure = new_figure(ROW * len(cases) + HEAD)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for block, (axes, title) in enumerate(zip(panels, PANELS, strict=True)):
        axes.set_title(title)
        for series in found:
            _mark(axes, cases.index(series["example"]), block, series)
        for y in range(len(cases)):
            axes.axhline(y, color=RULE, linewidth=0.5, zorder=0)
        axes.set_xscale("log")
        axes.set_ylim(len(cases) - 0.5, -0.5)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(len(cases)), [case.removeprefix("chain ") for case in cases], fontsize=6.5)
    first = panels[0]
    handles = [first.plot([], [], "o", color=colour, label=f"{name}, here")[0] for name, colour in METHODS.items()]
    handles += first.plot([], [], "D", color=INK, markerfacecolor="white", label=REPORTED_BY)
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    runs = sorted({len(series["by_run"][0]) for series in found})
    return figure, (
        f"Squared error of the coefficients, mean over {' or '.join(map(str, runs))} runs (line: two standard errors), "
        f"beside the mean of 200 {REPORTED_BY}. hetero: noise of the target varies with the environment; hidden: there "
        "is a hidden confounder; scramble: the inputs are rotated, and every coefficient counts as a cause's."
    )


def _mark(axes: Axes, row: int, block: int, series: Mapping[str, Any]) -> None:
    names = list(METHODS)
    method = series["method"]
    y = row + (names.index(method) - 0.5) * 0.36 if method in names else row
    colour = METHODS.get(method, FAINT)
    runs = np.array(series["by_run"][block], float)
    mean = float(runs.mean())
    reported = series.get("reported")
    if reported is not None:
        axes.plot(reported[block], y, "D", color=colour, markerfacecolor="white", markersize=6)
    if len(runs) > 1:
        error = 2 * float(runs.std(ddof=1)) / len(runs) ** 0.5
        axes.plot([max(mean - error, mean / 100), mean + error], [y, y], color=colour, linewidth=1.2)
    axes.plot(mean, y, "o", color=colour, markersize=3.5)
