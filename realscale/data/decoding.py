"""Decoding one picture of unknown origin: a square of bytes, or the reason why there is none."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from realscale.data.errors import DataError
from realscale.data.squares import square

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".ppm", ".pgm", ".tif", ".tiff"})
MOST_BYTES = 2**26  # of a file; and of pixels: 8192 x 8192, below the size at which Pillow itself refuses
MOST_PIXELS = 2**26
HEAD_BYTES = 12
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "PPM", "TIFF")  # none of Pillow's formats that run a program
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"P5", b"P6", b"II*\x00", b"MM\x00*")


class NoPicture(DataError):
    """Bytes that give no picture; `reason` is "corrupt image" or "oversize image"."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason} ({detail})")
        self.reason = reason


def has_picture_header(head: bytes) -> bool:
    """Whether a file that begins with these `HEAD_BYTES` bytes claims to be a picture in a known format."""
    return head.startswith(_MAGIC) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """An encoded picture, opened but not yet decoded; whatever goes wrong with it inside is a `NoPicture`."""
    if len(content) > MOST_BYTES:
        raise NoPicture("oversize image", f"{len(content)} bytes, the limit is {MOST_BYTES}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # doubtful metadata; the size is judged here
            with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise NoPicture("oversize image", f"{width} x {height} pixels, the limit is {MOST_PIXELS} in all")
                yield image
    except (NoPicture, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise NoPicture("oversize image", str(error)) from error
    except Exception as error:  # corrupt bytes make Pillow's decoders raise almost any type
        raise NoPicture("corrupt image", f"{type(error).__name__}: {error}") from error


def decode(content: bytes, size: int) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The square of an encoded picture; sizes are checked against the limits before any pixel is decoded.

    Raises:
        NoPicture: truncated or corrupt bytes, more than `MOST_BYTES` bytes, or more than `MOST_PIXELS` pixels as it is
            or as it would be once scaled.
    """
    with _opened(content) as image:
        width, height = image.size
        if size * size * max(width, height) > MOST_PIXELS * min(width, height):
            raise NoPicture("oversize image", f"{width} x {height} pixels, too long a strip to scale up to {size}")
        return square(image, size)


def decode_whole(content: bytes) -> Image.Image:
    """The whole of an encoded picture in RGB, as large as it is.

    Raises:
        NoPicture: truncated or corrupt bytes, more than `MOST_BYTES` bytes, or more than `MOST_PIXELS` pixels.
    """
    with _opened(content) as image:
        return image.convert("RGB")
