"""Accuracy of every objective in every environment: the worst as a bar, each as a mark."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.objectives import look
from paper_figures.reading import Reading
from paper_figures.style import BLUE, FAINT, INK, RULE, VERMILION, new_figure
from paper_figures.trained_runs import Run, objectives, runs_by_problem

ROW, HEAD = 0.3, 1.1  # inches


def draw(reading: Reading) -> tuple[Figure, str]:
    """A row an objective, a column a problem."""
    problems = runs_by_problem(reading)
    names = objectives(problems)
    figure = new_figure(ROW * len(names) + HEAD)
    panels = figure.subplots(1, len(problems), sharey=True, squeeze=False)[0]
    for axes, (problem, own) in zip(panels, problems.items(), strict=True):
        axes.set_title(problem.replace(", ", ",\n", 1), fontsize=7)
        for name, runs in own.items():
            _row(axes, names.index(name), runs)
        _references(axes, [run for runs in own.values() for run in runs])
        axes.set_xlim(0, 1.03)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlabel("accuracy")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(len(names)), [look(name).words for name in names], fontsize=6, linespacing=1.0)
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
        "the objective's own prompt at the last step. An invariant predictor has all its marks on the dashed "
        "line, which the invariant posterior p(y | content) reaches; dotted: the pooled posterior in the test."
    )


def _row(axes: Axes, y: int, runs: Sequence[Run]) -> None:
    by_environment = {name: [run.environments[name] for run in runs] for name in runs[0].environments}
    *training, test = by_environment
    means = {name: float(np.mean(values)) for name, values in by_environment.items()}
    axes.barh(y, min(means.values()), height=0.6, color=RULE, zorder=0)
    for name in training:
        axes.plot(means[name], y, "o", color=INK, markerfacecolor="white", markersize=4)
    axes.plot([min(by_environment[test]), max(by_environment[test])], [y, y], color=VERMILION, linewidth=1.5)
    axes.plot(means[test], y, "o", color=VERMILION, markersize=4.5)


def _references(axes: Axes, runs: Sequence[Run]) -> None:
    invariant, pooled = ({getattr(run, name) for run in runs} - {None} for name in ("invariant", "pooled"))
    for limit in invariant:
        axes.axvline(limit, color=BLUE, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0.5)
    for limit in pooled:
        axes.axvline(limit, color=FAINT, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=0.5)
