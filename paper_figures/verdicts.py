"""The verdicts of a ledger: their colours, marks and words, and the picture of all claims by track."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.numbers import counted
from paper_figures.reading import Reading
from paper_figures.style import FAINT, INK, bare, new_figure

Entry = Mapping[str, Any]  # a claim's summary
Line = tuple[Entry, str] | str  # a claim and what it is called here, or a heading

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


def verdict_words(entry: Entry) -> str:
    """The verdict; a statement that is refuted in the form in which it was printed is told from one of ours."""
    if entry["verdict"] == "refuted":
        return "refuted as printed" if entry["form"] == "printed" else "REFUTED"
    return str(entry["verdict"])


def verdict_class(words: str) -> str:
    """The class by which the style sheet knows a verdict: `verdict-refuted-as-printed`."""
    return f"verdict-{words.lower().replace(' ', '-')}"


def tally(entries: Sequence[Entry]) -> str:
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
    columns = _columns(entries)
    height = max(map(len, columns))
    figure = new_figure(LINE * (height + 1) + 0.5)
    for axes, column in zip(figure.subplots(1, COLUMNS, squeeze=False)[0], columns, strict=True):
        bare(axes)
        axes.set_xlim(0, 1)
        axes.set_ylim(height, 0)
        for row, line in enumerate(column):
            _draw_line(axes, row + 0.5, line)
    present = {verdict_words(entry) for entry in entries}
    handles = [
        figure.axes[0].plot([], [], MARKS[words], color=COLOURS[words], label=words, markeredgewidth=1.5)[0]
        for words in COLOURS
        if words in present
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), handletextpad=0.2)
    return figure, f"{counted(len(entries), 'claim')}: {tally(entries)}. An ellipsis stands for the claim violated."


def _columns(entries: Sequence[Entry]) -> list[list[Line]]:
    """The claims under the headings of their tracks, in columns of about the same length."""
    tracks = {track: _groups([entry for entry in entries if entry["track"] == track]) for track in TRACKS}
    length = (len(entries) + sum(map(bool, tracks.values())) + COLUMNS - 1) / COLUMNS
    columns: list[list[Line]] = [[]]
    for track, groups in tracks.items():
        for number, group in enumerate(groups):
            heading = [] if number else [TRACKS[track]]
            if len(columns) < COLUMNS and len(columns[-1]) + len(heading) + len(group) / 2 > length:
                columns.append([f"{track}, continued"] if number else [])
            columns[-1] += [*heading, *group]
    return columns + [[] for _ in range(COLUMNS - len(columns))]


def _groups(entries: Sequence[Entry]) -> list[list[Line]]:
    """Each claim with the violations named after it: `… noisy_sharing` under the claim that the ellipsis stands for."""
    groups: dict[str, list[Line]] = {entry["id"]: [] for entry in entries}
    for entry in entries:
        parent = entry["drops"][0] if entry["drops"] else ""
        nested = parent in groups and entry["id"].startswith(parent + ".")
        words = entry["id"].replace(parent + ".", "… ", 1) if nested else entry["id"]
        groups[parent if nested else entry["id"]].append((entry, words))
    return [group for group in groups.values() if group]


def _draw_line(axes: Axes, y: float, line: Line) -> None:
    if isinstance(line, str):
        axes.text(0, y, line, fontsize=6.5, color=FAINT, va="center", style="italic")
        return
    entry, words = line
    verdict = verdict_words(entry)
    axes.plot(0.03, y, MARKS[verdict], color=COLOURS[verdict], markersize=4.5, markeredgewidth=1.5, clip_on=False)
    weight = "bold" if verdict == "REFUTED" else "normal"
    axes.text(0.08, y, words, fontsize=6.5, color=INK, va="center", weight=weight)
