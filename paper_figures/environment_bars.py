"""Accuracy of every objective in every environment: the worst as a bar, each as a mark."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Reading
from paper_figures.style import BLUE, FAINT, INK, RULE, VERMILION, new_figure
from paper_figures.trained_runs import Run, by_problem, trained_runs

ROW, HEAD = 0.2, 0.75  # inches
Line = str | tuple[str, Sequence[Run]]  # a problem, or the words of a row with its runs


def draw(reading: Reading) -> tuple[Figure, str]:
    """A block a problem, a row an objective; blocks are read downwards in two columns."""
    columns = _columns(by_problem(trained_runs(reading)))
    length = max(map(len, columns))
    figure = new_figure(ROW * length + HEAD)
    panels = figure.subplots(1, len(columns), squeeze=False)[0]
    for axes, column in zip(panels, columns, strict=True):
        _column(axes, column)
        axes.set_ylim(length - 0.5, -0.5)
    first = panels[0]
    handles = [
        first.plot([], [], "o", color=VERMILION, label="test environment")[0],
        first.plot([], [], "o", color=INK, markerfacecolor="white", label="training environments")[0],
        first.barh([0], [0], color=RULE, label="worst environment"),
        first.plot([], [], color=BLUE, linewidth=0.9, linestyle=(0, (4, 2)), label="the invariant posterior")[0],
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure, (
        "Accuracy of trained towers in every environment, mean over seeds (line: least to greatest), zero-shot with "
        "the objective's own prompt at the last step. An invariant predictor has all its marks on the dashed line, "
        "which the invariant posterior p(y | content) reaches; dotted: the pooled posterior in the test environment."
    )


def _columns(problems: Mapping[str, Mapping[str, Sequence[Run]]]) -> list[list[Line]]:
    """One column, or two of about the same length; a problem is not broken."""
    blocks: list[list[Line]] = [[problem, *own.items()] for problem, own in problems.items()]
    if len(blocks) == 1:
        return blocks
    sizes = np.cumsum([len(block) for block in blocks])
    cut = int(np.argmin(np.maximum(sizes[:-1], sizes[-1] - sizes[:-1]))) + 1
    return [[line for block in part for line in block] for part in (blocks[:cut], blocks[cut:])]


def _column(axes: Axes, lines: Sequence[Line]) -> None:
    labels = {}
    for y, line in enumerate(lines):
        if isinstance(line, str):
            # it may reach over the labels of the rows, which are on other lines
            axes.text(1.03, y + 0.1, line, fontsize=6, weight="bold", va="center", ha="right", in_layout=False)
        else:
            name, runs = line
            labels[y] = name
            _row(axes, y, runs)
    axes.set_yticks(list(labels), list(labels.values()), fontsize=6)
    axes.set_xlim(0, 1.03)
    axes.set_xlabel("accuracy")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _row(axes: Axes, y: int, runs: Sequence[Run]) -> None:
    by_environment = {name: [run.environments[name] for run in runs] for name in runs[0].environments}
    *training, test = by_environment
    means = {name: float(np.mean(values)) for name, values in by_environment.items()}
    axes.barh(y, min(means.values()), height=0.7, color=RULE, zorder=0)
    for limit, colour, dashes in ((runs[0].invariant, BLUE, (0, (4, 2))), (runs[0].pooled, FAINT, (0, (1, 1.5)))):
        if limit is not None:
            axes.plot([limit, limit], [y - 0.5, y + 0.5], color=colour, linewidth=0.9, linestyle=dashes, zorder=0.5)
    for name in training:
        axes.plot(means[name], y, "o", color=INK, markerfacecolor="white", markersize=3.5)
    axes.plot([min(by_environment[test]), max(by_environment[test])], [y, y], color=VERMILION, linewidth=1.5)
    axes.plot(means[test], y, "o", color=VERMILION, markersize=4)
