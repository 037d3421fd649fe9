"""Contact sheets: the right picture in the right cell, and a record that decodes to the same pixels."""

import base64
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from realscale.data.contact_sheet import contact_sheet
from realscale.data.dataset import ImageTextSet


@pytest.fixture
def toy() -> ImageTextSet:
    concepts, styles = np.repeat(np.arange(4), 2), np.tile(np.arange(2), 4)
    images = np.zeros((8, 3, 5, 3), dtype=np.uint8)
    images += (10 * concepts + styles).astype(np.uint8)[:, None, None, None]
    return ImageTextSet(
        name="toy",
        images=images,
        captions=tuple(f"thing {number}" for number in concepts),
        concepts=concepts,
        concept_names=("C0", "C1", "C2", "C3"),
        styles=styles,
        style_names=("noto", "twemoji"),
        style_phrases=("a noto picture", "a twemoji picture"),
        classes=np.zeros(8, dtype=np.int64),
        class_names=("things",),
        groups=concepts,
        families=("noto", "twemoji"),
        licences={"noto": "CC0", "twemoji": "CC0"},
    )


def test_each_cell_shows_its_concept_and_style(toy: ImageTextSet) -> None:
    sheet = contact_sheet(toy, ["C2", "C0"], rng=np.random.default_rng(0))
    assert (sheet.rows, sheet.columns) == (("thing 2", "thing 0"), ("noto", "twemoji"))
    assert sheet.grid.shape == (6, 10, 3)
    assert sheet.grid[::3, ::5, 0].tolist() == [[20, 21], [0, 1]]


def test_a_cell_without_an_image_is_white(toy: ImageTextSet) -> None:
    sheet = contact_sheet(toy.take(np.array([0, 3])), 2, rng=np.random.default_rng(0))
    assert sheet.grid[::3, ::5, 0].tolist() == [[0, 255], [255, 11]]


def test_of_several_images_in_one_cell_the_first_is_shown(toy: ImageTextSet) -> None:
    twice = replace(toy, concepts=np.zeros(8, dtype=np.int64))
    assert contact_sheet(twice, 1, rng=np.random.default_rng(0)).grid[0, ::5, 0].tolist() == [0, 1]


def test_the_record_is_json_and_decodes_to_the_grid(toy: ImageTextSet) -> None:
    sheet = contact_sheet(toy, 3, rng=np.random.default_rng(0))
    record = json.loads(json.dumps(sheet.to_record()))
    with Image.open(io.BytesIO(base64.b64decode(record["png"]))) as picture:
        assert (np.asarray(picture) == sheet.grid).all()
    assert (len(record["rows"]), len(set(record["rows"])), record["columns"]) == (3, 3, ["noto", "twemoji"])


def test_concepts_are_drawn_by_the_given_generator(toy: ImageTextSet) -> None:
    first, again = (contact_sheet(toy, 2, rng=np.random.default_rng(5)).rows for _ in range(2))
    assert first == again
    assert len({contact_sheet(toy, 2, rng=np.random.default_rng(seed)).rows for seed in range(20)}) > 1


def test_too_many_or_unknown_concepts_are_refused(toy: ImageTextSet) -> None:
    with pytest.raises(ValueError, match="5 concepts asked for, but the set 'toy' has 4"):
        contact_sheet(toy, 5, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"no image of the concepts \['C9'\]"):
        contact_sheet(toy, ["C9"], rng=np.random.default_rng(0))
