"""The causal graphs that generated the data of a run."""

import numpy as np
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, WIDTH, new_figure
from scm.graph import CausalGraph

COLUMNS = 2
HEADING = 0.35  # inches above a panel


def shows(measurement: Measurement) -> bool:
    """Whether its data came from one of the graphs drawn."""
    return bool(measurement.series("graph"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """Each different graph of the records once, at one scale, under the first claim and setting that has it."""
    graphs: dict[CausalGraph, tuple[str, str]] = {}
    for measurement in filter(shows, reading.measurements):
        for series in measurement.series("graph"):
            graphs.setdefault(CausalGraph.from_json(series["graph"]), (measurement.claim, measurement.brief))
    if not graphs:
        raise NothingToDraw("no record has the series graph (a causal graph as JSON)")
    rows = -(-len(graphs) // COLUMNS)
    figure = new_figure(1.0)  # the height follows from the graphs
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes, (graph, (claim, setting)) in zip(panels, graphs.items(), strict=False):
        graph.draw(axes)
        axes.set_title(claim, fontsize=6.5, weight="normal", pad=12)
        axes.text(0, 1.02, setting, transform=axes.transAxes, fontsize=5.5, color=FAINT, in_layout=False)
    used = panels[: len(graphs)]
    spans = np.array([[np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())] for axes in used]).max(axis=0)
    for axes in used:
        for limits, set_limits, span in (
            (axes.get_xlim(), axes.set_xlim, spans[0]),
            (axes.get_ylim(), axes.set_ylim, spans[1]),
        ):
            middle = sum(limits) / 2
            set_limits(middle - span / 2, middle + span / 2)
    for axes in panels[len(graphs) :]:
        axes.set_axis_off()
    figure.set_figheight(rows * (WIDTH / COLUMNS * spans[1] / spans[0] + HEADING) + 0.2)
    return figure, "What generated the data: an arrow says that one variable enters the equation of another."
