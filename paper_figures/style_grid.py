"""Content and style R2 as content and style become dependent: reported by others, measured here, population ceiling."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.numbers import short
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, INK, PURPLE, RULE, new_figure

# title of a panel: what the records call it where measured, and where reported
PANELS = {"content": "forward_image", "style": "style_image"}
REPORTED_BY = "reported by von Kügelgen et al. (2021)"


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a row of it: content and style are measured beside reported ones."""
    return bool(measurement.series("reported")) and measurement.measured.keys() >= set(PANELS.values())


def draw(reading: Reading) -> tuple[Figure, str]:
    """One row a law of content and style; a panel for content, a panel for style."""
    rows = [m for m in reading.measurements if shows(m)]
    if not rows:
        raise NothingToDraw("no record measures forward_image and style_image beside a series `reported` (style grid)")
    figure = new_figure(0.42 * len(rows) + 1.1)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, title in zip(panels, PANELS, strict=True):
        axes.set_title(f"{title} from the code")
        for y, row in enumerate(rows):
            _row(axes, y, row, title)
        axes.set_xlim(-0.06, 1.1)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel("R², kernel ridge, unseen samples")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(len(rows)), [_words(row) for row in rows])
    axes = panels[0]
    handles = [
        axes.plot([], [], "o", color=BLUE, label="measured here")[0],
        axes.plot([], [], "D", color=PURPLE, markersize=6, markerfacecolor="white", label=REPORTED_BY)[0],
        axes.plot(
            [], [], "|", color=INK, markersize=9, markeredgewidth=1.2, label="population ceiling of the laws here"
        )[0],
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure, (
        f"R² of content and of style from the image code: measured here (mean over seeds, line: least to greatest), "
        f"{REPORTED_BY} with one standard deviation, and the most that the content tells of the style here."
    )


def _row(axes: Axes, y: float, row: Measurement, title: str) -> None:
    axes.axhline(y, color=RULE, linewidth=0.6, zorder=0)
    name = PANELS[title]
    value, ceiling, (low, high) = row.measured[name], row.summary["ceiling"].get(name), row.summary["range"][name]
    if ceiling is not None:
        axes.plot(ceiling, y, "|", color=INK, markersize=9, markeredgewidth=1.2)
    reported = row.series("reported")[0]["reported"]
    if title in reported:
        spread = reported.get(f"{title}_sd", 0.0)
        axes.errorbar(
            reported[title],
            y,
            xerr=spread,
            fmt="D",
            color=PURPLE,
            markersize=6,
            markerfacecolor="white",
            elinewidth=0.8,
        )
        axes.text(reported[title], y + 0.33, short(reported[title]), fontsize=6, color=PURPLE, ha="center", va="center")
    axes.plot([low, high], [y, y], color=BLUE, linewidth=2)
    axes.plot(value, y, "o", color=BLUE, zorder=4)
    axes.text(value, y - 0.33, short(value), fontsize=6, color=BLUE, ha="center", va="center")


def _words(row: Measurement) -> str:
    setting = row.records[0]["setting"]
    return str(setting.get("row", row.setting)).replace(", ", ",\n", 1)
