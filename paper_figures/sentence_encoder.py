"""What a pretrained sentence encoder notices: cosines with negatives by operator, and along iterated operators."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, new_figure

COLOURS = {"swap": BLUE, "replace": ORANGE, "add": GREEN, "mixed": PURPLE}
_ROWS = {"swap": "SWAP", "add": "ADD", "replace": "REPLACE"}
_SAME = {"article": "other article", "order": "free order", "synonym": "synonym"}
_TITLES = {"definitions": "definitions (WordNet)", "emoji": "names of emoji"}


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a panel of it."""
    return _is_sensitivity(measurement) or _is_iteration(measurement)


def _is_sensitivity(measurement: Measurement) -> bool:
    return bool(measurement.series("cosines", "paraphrases", "other_captions"))


def _is_iteration(measurement: Measurement) -> bool:
    return bool(measurement.series("hardness", "hardness_steps"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel a set of captions: quantiles of the cosines; and a panel of the mean cosine against steps."""
    found = {str(m.series("cosines", "paraphrases", "other_captions")[0]["captions"]): m for m in reading.measurements
             if _is_sensitivity(m)}  # fmt: skip
    iterations = [m for m in reading.measurements if _is_iteration(m)][:1]
    if not found and not iterations:
        raise NothingToDraw(
            "no record has the series cosines, paraphrases and other_captions, or hardness and hardness_steps"
        )
    panels = [*found.values(), *iterations]
    figure = new_figure(2.9)
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        (_iteration if panel in iterations else _sensitivity)(axes, panel)
    return figure, (
        "Distance (1 - cosine) of a pretrained sentence encoder's code of a caption from the code of a negative that "
        "one step of an operator makes, beside paraphrases (black) and other captions (grey), with their numbers: "
        "middle half (thick), 5 % to 95 % (thin), median (dot). Right: mean cosine after k steps on the captions that "
        "allow three; band: middle half."
    )


def _sensitivity(axes: Axes, panel: Measurement) -> None:
    series = panel.series("cosines", "paraphrases", "other_captions")[0]
    rows = [(_ROWS[name], series["cosines"][name], COLOURS[name]) for name in _ROWS if name in series["cosines"]]
    rows = [*((_SAME.get(name, name), row, INK) for name, row in series["paraphrases"].items()), *rows]
    rows.append(("other caption", series["other_captions"], FAINT))
    for place, (_, row, colour) in enumerate(rows):
        most, high, middle, low, least = (1 - cosine for cosine in row["quantiles"])
        axes.plot([least, most], [place, place], color=colour, linewidth=0.8)
        axes.plot([low, high], [place, place], color=colour, linewidth=4, solid_capstyle="butt")
        axes.plot(middle, place, "o", color="white", markeredgecolor=colour, markersize=3.5)
    axes.set_yticks(range(len(rows)), [f"{name} ({row['count']})" for name, row, _ in rows], fontsize=6)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("1 - cosine with the caption")
    axes.set_title(_TITLES.get(series["captions"], series["captions"]))


def _iteration(axes: Axes, panel: Measurement) -> None:
    series = panel.series("hardness", "hardness_steps")[0]
    for name, curve in series["hardness"].items():
        low, _, high = curve["quartiles"]
        steps = series["hardness_steps"]
        label = f"{_ROWS.get(name, name)} ({curve['captions']})"
        axes.fill_between(steps, low, high, color=COLOURS[name], alpha=0.12, linewidth=0)
        axes.plot(steps, curve["mean"], "o-", color=COLOURS[name], label=label)
    axes.set_xticks(series["hardness_steps"])
    axes.set_xlabel("steps k")
    axes.set_ylabel("cosine with the caption")
    axes.set_title("one step after another")
    axes.legend(loc="lower left", fontsize=5.5)
