"""Accuracy in the test environment against the IRMv1 penalty, one mark a trained run."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.objectives import look, place
from paper_figures.reading import NothingToDraw, Reading
from paper_figures.style import FAINT, new_figure
from paper_figures.trained_runs import Run, trained_runs

COLUMNS, PANEL = 3, 2.2  # panels a row; inches
LEAST = 1e-8  # what the logarithmic axis shows of a smaller penalty


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel for each kind of images; dashed and dotted: what the invariant and the pooled posterior reach."""
    runs = trained_runs(reading)
    if not runs:
        raise NothingToDraw(
            "no record has the series objective, strength, environments, accuracy and penalty (a trained run)"
        )
    kinds = list(dict.fromkeys(run.images for run in runs))
    names = sorted({run.objective for run in runs}, key=place)
    columns = min(COLUMNS, len(kinds))
    rows = -(-len(kinds) // columns)
    figure = new_figure(PANEL * rows + 0.16 * -(-len(names) // 4) + 0.35)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, kind in zip(grid.flat, kinds, strict=False):
        axes.set_title(kind, fontsize=7)
        _marks(axes, [run for run in runs if run.images == kind])
        axes.set_xscale("log")
        axes.set_ylim(-0.03, 1.03)
    for axes in grid.flat[len(kinds) :]:
        axes.set_axis_off()
    for axes in grid.flat[max(0, len(kinds) - columns) : len(kinds)]:
        axes.set_xlabel("IRMv1 penalty")
        axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel("accuracy, test environment")
    looks = dict.fromkeys(map(look, names))
    handles = [
        grid.flat[0].plot([], [], shape.marker, color=shape.colour, label=shape.words.replace("\n", " "))[0]
        for shape in looks
    ]
    how = {"ncols": 4, "handletextpad": 0.2, "columnspacing": 1.2, "fontsize": 6.5}
    figure.legend(handles=handles, loc="outside upper left", **how)
    return figure, (
        "One mark a trained run, with the objective's own prompt at the last step; hollow where the law or the "
        "encoder's depth was changed. Dashed: the invariant posterior p(y | content); dotted: the pooled one, which "
        "ERM learns. A small penalty is not invariance: marks at the left and far from the dashed line."
    )


def _marks(axes: Axes, runs: Sequence[Run]) -> None:
    for run in runs:
        shape = look(run.objective)
        face = "none" if run.changed else shape.colour
        penalty = max(run.series["penalty"], LEAST)
        axes.plot(penalty, run.ood, shape.marker, color=shape.colour, markerfacecolor=face, markersize=4.5, alpha=0.8)
    unchanged = [run for run in runs if not run.changed][:1]
    for run in unchanged:
        for limit, dashes in ((run.invariant, (0, (4, 2))), (run.pooled, (0, (1, 1.5)))):
            if limit is not None:
                axes.axhline(limit, color=FAINT, linewidth=0.8, linestyle=dashes, zorder=0)
