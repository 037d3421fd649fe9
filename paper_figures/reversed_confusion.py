"""Confusion by context: what pictures of each class are called when they have another class's context."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.recipe_rows import BEDS, label
from paper_figures.style import SCORES, VERMILION, new_figure

SHOWN = ("pruned", "balanced", "stratified", "full_matched")
SIDE, TITLE, HEAD = 1.7, 0.4, 0.5  # inches


def shows(measurement: Measurement) -> bool:
    """Whether it recorded the confusion of some recipe in the usual training."""
    return any(not series["regime"] for series in measurement.series("test_bed", "confusion"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A row of matrices a test bed, a matrix a recipe; outlined is the class whose context the pictures have."""
    beds: dict[str, dict[str, list[np.ndarray]]] = {}
    for measurement in reading.measurements:
        for series in measurement.series("test_bed", "confusion"):
            if series["regime"]:
                continue
            for row, matrix in series["confusion"].items():
                if row in SHOWN:
                    beds.setdefault(series["test_bed"], {}).setdefault(row, []).append(np.array(matrix))
    if not beds:
        raise NothingToDraw("no record has the series test_bed and confusion (a recipe of mid-training)")
    shown = [bed for bed in BEDS if bed in beds]
    figure = new_figure((SIDE + TITLE) * len(shown) + HEAD)
    for line, part in zip(shown, figure.subfigures(len(shown), squeeze=False)[:, 0], strict=True):
        part.suptitle(BEDS[line], x=0.01, ha="left", fontweight="bold", fontsize=8)
        panels = part.subplots(1, len(SHOWN), squeeze=False)[0]
        for axes, row in zip(panels, SHOWN, strict=True):
            if row not in beds[line]:
                axes.set_axis_off()
                continue
            mean = np.mean(beds[line][row], axis=0)
            count = len(mean)
            axes.imshow(mean, cmap=SCORES, vmin=0, vmax=1)
            for content, named in np.ndindex(mean.shape):
                axes.text(
                    named, content, f"{mean[content, named]:.2f}".lstrip("0"), ha="center", va="center", fontsize=6
                )
                if named == (content + 1) % count:
                    corner = (named - 0.48, content - 0.48)
                    axes.add_patch(Rectangle(corner, 0.96, 0.96, fill=False, edgecolor=VERMILION, linewidth=1.0))
            axes.set_xticks(range(count), [str(number + 1) for number in range(count)])
            axes.set_yticks(range(count), [str(number + 1) for number in range(count)])
            axes.tick_params(length=0)
            axes.set_title(label(row, ""), fontweight="normal")
            axes.set_xlabel("called")
        panels[0].set_ylabel("class shown")
    return figure, (
        "What pictures are called when every class mostly has the context that the next class had in training: rows "
        "are the classes shown, columns the classes named, means over seeds and splits. Outlined: the class to which "
        "the context pulls. A predictor that reads content alone has its mass on the diagonal."
    )
