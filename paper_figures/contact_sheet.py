"""Real images as the encoders see them: one row a concept, one column a style."""

import base64
import io
import textwrap

import matplotlib.image
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import WIDTH, bare, new_figure

LABELS, CELL = 1.9, 0.6  # inches: the captions beside the rows; one image
LINE = 24  # characters of a caption that the space beside a row holds


def shows(measurement: Measurement) -> bool:
    """Whether it was measured on real images whose sheet it recorded."""
    return bool(measurement.series("contact_sheet"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """The contact sheet that a claim on real data recorded, with its captions and its styles."""
    found = [m for m in reading.measurements if shows(m)]
    if not found:
        raise NothingToDraw("no record has the series contact_sheet (a claim on real images that was run)")
    sheet = found[0].series("contact_sheet")[0]["contact_sheet"]
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
    return figure, f"The real data of {found[0].claim}: rows are captions, columns are styles (vendors)."
