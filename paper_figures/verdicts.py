"""The verdicts of a ledger: their colours, marks and words, and the picture of all claims by track."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.numbers import counted
from paper_figures.reading import Reading
from paper_figures.style import FAINT, INK, bare, new_figure

TRACKS = {
    "exact": "exact: enumerated or in closed form",
    "learned": "learned: encoders trained on samples",
    "real": "real: images and captions that people made",
}

COLOURS = {
    "holds": "#008762",
    "fails as predicted": "#0072b2",
    "refuted as printed": "#b0578d",
    "REFUTED": "#c44e00",
    "not run": "#6a737d",
}
MARKS = {"holds": "o", "fails as predicted": "v", "refuted as printed": "D", "REFUTED": "X", "not run": "_"}

COLUMNS = 3
LINE = 0.155  # inches


def verdict_words(entry: Mapping[str, Any]) -> str:
    """The verdict; a statement that is refuted in the form in which it was printed is told from one of ours."""
    if entry["verdict"] == "refuted":
        return "refuted as printed" if entry["form"] == "printed" else "REFUTED"
    return str(entry["verdict"])


def tally(entries: list[Mapping[str, Any]]) -> str:
    """`12 hold, 5 fail as predicted`: how many claims have which verdict."""
    counts = Counter(verdict_words(entry) for entry in entries)
    plural = {"holds": "hold", "fails as predicted": "fail as predicted"}
    return ", ".join(
        f"{counts[words]} {words if counts[words] == 1 else plural.get(words, words)}"
        for words in COLOURS
        if counts[words]
    )


def draw(reading: Reading) -> tuple[Figure, str]:
    """Every claim, by track, with the mark of its verdict; columns are read downwards."""
    entries = [entry for entry, _ in reading.claims]
    lines: list[Mapping[str, Any] | str] = []
    for track, words in TRACKS.items():
        of_track = [entry for entry in entries if entry["track"] == track]
        if of_track:
            lines += [words, *of_track]
    columns = _columns(lines)
    height = max(map(len, columns))
    figure = new_figure(LINE * (height + 1) + 0.5)
    for axes, column in zip(figure.subplots(1, COLUMNS, squeeze=False)[0], columns, strict=True):
        bare(axes)
        axes.set_xlim(0, 1)
        axes.set_ylim(height, 0)
        for row, line in enumerate(column):
            _draw_line(axes, row + 0.5, line)
    handles = [
        figure.axes[0].plot([], [], MARKS[words], color=COLOURS[words], label=words, markeredgewidth=1.5)[0]
        for words in COLOURS
        if any(verdict_words(entry) == words for entry in entries)
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), handletextpad=0.2)
    return figure, f"{counted(len(entries), 'claim')}: {tally(entries)}."


def _columns(lines: list[Mapping[str, Any] | str]) -> list[list[Mapping[str, Any] | str]]:
    """Columns of about the same length; a heading is not left alone at the foot of one."""
    length = -(-len(lines) // COLUMNS)
    columns: list[list[Mapping[str, Any] | str]] = [[]]
    for line in lines:
        room = length - len(columns[-1])
        if room < (2 if isinstance(line, str) else 1) and len(columns) < COLUMNS:
            columns.append([])
        columns[-1].append(line)
    return columns + [[] for _ in range(COLUMNS - len(columns))]


def _draw_line(axes: Axes, y: float, line: Mapping[str, Any] | str) -> None:
    if isinstance(line, str):
        axes.text(0, y, line, fontsize=6.5, color=FAINT, va="center", style="italic")
        return
    words = verdict_words(line)
    axes.plot(0.03, y, MARKS[words], color=COLOURS[words], markersize=4.5, markeredgewidth=1.5, clip_on=False)
    weight = "bold" if words == "REFUTED" else "normal"
    axes.text(0.08, y, line["id"], fontsize=6.5, color=INK, va="center", weight=weight)
