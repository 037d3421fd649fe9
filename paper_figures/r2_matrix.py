"""What the learned codes hold of each block of the sentence SCM."""

from matplotlib.figure import Figure

from paper_figures.matrix import Blocks, matrix
from paper_figures.reading import NothingToDraw, Reading

BLOCKS: Blocks = {
    ("forward",): "code → $z_{inv}$\nkernel",
    ("linear",): "code → $z_{inv}$\nlinear",
    ("reverse",): "$z_{inv}$ → code\nkernel",
    ("dependent", "omitted"): "code → $z_{dp}$,\nor part not named",
    ("private",): "code → $z_{pr}$\nkernel",
}


def draw(reading: Reading) -> tuple[Figure, str]:
    """R2 of each block for both towers; the style grid and the token level have figures of their own."""
    rows = [
        m
        for m in reading.measurements
        if m.measured.keys() & {"forward_image", "forward_text"}
        and not m.measured.keys() & {"style_image", "continuous_image"}
    ]
    if not rows:
        raise NothingToDraw("no record measures forward_image or forward_text of a sentence SCM (learned)")
    figure, caption = matrix(rows, BLOCKS)
    return figure, f"R² of each block from the code of each tower. {caption}"
