"""Accuracy of the optimal completions where contexts are reversed, against the weight of the process reward."""

import numpy as np
from matplotlib.figure import Figure

from paper_figures.hacking_table import FORMS
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, PALETTE, new_figure

LINES = ("pooled, penalty 1", "balanced, penalty 0", "balanced, penalty 1")


def shows(measurement: Measurement) -> bool:
    """Whether a line is of it."""
    return bool(measurement.series("weights", "accuracy", "label"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel a form, a line a scorer: reversed environment solid, training dotted."""
    lines = {s["label"]: s for m in reading.measurements for s in m.series("weights", "accuracy", "label")}
    forms = [form for form in FORMS if any(label.startswith(f"{form}, ") for label in lines)]
    if not forms:
        raise NothingToDraw("no record has the series weights, accuracy and label (optima under a shift)")
    figure = new_figure(2.5)
    panels = np.atleast_1d(figure.subplots(1, len(forms), sharey=True))
    for axes, form in zip(panels, forms, strict=True):
        for name, colour, marker in zip(LINES, PALETTE, "osD", strict=False):
            if f"{form}, {name}" not in lines:
                continue
            series = lines[f"{form}, {name}"]
            positions = range(len(series["weights"]))
            axes.plot(positions, series["accuracy"]["reversed"], f"{marker}-", color=colour, label=name)
            axes.plot(positions, series["accuracy"]["training"], ":", color=colour)
            axes.set_xticks(positions, [f"{weight:g}" for weight in series["weights"]])
        axes.set_title(FORMS[form])
        axes.set_xlabel("weight of the process reward")
        axes.set_ylim(-0.03, 1.05)
    panels[0].set_ylabel("right answers of the optima")
    panels[0].plot([], [], ":", color=FAINT, label="dotted: in training")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right", ncols=4)
    return figure, (
        "Share of images that the completions of the highest task plus process return answer rightly, exact: solid "
        "where the context is reversed, dotted as in training. Scores are the pooled posterior's or the token-balanced "
        "one's; words of the environment cost 1 or nothing. The task reward alone (weight 0) is right everywhere."
    )
