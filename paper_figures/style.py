"""One style for every figure: sizes, colours that the colour-blind tell apart, and how a figure becomes a file."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

WIDTH = 7.0  # inches: the width of a printed page's text
DOTS_PER_INCH = 200

INK = "#1f2328"
FAINT = "#6a737d"
RULE = "#d0d7de"

# Okabe and Ito (2008), darkened where a line of that colour would be too light on white
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE = "#0072b2", "#d98200", "#008762", "#c44e00", "#4aa3d9", "#b0578d"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)
TOWERS = {"image": BLUE, "text": ORANGE}

# light to deep blue; the deep end stops where dark ink would no longer be read
SCORES = LinearSegmentedColormap.from_list("scores", ["#ffffff", "#dcebf5", "#9dc6e0", "#5ba3cf"])

_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same picture on every machine
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.axisbelow": True,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "text.color": INK,
    "text.hinting": "none",  # words are as wide as in the PDF, so that one layout serves both
    "figure.facecolor": "white",
    "savefig.dpi": DOTS_PER_INCH,
    "pdf.fonttype": 42,
    "mathtext.fontset": "dejavusans",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Inside, figures are made and saved in this style; outside, matplotlib is as it was."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
        matplotlib.rcParams.update(_SETTINGS)
        yield


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure, sizes in inches, that lays itself out tightly."""
    return Figure(figsize=(width, height), layout="constrained")


def bare(axes: Axes) -> None:
    """Take frame and ticks away."""
    axes.set_axis_off()


def sign(figure: Figure, text: str) -> None:
    """The line under a figure that says what it was made from, so that the picture can stand alone."""
    figure.supxlabel(text, x=0.01, ha="left", fontsize=6, color=FAINT)


def rendered(figure: Figure) -> dict[str, bytes]:
    """The figure as PNG and PDF; the same figure gives the same bytes."""
    files = {}
    for kind, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None, "Creator": None})):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata=metadata)
        files[kind] = buffer.getvalue()
        figure.set_layout_engine("none")  # laid out once: both files show the same picture
    return files
