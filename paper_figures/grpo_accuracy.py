"""What GRPO came to by form of the process reward: accuracy in three laws of the background, words and reward."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.grpo_runs import ARMS, Runs, interval, shows, trained_arms
from paper_figures.reading import Reading
from paper_figures.style import BLUE, FAINT, GREEN, RULE, VERMILION, new_figure

__all__ = ["draw", "shows"]

TESTS = {"id": ("backgrounds as in training", BLUE), "uniform": ("uniform", GREEN), "reversed": ("reversed", VERMILION)}
PANELS = {
    "accuracy": "right",
    "shortcut": "by background",
    "coverage": "says anything",
    "hallucination": "says false things",
    "score": "mean score, nats",
}
START = "before GRPO"


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel a number, a row an arm, a dot a test."""
    arms = trained_arms(reading)
    rows = [START, *arms]
    figure = new_figure(0.75 + 0.27 * len(rows))
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, (name, title) in zip(panels, PANELS.items(), strict=True):
        _panel(axes, name, arms)
        axes.set_title(title)
    panels[0].set_yticks(range(len(rows)), [START, *(ARMS[arm][0] for arm in arms)])
    panels[0].set_ylim(len(rows) - 0.4, -0.6)
    handles = [
        panels[0].plot([], [], "o", color=colour, markersize=3.5, label=label)[0] for label, colour in TESTS.values()
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure, (
        "Policies before GRPO and after it, by what their completions were paid for, on pictures that no training has "
        "seen, with three laws of the background; completions drawn at temperature 1. Dots: means over seeds; lines: "
        "95 % Student intervals. By background: share that gives the answer which goes with the background in "
        "training. Says: share that names anything beside its answer, or anything that the picture does not have. "
        "Mean score: of a completion's windows, by the reward model."
    )


def _panel(axes: Axes, name: str, arms: Runs) -> None:
    first = next(iter(arms.values()))
    rows = [[run["before"] for run in first], *([run["after"] for run in runs] for runs in arms.values())]
    for place, runs in enumerate(rows):
        axes.axhline(place, color=RULE, linewidth=0.5, zorder=0)
        for shift, (test, (_, colour)) in zip((-0.2, 0.0, 0.2), TESTS.items(), strict=True):
            mean, low, high = interval([run[test][name] for run in runs])
            axes.plot([low, high], [place + shift] * 2, color=colour, linewidth=1.0)
            axes.plot(mean, place + shift, "o", color=colour, markersize=3.5)
    if name != "score":  # shares: of an interval that leaves [0, 1], the part within
        axes.set_xlim(-0.04, 1.04)
    axes.tick_params(axis="y", length=0)
    axes.axhline(0.5, color=FAINT, linewidth=0.6)
