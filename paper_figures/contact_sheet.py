"""Real images as the encoders see them: one row a concept, one column a style."""

import base64
import io
import textwrap

import matplotlib.image
from matplotlib.figure import Figure

from paper_figures.reading import NothingToDraw, Reading
from paper_figures.style import WIDTH, bare, new_figure

LABELS, CELL = 1.9, 0.6  # inches: the captions beside the rows; one image
LINE = 24  # characters of a caption that the space beside a row holds


def draw(reading: Reading) -> tuple[Figure, str]:
    """The contact sheet that a claim on real data recorded, with its captions and its styles."""
    found = [(m, series["contact_sheet"]) for m in reading.measurements for series in m.series("contact_sheet")]
    if not found:
        raise NothingToDraw("no record has the series contact_sheet (a claim on real images that was run)")
    measurement, sheet = found[0]
    picture = matplotlib.image.imread(io.BytesIO(base64.b64decode(sheet["png"])), format="png")
    rows, columns = sheet["rows"], sheet["columns"]
    height, width = picture.shape[:2]
    cell = min(CELL, (WIDTH - LABELS) / len(columns))
    figure = new_figure(cell * len(columns) * height / width + 0.45, LABELS + cell * len(columns))
    axes = figure.subplots()
    bare(axes)
    axes.imshow(picture, interpolation="lanczos")
    for number, name in enumerate(columns):
        axes.text((number + 0.5) * width / len(columns), -height * 0.01, name, ha="center", va="bottom", fontsize=6.5)
    for number, name in enumerate(rows):
        label = textwrap.fill(name, LINE)
        axes.text(-width * 0.02, (number + 0.5) * height / len(rows), label, ha="right", va="center", fontsize=7)
    return figure, f"The real data of {measurement.claim}: rows are captions, columns are styles (vendors)."
