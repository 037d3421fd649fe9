"""What the learned codes hold of each latent of the token SCM."""

from matplotlib.figure import Figure

from paper_figures.matrix import Blocks, matrix
from paper_figures.reading import Measurement, NothingToDraw, Reading

BLOCKS: Blocks = {
    ("content_0",): "content 0\naccuracy",
    ("content_1",): "content 1\naccuracy",
    ("continuous",): "continuous\ncontent, R²",
    ("reverse",): "content → code\nR²",
    ("context",): "context\naccuracy",
    ("private", "private_token"): "private, R²\nor accuracy",
}


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a row of it: a token SCM measures its continuous content."""
    return bool(measurement.measured.keys() & {"continuous_image", "continuous_text"})


def draw(reading: Reading) -> tuple[Figure, str]:
    """Accuracy of categorical and R2 of continuous latents for both towers."""
    rows = [m for m in reading.measurements if shows(m)]
    if not rows:
        raise NothingToDraw("no record measures continuous_image or continuous_text of a token SCM (learned)")
    figure, caption = matrix(rows, BLOCKS)
    return figure, f"Latents of the token SCM from the code of each tower. {caption}"
