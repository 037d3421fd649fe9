"""What the learned codes hold of each block of the sentence SCM."""

from matplotlib.figure import Figure

from paper_figures.matrix import Blocks, matrix
from paper_figures.reading import Measurement, NothingToDraw, Reading

BLOCKS: Blocks = {
    ("forward",): "code → $z_{inv}$\nkernel",
    ("linear",): "code → $z_{inv}$\nlinear",
    ("reverse",): "$z_{inv}$ → code\nkernel",
    ("dependent", "omitted"): "code → $z_{dp}$,\nor part not named",
    ("private",): "code → $z_{pr}$\nkernel",
}


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a row of it; the style grid and the token level have figures of their own."""
    names = measurement.measured.keys()
    return bool(names & {"forward_image", "forward_text"}) and not names & {"style_image", "continuous_image"}


def draw(reading: Reading) -> tuple[Figure, str]:
    """R2 of each block for both towers."""
    rows = [m for m in reading.measurements if shows(m)]
    if not rows:
        raise NothingToDraw("no record measures forward_image or forward_text of a sentence SCM (learned)")
    figure, caption = matrix(rows, BLOCKS)
    return figure, f"R² of each block from the code of each tower. {caption}"
