"""Accuracy in the test environment against the IRMv1 penalty, one mark a trained run."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.objectives import look
from paper_figures.reading import Reading
from paper_figures.style import FAINT, new_figure
from paper_figures.trained_runs import Run, objectives, runs_by_problem

COLUMNS, PANEL = 3, 2.2  # panels a row; inches
LEAST = 1e-8  # what the logarithmic axis shows of a smaller penalty


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel a problem; dashed and dotted: what the invariant and the pooled posterior reach."""
    problems = runs_by_problem(reading)
    names = objectives(problems)
    columns = min(COLUMNS, len(problems))
    rows = -(-len(problems) // columns)
    legend = 0.16 * -(-len(names) // 4) + 0.35
    figure = new_figure(PANEL * rows + legend)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, (problem, own) in zip(grid.flat, problems.items(), strict=False):
        axes.set_title(problem, fontsize=7)
        for runs in own.values():
            _marks(axes, runs)
        axes.set_xscale("log")
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel("IRMv1 penalty")
    for axes in grid.flat[len(problems) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("accuracy, test environment")
    handles = [
        grid.flat[0].plot(
            [], [], look(name).marker, color=look(name).colour, label=look(name).words.replace("\n", " ")
        )[0]
        for name in names
    ]
    figure.legend(
        handles=handles, loc="outside upper left", ncols=4, handletextpad=0.2, columnspacing=1.2, fontsize=6.5
    )
    return figure, (
        "One mark a trained run, with the objective's own prompt at the last step. Dashed: the invariant posterior "
        "p(y | content); dotted: the pooled one, which ERM learns. A small penalty is not invariance: marks at the "
        "left and far from the dashed line."
    )


def _marks(axes: Axes, runs: list[Run]) -> None:
    shape = look(runs[0].objective)
    penalties = [max(run.series["penalty"], LEAST) for run in runs]
    axes.plot(penalties, [run.ood for run in runs], shape.marker, color=shape.colour, markersize=4.5, alpha=0.8)
    for limit, dashes in ((runs[0].invariant, (0, (4, 2))), (runs[0].pooled, (0, (1, 1.5)))):
        if limit is not None:
            axes.axhline(limit, color=FAINT, linewidth=0.8, linestyle=dashes, zorder=0)
