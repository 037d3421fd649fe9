"""What the learned codes hold of each block: one row a setting, one column a block and tower."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.summary import setting_label
from paper_figures.numbers import counted, short
from paper_figures.reading import Measurement, NothingToDraw, Reading, common_setting
from paper_figures.style import FAINT, INK, SCORES, TOWERS, bare, new_figure
from paper_figures.verdicts import COLOURS, MARKS, verdict_words

BLOCKS = {
    "forward": "code → $z_{inv}$\nkernel",
    "linear": "code → $z_{inv}$\nlinear",
    "reverse": "$z_{inv}$ → code\nkernel",
    "dependent": "code → $z_{dp}$\nkernel",
    "private": "code → $z_{pr}$\nkernel",
}
LABELS, ROW, HEAD = 2.6, 0.3, 0.6  # inches: row labels, a row, the column heads
VERDICT = 0.5  # columns that the mark at the end of a row takes


def draw(reading: Reading) -> tuple[Figure, str]:
    """Heat map: the measured R2 in each cell with its ceiling and floor, the row's verdict at its end."""
    codes = [m for m in reading.measurements if m.measured.keys() & {f"forward_{tower}" for tower in TOWERS}]
    rows = [m for m in codes if not m.series("reported")]  # those have a figure of their own
    common = common_setting(rows)
    if not rows:
        raise NothingToDraw("no record measures forward_image or forward_text (learned block identifiability)")
    found = {name for row in rows for name in row.measured}
    columns = [(block, tower) for block in BLOCKS for tower in TOWERS if f"{block}_{tower}" in found]
    figure = new_figure(ROW * len(rows) + HEAD + 0.2)
    axes = figure.subplots()
    bare(axes)
    for y, row in enumerate(rows):
        _label(axes, y, row, common, first=y == 0 or rows[y - 1].claim != row.claim)
        for x, (block, tower) in enumerate(columns):
            _cell(axes, x, y, row, f"{block}_{tower}")
        words = verdict_words(row.summary)
        axes.plot(len(columns) + VERDICT / 2, y + 0.5, MARKS[words], color=COLOURS[words], markeredgewidth=1.5)
    for x, (block, tower) in enumerate(columns):
        axes.text(x + 0.5, -0.15, tower, fontsize=6, color=FAINT, ha="center")
        towers = [t for b, t in columns if b == block]
        if tower == towers[0]:
            axes.text(x + len(towers) / 2, -0.65, BLOCKS[block], fontsize=6.5, ha="center", linespacing=1.3)
            axes.plot([x + 0.06, x + len(towers) - 0.06], [-0.55, -0.55], color=FAINT, linewidth=0.5)
    unit = (figure.get_figwidth() - LABELS) / (len(columns) + VERDICT)  # inches a column
    axes.set_xlim(-LABELS / unit, len(columns) + VERDICT)
    axes.set_ylim(len(rows), -HEAD / ROW)
    seeds = max(len(row.summary["seeds"]) for row in rows)
    return figure, (
        f"R² on unseen samples, mean over {counted(seeds, 'seed')}. In small: ↑ population ceiling, ↓ chance floor, "
        "where there is one. A frame marks a number outside its bar (for a violation the bar is where the conclusion "
        f"fails). At the end of a row its verdict (marks as in the overview). All rows: {setting_label(common)}."
    )


def _label(axes: Axes, y: float, row: Measurement, common: Mapping[str, Any], *, first: bool) -> None:
    if first:
        axes.text(-0.1, y + 0.32, row.claim, fontsize=6.5, ha="right", va="center")
    axes.text(
        -0.1, y + 0.72, setting_label(row.own_setting(common)), fontsize=5.5, ha="right", va="center", color=FAINT
    )


def _cell(axes: Axes, x: float, y: float, row: Measurement, name: str) -> None:
    value = row.measured.get(name)
    if value is None:
        axes.text(x + 0.5, y + 0.5, "·", ha="center", va="center", color=FAINT)
        return
    colour = SCORES(min(max(value, 0.0), 1.0)) if value == value else "white"
    axes.add_patch(Rectangle((x + 0.02, y + 0.04), 0.96, 0.92, facecolor=colour, edgecolor="none"))
    if row.missed(name) or row.missed(f"excess_{name}"):
        frame = Rectangle((x + 0.04, y + 0.07), 0.92, 0.86, fill=False, edgecolor=COLOURS["REFUTED"], linewidth=1.2)
        axes.add_patch(frame)
    limits = [
        mark + short(row.summary[kind][name])
        for mark, kind in (("↑", "ceiling"), ("↓", "floor"))
        if name in row.summary[kind]
    ]
    middle = 0.36 if limits else 0.5
    axes.text(x + 0.5, y + middle, short(value, digits=3), fontsize=7, ha="center", va="center", color=INK)
    axes.text(x + 0.5, y + 0.76, " ".join(limits), fontsize=5, ha="center", va="center", color=INK)
