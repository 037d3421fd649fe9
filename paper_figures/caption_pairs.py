"""Pairs of D and of D_V: pictures with their full captions, and with the pruned ones of another pair of their class."""

import base64
import io
import textwrap

import matplotlib.image
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, WIDTH, bare, new_figure

CELL = 0.5  # inches: one picture
PLACES = (0.0, 0.09, 0.52, 0.91)  # of picture, D, D_V and class across the page


def shows(measurement: Measurement) -> bool:
    """Whether it recorded pairs."""
    return bool(measurement.series("caption_pairs"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A row a pair: picture, caption in D, caption in D_V, class."""
    found = [m for m in reading.measurements if shows(m)]
    if not found:
        raise NothingToDraw("no record has the series caption_pairs (recipes from scratch)")
    sheet = found[0].series("caption_pairs")[0]["caption_pairs"]
    pictures = matplotlib.image.imread(io.BytesIO(base64.b64decode(sheet["png"])), format="png")
    count, side = len(sheet["full"]), pictures.shape[1]
    figure = new_figure(CELL * count + 0.45)
    axes = figure.subplots()
    bare(axes)
    across = WIDTH / CELL  # pictures that fit beside each other
    for row in range(count):
        part = pictures[row * side : (row + 1) * side]
        axes.imshow(part, extent=(0.05, 0.95, row + 0.95, row + 0.05), interpolation="lanczos")
        texts = (sheet["full"][row], sheet["pruned"][row], sheet["classes"][row])
        for place, text in zip(PLACES[1:], texts, strict=True):
            axes.text(place * across, row + 0.5, textwrap.fill(text, 42), va="center", fontsize=7)
    for place, text in zip(
        PLACES[1:], ("D: full captions", "D_V: exchanged within the class, pruned", "class"), strict=True
    ):
        axes.text(place * across, -0.15, text, va="bottom", fontsize=7, color=FAINT)
    axes.set_xlim(0, across)
    axes.set_ylim(count, -0.5)
    axes.set_aspect("equal")
    return figure, (
        "Pairs of one batch in both versions of eq. 11: full captions name the drawing and its style; in D_V captions "
        "are exchanged between pairs of one class and their style is left out."
    )
