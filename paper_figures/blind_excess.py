"""What an order-blind text encoder costs: against the share of contrasting captions, and along iterated operators."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, PALETTE, new_figure


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a panel of it."""
    return _is_contrast(measurement) or _is_iteration(measurement)


def _is_contrast(measurement: Measurement) -> bool:
    return bool(measurement.series("share", "batch", "gap", "limit"))


def _is_iteration(measurement: Measurement) -> bool:
    return bool(measurement.series("steps", "blind_accuracy"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel for each number of bags, a line a batch size; and a panel of accuracy after k steps of an operator."""
    contrasts = [m for m in reading.measurements if _is_contrast(m)]
    iterations = [m for m in reading.measurements if _is_iteration(m)][-1:]
    if not contrasts and not iterations:
        raise NothingToDraw("no record has the series share, batch, gap and limit, or steps and blind_accuracy")
    panels = [*contrasts, *iterations]
    figure = new_figure(2.6)
    for axes, panel in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
        (_contrast if panel in contrasts else _iteration)(axes, panel)
    return figure, (
        "Excess of the best critic that is blind to order over the best one, exact, if a share of the captions shows "
        "the rarer order; dashed: its limit, the entropy of the order. Right: accuracy by chance among all that k "
        "steps of an operator reach."
    )


def _contrast(axes: Axes, panel: Measurement) -> None:
    series = panel.series("share", "batch", "gap", "limit")[0]
    share, gap = np.asarray(series["share"], float), np.asarray(series["gap"], float)
    for index, batch in enumerate(series["batch"]):
        axes.plot(share, gap[:, index], "o-", color=PALETTE[index], label=f"batch of {batch}")
    axes.plot(share, np.asarray(series["limit"], float), "--", color=FAINT, label="limit")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(1e-6, 1.5)
    axes.set_title(f"{series['bags']} bags of words")
    axes.set_xlabel("share of the rarer order")
    axes.set_ylabel("excess, nats")
    axes.legend(loc="lower right", fontsize=5.5)


def _iteration(axes: Axes, panel: Measurement) -> None:
    series = panel.series("steps", "blind_accuracy")[0]
    for (name, accuracy), colour in zip(series["blind_accuracy"].items(), PALETTE, strict=False):
        axes.plot(series["steps"], accuracy, "o-", color=colour, label=name)
    axes.set_yscale("log")
    axes.set_title("iterated operators")
    axes.set_xlabel("steps k")
    axes.set_ylabel("accuracy of a blind encoder")
    axes.legend(loc="upper right")
