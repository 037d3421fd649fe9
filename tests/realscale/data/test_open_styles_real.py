"""The real set of open styles, when it is cached (`python -m realscale.pretrained fetch open-styles`)."""

import numpy as np
import pytest

from realscale.data import ImageTextSet, MissingData, load
from realscale.data.duplicates import same_drawings
from realscale.data.open_styles import counts


@pytest.fixture(scope="module")
def pictures() -> ImageTextSet:
    try:
        return load("open-styles")
    except MissingData as error:
        pytest.skip(str(error))


def test_every_style_has_the_classes_it_should(pictures: ImageTextSet) -> None:
    assert len(pictures) == 2423
    found = counts(pictures)
    assert [sum(own.values()) for own in found.values()] == [388, 201, 508, 668, 239, 419]
    lacking = {(style, label) for style, own in found.items() for label, count in own.items() if count == 0}
    assert lacking == {("cartoon", "flower"), ("cartoon", "tool")}


def test_no_drawing_is_there_twice_and_no_emoji_on_both_sides_of_a_split(pictures: ImageTextSet) -> None:
    photos = pictures.select(styles=["photo", "clip art"])
    assert not len(same_drawings(photos.images))
    seen, unseen = pictures.split_concepts(0.4, rng=np.random.default_rng(0))
    assert not set(seen.concepts) & set(unseen.concepts)
    shared = [name for name in pictures.concept_names if name.startswith("emoji ")]
    styles = pictures.select(concepts=shared).styles
    assert {pictures.style_names[style] for style in styles} == {"flat emoji", "3-D emoji", "line art"}


def test_the_styles_look_as_they_are_called(pictures: ImageTextSet) -> None:
    some = pictures.take(np.arange(0, len(pictures), 8))
    images = some.images.astype(np.int16)
    colour = np.ptp(images, axis=3).mean(axis=(1, 2))
    by_style = {name: colour[some.styles == style].mean() for style, name in enumerate(some.style_names)}
    assert by_style["line art"] == 0
    assert min(value for name, value in by_style.items() if name != "line art") > 20
    # neighbouring pixels are alike in what was drawn by machine, not in photographs
    alike = (np.abs(np.diff(images, axis=2)).max(axis=3) == 0).mean(axis=(1, 2))
    flat = {name: alike[some.styles == style].mean() for style, name in enumerate(some.style_names)}
    assert flat["photo"] < flat["clip art"] < flat["line art"]


def test_makers_of_every_style_are_named(pictures: ImageTextSet) -> None:
    licences = pictures.describe()["licences"]
    assert "Tux Paint" in licences["photo"]
    assert "GCompris" in licences["photo"]
    assert "Art4Apps" in licences["cartoon"]
    assert "Open Clip Art" in licences["clip art"]
    assert "Microsoft" in licences["3-D emoji"]
