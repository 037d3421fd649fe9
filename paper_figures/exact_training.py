"""Exact training under each form of the process reward: right answers where contexts are reversed, step by step."""

from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import PALETTE, new_figure


def shows(measurement: Measurement) -> bool:
    """Whether a curve is of it."""
    return bool(measurement.series("steps", "curves", "form", "weight"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A panel an algorithm, a line a form."""
    runs = [series for m in reading.measurements for series in m.series("steps", "curves", "form", "weight")]
    if not runs:
        raise NothingToDraw("no record has the series steps, curves, form and weight (exact training)")
    algorithms = list(runs[0]["curves"])
    figure = new_figure(2.4)
    panels = figure.subplots(1, len(algorithms), sharey=True, squeeze=False)[0]
    for axes, algorithm in zip(panels, algorithms, strict=True):
        for series, colour in zip(runs, PALETTE, strict=False):
            name = f"{series['form']}, weight {series['weight']:g}" if series["weight"] else "outcome only"
            axes.plot(series["steps"], series["curves"][algorithm]["reversed"], color=colour, label=name)
        axes.set_xscale("symlog", linthresh=1)
        axes.set_xlim(0, max(series["steps"][-1] for series in runs))
        axes.set_title(algorithm)
        axes.set_xlabel("steps of exact gradient")
    panels[0].set_ylabel("right answers, contexts reversed")
    panels[0].set_ylim(-0.03, 1.05)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right", ncols=len(runs))
    return figure, (
        "Chance of the right answer where the context is reversed, while policies over all completions of class words "
        "climb exact gradients from the uniform one: of returns, or relative to groups with a deviation for each "
        "reward or for their sum. Scores are the pooled posterior's, without penalty."
    )
