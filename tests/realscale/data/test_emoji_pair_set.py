"""Mined pairs with pictures: only of one vendor, only drawings that differ, with sources and licences."""

import numpy as np
import pytest

from identifiability.claims.claim import NotAvailable
from identifiability.metrics.winoground import caption_choice
from realscale.data import load
from realscale.data.dataset import ImageTextSet
from realscale.data.emoji_pair_set import EmojiPairs, emoji_pairs


@pytest.fixture
def toy() -> ImageTextSet:
    labels = ["red heart", "blue heart", "open book", "closed book"]
    images = np.repeat(np.array([0, 90, 40, 41], dtype=np.uint8), 2)[:, None, None, None] * np.ones((1, 4, 4, 3), "u1")
    return ImageTextSet(
        name="toy",
        images=images,
        captions=tuple(np.repeat(labels, 2).tolist()),
        concepts=np.repeat(np.arange(4), 2),
        concept_names=tuple(labels),
        styles=np.tile(np.arange(2), 4),
        style_names=("noto", "twemoji"),
        style_phrases=("a", "b"),
        classes=np.repeat([0, 0, 1, 1], 2),
        class_names=("heart", "book"),
        groups=np.repeat(np.arange(4), 2),
        families=("noto", "twemoji"),
        licences={"noto": "CC0", "twemoji": "CC-BY"},
    ).take(np.arange(7))  # twemoji draws no closed book


def test_items_are_of_one_vendor_and_differ(toy: ImageTextSet) -> None:
    pairs = emoji_pairs(toy)
    assert [pair.captions for pair in pairs.pairs] == [("red heart", "blue heart"), ("open book", "closed book")]
    assert pairs.pair.tolist() == [0, 0]  # both books are one drawing up to a grey level
    assert (toy.styles[pairs.rows] == pairs.style[:, None]).all()
    assert pairs.images(np.array([1]))[0, :, 0, 0, 0].tolist() == [0, 90]
    described = pairs.describe()
    assert described["image_pairs"] == {"replace: colour": 2}
    assert described["licences"] == {"noto": "CC0", "twemoji": "CC-BY"}
    sheet = pairs.contact_sheet([0])
    assert sheet.rows == ("red heart / blue heart",)
    assert sheet.grid[0, ::4, 0].tolist() == [0, 90]


@pytest.fixture(scope="module")
def real() -> EmojiPairs:
    try:
        return emoji_pairs(load("emoji", styles=("noto", "openmoji"), tones=True))
    except NotAvailable as missing:
        pytest.skip(str(missing))


def test_the_real_set_has_every_operator_and_is_capped(real: EmojiPairs) -> None:
    counts = real.describe()["image_pairs"]
    assert counts["swap: tone"] > 300  # order of two skin tones, by both vendors
    assert counts["replace: colour"] > 200
    assert counts["add: relation"] > 100
    subgroup = dict(zip(real.dataset.captions, real.dataset.classes, strict=True))
    nouns = [subgroup[pair.captions[0]] for pair in real.pairs if pair.type == "noun"]
    assert np.bincount(nouns).max() <= 100


def test_a_scorer_of_texts_alone_has_exactly_one_half(real: EmojiPairs) -> None:
    plausibility = {caption: float(number) for number, caption in enumerate(dict.fromkeys(real.dataset.captions))}
    scores = np.array([[plausibility[caption] for caption in real.pairs[index].captions] for index in real.pair])
    report = caption_choice(np.repeat(scores[:, None], 2, axis=1), [real.pairs[index].type for index in real.pair])
    assert report.micro.accuracy == 0.5
    assert all(score.accuracy == 0.5 for score in report.types.values())
