"""The square of a picture is what open_clip's own evaluation transform makes of it, byte for byte."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from realscale.data.squares import square

SIZES = st.integers(1, 23)


def picture(mode: str, width: int, height: int, seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["RGB", "L", "RGBA", "P", "CMYK", "1"]), SIZES, SIZES, SIZES, st.integers(0, 99))
def test_equals_the_transform_of_open_clip(mode: str, width: int, height: int, size: int, seed: int) -> None:
    transform = pytest.importorskip("open_clip.transform", reason="open_clip (extra `realscale`) is not installed")
    image = picture(mode, width, height, seed)
    theirs = transform.image_transform(size, is_train=False, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))(image)
    assert (square(image, size) == np.rint(255 * theirs.numpy()).astype(np.uint8).transpose(1, 2, 0)).all()


def test_the_centre_is_kept_and_the_margins_are_cut() -> None:
    image = Image.fromarray(np.repeat(np.arange(12, dtype=np.uint8)[None, :, None] * 20, 4, axis=0).repeat(3, axis=2))
    assert square(image, 4)[0, :, 0].tolist() == [80, 100, 120, 140]


def test_a_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="size is 0 pixels, expected at least 1"):
        square(picture("RGB", 3, 3, 0), 0)
