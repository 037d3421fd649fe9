"""A matrix of scores: one row a claim and setting, one column a block and tower, numbers in the cells."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from paper_figures.numbers import counted, short
from paper_figures.reading import Measurement
from paper_figures.style import FAINT, INK, SCORES, TOWERS, bare, new_figure
from paper_figures.verdicts import COLOURS, MARKS, verdict_words

Blocks = Mapping[tuple[str, ...], str]  # names that records give to one column (any of them) -> its head

LABELS, ROW, HEAD = 2.35, 0.38, 0.62  # inches: row labels, a row, the column heads
VERDICT = 0.5  # columns that the mark at the end of a row takes


def matrix(rows: Sequence[Measurement], blocks: Blocks) -> tuple[Figure, str]:
    """Heat map with the measured score in each cell, its ceiling and floor under it, the row's verdict at its end."""
    found = {name for row in rows for name in row.measured}
    columns = [(names, tower) for names in blocks for tower in TOWERS if found & {f"{name}_{tower}" for name in names}]
    figure = new_figure(ROW * len(rows) + HEAD + 0.2)
    axes = figure.subplots()
    bare(axes)
    for y, row in enumerate(rows):
        axes.text(-0.1, y + 0.36, row.claim, fontsize=6.5, ha="right", va="center")
        axes.text(-0.1, y + 0.70, row.brief, fontsize=5.5, ha="right", va="center", color=FAINT)
        for x, (names, tower) in enumerate(columns):
            _cell(axes, x, y, row, [f"{name}_{tower}" for name in names])
        words = verdict_words(row.summary)
        axes.plot(len(columns) + VERDICT / 2, y + 0.5, MARKS[words], color=COLOURS[words], markeredgewidth=1.5)
    _heads(axes, columns, blocks)
    unit = (figure.get_figwidth() - LABELS) / (len(columns) + VERDICT)  # inches a column
    axes.set_xlim(-LABELS / unit, len(columns) + VERDICT)
    axes.set_ylim(len(rows), -HEAD / ROW)
    seeds = max(len(row.summary["seeds"]) for row in rows)
    return figure, (
        f"On unseen samples, mean over {counted(seeds, 'seed')}. In small: ↑ population ceiling, ↓ chance floor, where "
        "there is one. A frame marks a number outside its bar (for a violation the bar is where the conclusion fails). "
        "At the end of a row its verdict, marked as in the overview."
    )


def _heads(axes: Axes, columns: Sequence[tuple[tuple[str, ...], str]], blocks: Blocks) -> None:
    for x, (names, tower) in enumerate(columns):
        axes.text(x + 0.5, -0.12, tower, fontsize=6, color=FAINT, ha="center")
        width = sum(other == names for other, _ in columns)
        if x == 0 or columns[x - 1][0] != names:
            axes.text(x + width / 2, -0.55, blocks[names], fontsize=6.5, ha="center", linespacing=1.3)
            axes.plot([x + 0.06, x + width - 0.06], [-0.46, -0.46], color=FAINT, linewidth=0.5)


def _cell(axes: Axes, x: float, y: float, row: Measurement, names: Sequence[str]) -> None:
    name = next((name for name in names if name in row.measured), None)
    if name is None:
        axes.text(x + 0.5, y + 0.5, "·", ha="center", va="center", color=FAINT)
        return
    value = row.measured[name]
    colour = SCORES(min(max(value, 0.0), 1.0)) if value == value else "white"
    axes.add_patch(Rectangle((x + 0.02, y + 0.03), 0.96, 0.94, facecolor=colour, edgecolor="none"))
    if row.missed(name) or row.missed(f"excess_{name}"):
        frame = Rectangle((x + 0.05, y + 0.06), 0.9, 0.88, fill=False, edgecolor=COLOURS["REFUTED"], linewidth=1.2)
        axes.add_patch(frame)
    limits = [
        mark + short(row.summary[kind][name])
        for mark, kind in (("↑", "ceiling"), ("↓", "floor"))
        if name in row.summary[kind]
    ]
    axes.text(x + 0.5, y + (0.27 if limits else 0.5), short(value, digits=3), fontsize=7, ha="center", va="center")
    for line, limit in enumerate(limits):
        axes.text(x + 0.5, y + 0.57 + 0.23 * line, limit, fontsize=5, ha="center", va="center", color=INK)
