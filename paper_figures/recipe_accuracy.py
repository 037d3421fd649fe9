"""Recipes under a spurious context on each test bed: accuracy as trained, with contexts uniform, and reversed."""

from matplotlib.figure import Figure

from paper_figures.reading import Reading
from paper_figures.recipe_rows import BEDS, CHANCE, TESTS, dots, lay_out, read_rows, shows
from paper_figures.style import FAINT, INK, new_figure

__all__ = ["draw", "shows"]

ROW, HEAD, EACH = 0.2, 0.5, 0.45  # inches


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel a test bed, a line a recipe; a dot a test, with the 95 % interval of the mean; crosses are predicted."""
    beds = read_rows(reading)
    heights = [ROW * len(rows.values) + EACH for rows in beds.values()]
    figure = new_figure(sum(heights) + HEAD)
    panels = figure.subplots(len(beds), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (bed, rows) in zip(panels, beds.items(), strict=True):
        lay_out(axes, rows.labels)
        for y, name in enumerate(rows.labels):
            for place, (test, (_, colour)) in enumerate(TESTS.items()):
                at = y + 0.22 * (place - 1)
                if name in rows.predicted:
                    axes.plot(rows.predicted[name][test], at, "x", color=INK, markersize=4, markeredgewidth=0.7)
                dots(axes, at, rows.values[name][test], colour)
        axes.axvline(CHANCE[bed], color=FAINT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
        axes.set_title(BEDS[bed])
        axes.set_xlim(0, 1.02)
    panels[-1].set_xlabel("accuracy on unseen pictures (dotted: chance)")
    handles = [panels[0].plot([], [], "o-", color=colour, label=label)[0] for label, colour in TESTS.values()]
    handles += [panels[0].plot([], [], "x", color=INK, label="predicted")[0]] * any(r.predicted for r in beds.values())
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure, (
        "Each class has a context that goes with it in training: accuracy of each recipe on unseen pictures as the "
        "contexts stay, are uniform, or are exchanged between classes. Pretrained: a linear map on frozen features of "
        "emoji. From scratch: a small CLIP. Dots: means over seeds and splits; lines: their 95 % Student intervals; "
        "crosses: the population optimum of the finite model behind the rendered pictures."
    )
