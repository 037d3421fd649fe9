"""CLIP's own preprocessing up to normalisation: a picture as a square of RGB bytes."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image


def square(image: Image.Image, size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The picture with its shorter side scaled to `size` (bicubic, antialiased), its centre cut out, as RGB.

    The same bytes as the evaluation transform of CLIP and open_clip before it divides by 255: the longer side becomes
    `int(size * longer / shorter)`, the corner of the centre is rounded half to even, colours are converted last.

    Raises:
        ValueError: the size is below 1.
    """
    if size < 1:
        raise ValueError(f"size is {size} pixels, expected at least 1: a picture has an area")
    width, height = image.size
    shorter = min(width, height)
    scaled = (int(size * width / shorter), int(size * height / shorter))
    if scaled != image.size:
        image = image.resize(scaled, Image.Resampling.BICUBIC)
    left, top = round((scaled[0] - size) / 2), round((scaled[1] - size) / 2)
    return np.asarray(image.crop((left, top, left + size, top + size)).convert("RGB"))
