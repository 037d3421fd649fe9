"""The causal graph that generated the data of a run."""

from matplotlib.figure import Figure

from paper_figures.reading import NothingToDraw, Reading
from paper_figures.style import bare, new_figure
from scm.graph import CausalGraph

COLUMNS = 2


def draw(reading: Reading) -> tuple[Figure, str]:
    """Each different graph of the records, drawn by `CausalGraph.draw`, named by the first claim that has it."""
    graphs: dict[CausalGraph, str] = {}
    for measurement in reading.measurements:
        for series in measurement.series("graph"):
            graphs.setdefault(CausalGraph.from_json(series["graph"]), measurement.claim)
    if not graphs:
        raise NothingToDraw("no record has the series graph (a causal graph as JSON)")
    rows = -(-len(graphs) // COLUMNS)
    figure = new_figure(3.0 * rows)
    panels = figure.subplots(rows, min(COLUMNS, len(graphs)), squeeze=False).flat
    for axes in panels:
        bare(axes)
    for axes, (graph, claim) in zip(figure.axes, graphs.items(), strict=False):
        graph.draw(axes)
        axes.set_title(claim)
    return (
        figure,
        "What generated the data: an arrow says that one variable enters the equation of another.",
    )
