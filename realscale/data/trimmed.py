"""A picture of any size on a white square, without its own white margin."""

import io
from functools import reduce

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageChops

from realscale.data.errors import DataError

_WHITE = 245  # what is lighter in every channel is margin: photographs and JPEG files have no pure white


def decoded(content: bytes, *, label: str) -> UInt8[np.ndarray, "height width 3"]:
    """The pixels of an image file, on white where it is transparent.

    Raises:
        DataError: the file is no image or a damaged one.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.mode in ("L", "RGB") and "transparency" not in image.info:
                return np.asarray(image.convert("RGB"))
            picture = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{label} cannot be decoded ({type(error).__name__}: {error}): {len(content)} bytes, expected an image; "
            "the pinned package holds one, so this is another file"
        ) from error
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"))


def trimmed_square(picture: UInt8[np.ndarray, "height width 3"], size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The picture without its white margin, its longer side scaled to `size`, in the middle of a white square.

    A picture that is white all over is a white square.
    """
    image = Image.fromarray(picture)
    square = Image.new("RGB", (size, size), "white")
    darkest = reduce(ImageChops.darker, image.split())
    box = ImageChops.subtract(Image.new("L", image.size, _WHITE), darkest).getbbox()  # below 0 it is 0
    if box is None:
        return np.asarray(square)
    cut = image.crop(box)
    scale = size / max(cut.size)
    fitted = cut.resize([max(1, round(scale * side)) for side in cut.size], Image.Resampling.BICUBIC)
    square.paste(fitted, ((size - fitted.width) // 2, (size - fitted.height) // 2))
    return np.asarray(square)
