"""What each recipe's codes and scores tell of the context, and how far its probabilities can be believed."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Reading
from paper_figures.recipe_rows import BEDS, CHANCE, TESTS, Rows, dots, lay_out, read_rows, shows
from paper_figures.style import FAINT, ORANGE, PURPLE, new_figure

__all__ = ["draw", "shows"]

ROW, HEAD, EACH = 0.2, 0.5, 0.45  # inches
_PROBES = {"context_in_code": ("read off the code", PURPLE), "context_in_scores": ("read off the scores", ORANGE)}


def draw(reading: Reading) -> tuple[Figure, str]:
    """Beside each other for each test bed: probes for the context; calibration errors in the three tests."""
    beds = read_rows(reading)
    heights = [ROW * len(rows.values) + EACH for rows in beds.values()]
    figure = new_figure(sum(heights) + HEAD)
    panels = figure.subplots(len(beds), 2, sharex="col", squeeze=False, height_ratios=heights)
    errors = {f"calibration_error_{test}": told for test, told in TESTS.items()}
    for (left, right), (bed, rows) in zip(panels, beds.items(), strict=True):
        _panel(left, rows, _PROBES)
        _panel(right, rows, errors)
        right.set_yticklabels([])
        left.axvline(CHANCE[bed], color=FAINT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
        left.set_title(BEDS[bed])
        left.set_xlim(0, 1.02)
        right.set_xlim(0, 1.02)
    panels[-1, 0].set_xlabel("linear probe for the context (dotted: chance)")
    panels[-1, 1].set_xlabel("calibration error")
    left, right = (
        [axes.plot([], [], "o-", color=colour, label=name)[0] for name, colour in kinds.values()]
        for axes, kinds in zip(panels[0], (_PROBES, errors), strict=True)
    )
    figure.legend(handles=left, loc="outside upper left", ncols=len(left))
    figure.legend(handles=right, loc="outside upper right", ncols=len(right))
    return figure, (
        "Left: what a linear probe reads of the context off the image code and off the scores of the classes; a "
        "recipe can take the context out of its scores and leave it in the code. Right: calibration error of the "
        "scores as log-odds of the class words, in each test. Dots: means over seeds and splits; lines: their 95 % "
        "Student intervals."
    )


def _panel(axes: Axes, rows: Rows, kinds: dict[str, tuple[str, str]]) -> None:
    lay_out(axes, rows.labels)
    for y, name in enumerate(rows.labels):
        for place, (number, (_, colour)) in enumerate(kinds.items()):
            dots(axes, y + 0.22 * (place - (len(kinds) - 1) / 2), rows.values[name][number], colour)
