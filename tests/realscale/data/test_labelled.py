"""The interface of labelled images: what a set in memory and a part of a set give."""

import numpy as np
import pytest
from PIL import Image

from realscale.data.dataset import ImageTextSet
from realscale.data.labelled import LabelledImages, Part, part
from realscale.data.squares import square


def toy(height: int = 4, width: int = 6) -> ImageTextSet:
    rng = np.random.default_rng(3)
    return ImageTextSet(
        name="toy",
        images=rng.integers(0, 256, (5, height, width, 3), dtype=np.uint8),
        captions=("cup", "red cup", "lamp", "tall lamp", "cup"),
        concepts=np.arange(5),
        concept_names=tuple("abcde"),
        styles=np.array([0, 1, 1, 0, 2]),
        style_names=("photo", "sketch", "clip art"),
        style_phrases=("a photo", "a sketch", "clip art"),
        classes=np.array([0, 0, 1, 1, 0]),
        class_names=("cup", "lamp"),
        groups=np.array([7, 7, 8, 9, 10]),
        families=("p", "s", "c"),
        licences=dict.fromkeys(("photo", "sketch", "clip art"), "CC0"),
    )


def test_a_set_in_memory_is_labelled_images_with_styles_as_contexts() -> None:
    whole = toy()
    assert isinstance(whole, LabelledImages)
    assert whole.contexts.tolist() == [0, 1, 1, 0, 2]
    assert whole.context_names == ("photo", "sketch", "clip art")


def test_pictures_are_the_squares_of_the_asked_rows() -> None:
    whole = toy()
    pictures = whole.pictures(np.array([4, 1]), size=8)
    assert pictures.shape == (2, 8, 8, 3)
    for picture, row in zip(pictures, (4, 1), strict=True):
        assert (picture == square(Image.fromarray(whole.images[row]), 8)).all()


def test_pictures_of_the_right_size_are_the_images() -> None:
    whole = toy(4, 4)
    assert (whole.pictures(np.array([2, 0]), size=4) == whole.images[[2, 0]]).all()
    assert whole.pictures(np.array([], dtype=np.int64), size=4).shape == (0, 4, 4, 3)


def test_a_part_keeps_the_rows_together_and_the_tables_of_names() -> None:
    whole = toy()
    chosen = part(whole, np.array([3, 1]))
    assert isinstance(chosen, LabelledImages)
    assert (len(chosen), chosen.name) == (2, "toy")
    assert chosen.captions == ("tall lamp", "red cup")
    assert (chosen.classes.tolist(), chosen.contexts.tolist(), chosen.groups.tolist()) == ([1, 0], [0, 1], [9, 7])
    assert (chosen.class_names, chosen.context_names) == (whole.class_names, whole.context_names)
    assert (chosen.pictures(np.array([1]), size=4) == whole.pictures(np.array([1]), size=4)).all()


def test_a_part_of_a_part_and_a_mask() -> None:
    whole = toy()
    chosen = part(part(whole, whole.classes == 0), np.array([2, 0]))
    assert isinstance(chosen, Part)
    assert chosen.whole is whole, "parts do not nest"
    assert chosen.rows.tolist() == [4, 0]


@pytest.mark.parametrize("row", [-1, 5])
def test_a_row_outside_of_the_set_is_refused(row: int) -> None:
    with pytest.raises(ValueError, match=r"rows range from .* has 5 images"):
        part(toy(), np.array([0, row]))
