"""Learning curves of GRPO by form of the process reward: what is paid, how long completions are."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.grpo_runs import ARMS, Runs, interval, shows, smoothed, trained_arms
from paper_figures.reading import Reading
from paper_figures.style import new_figure

__all__ = ["draw", "shows"]

WIDTH = 5  # steps that a point is the mean of
PANELS = {
    "task": "right answers",
    "length": "tokens",
    "process": "process reward, nats",
}


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel a quantity, a line an arm with its interval."""
    arms = trained_arms(reading)
    figure = new_figure(2.6)
    for axes, (name, title) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        _panel(axes, name, arms)
        axes.set_title(title)
        axes.set_xlabel("steps of GRPO")
    figure.axes[-1].set_yscale("symlog", linthresh=1)
    handles = [
        figure.axes[0].plot([], [], color=colour, label=label)[0]
        for arm, (label, colour) in ARMS.items()
        if arm in arms
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=4)
    return figure, (
        f"Completions that GRPO was trained on, in means of {WIDTH} steps, by what they were paid for; bands: 95 % "
        "Student intervals over seeds. Left: share of right answers, where the own question's answer was paid. "
        "Right: process reward of a completion, the sum over its tokens, in each arm's own form (of the potential: "
        "always 0)."
    )


def _panel(axes: Axes, name: str, arms: Runs) -> None:
    for arm, runs in arms.items():
        if name == "task" and (arm == "exchanged" or arm.endswith("alone")):
            continue
        curves = [smoothed(run["curves"][name], WIDTH) for run in runs if name in run["curves"]]
        if not curves:
            continue
        steps = WIDTH * (np.arange(len(curves[0])) + 1)
        middle, low, high = zip(*(interval(values) for values in np.array(curves).T.tolist()), strict=True)
        colour = ARMS[arm][1]
        axes.plot(steps, middle, color=colour)
        axes.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
