"""The real emoji set, when it is cached (`python -m realscale.data fetch emoji`): counts, pictures, names."""

from itertools import combinations

import numpy as np
import pytest
from jaxtyping import Float

from realscale.data import ImageTextSet, MissingData, WordVocabulary, load
from realscale.data.duplicates import SAME_DRAWING
from realscale.data.emoji import INDEPENDENT_VENDORS

SIX = (*INDEPENDENT_VENDORS, "noto-v1", "emojitwo")


def load_or_skip(**options: object) -> ImageTextSet:
    try:
        return load("emoji", **options)
    except MissingData as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def emoji() -> ImageTextSet:
    return load_or_skip()


@pytest.fixture(scope="module")
def six() -> ImageTextSet:
    return load_or_skip(styles=SIX)


def picture(dataset: ImageTextSet, caption: str, style: str) -> Float[np.ndarray, "height width 3"]:
    rows = [row for row, text in enumerate(dataset.captions) if text == caption]
    [row] = [row for row in rows if dataset.style_names[dataset.styles[row]] == style]
    return dataset.images[row].astype(np.float64)


def ink(image: Float[np.ndarray, "height width 3"]) -> Float[np.ndarray, " 3"]:
    """Mean colour of the pixels that are coloured: not white, black or grey."""
    coloured = image.max(-1) - image.min(-1) > 60
    return image[coloured].mean(0)


@pytest.mark.parametrize(
    ("options", "concepts"),
    [
        ({}, 1587),
        ({"styles": SIX}, 1056),
        ({"tones": True}, 3132),
        ({"styles": ("noto",)}, 1644),
        ({"styles": ("twemoji", "openmoji"), "flags": True}, 1644 + 270),
        ({"styles": INDEPENDENT_VENDORS, "complete": False}, 1644),
    ],
)
def test_counts(options: dict[str, object], concepts: int) -> None:
    loaded = load_or_skip(**options)
    assert loaded.describe()["concepts"] == concepts == len(loaded.concept_names)
    if options.get("complete", True):
        assert len(loaded) == concepts * len(loaded.style_names)
        assert (loaded.styles.reshape(concepts, -1) == np.arange(len(loaded.style_names))).all()


def test_no_picture_is_blank(six: ImageTextSet) -> None:
    flat = six.images.reshape(len(six), -1)
    assert flat.min(1).max() <= 230, "every picture has something visibly darker than the white ground"
    assert flat.std(1).min() > 2, "the palest are the white squares that fill the picture in light grey"


def test_captions_name_one_concept_each_also_as_words(emoji: ImageTextSet) -> None:
    assert len(set(zip(emoji.captions, emoji.concepts.tolist(), strict=True))) == len(set(emoji.captions)) == 1587
    captions = emoji.select(styles=["noto"]).captions_for("content")
    ids, _ = WordVocabulary.fit(captions).encode(captions)
    assert len(np.unique(ids, axis=0)) == 1587
    for mode in ("content", "both"):
        assert len(set(emoji.captions_for(mode))) == (1587 if mode == "content" else 4 * 1587)
    assert len(set(emoji.captions_for("style"))) == 4


def test_vendors_draw_the_same_concept_differently(six: ImageTextSet) -> None:
    pictures = six.images.reshape(1056, len(SIX), -1).astype(np.float32)
    equal = set()
    for first, second in combinations(range(len(SIX)), 2):
        distances = ((pictures[:, first] - pictures[:, second]) ** 2).mean(1)
        equal |= {(six.captions[len(SIX) * row], SIX[first], SIX[second]) for row in np.flatnonzero(distances < 40)}
        assert np.median(distances) > 1000
    kept = {("comet", "noto", "noto-v1"), ("right anger bubble", "noto", "noto-v1")}  # since the blob era
    assert equal == kept


def test_a_concept_is_nearest_to_itself_across_vendors_far_more_often_than_by_chance(six: ImageTextSet) -> None:
    """A mapping that is off by one row, or one wrong icon set, would fall to chance: 1 in 1,056, against 1 in 20."""
    pictures = six.images.reshape(1056, len(SIX), 8, 4, 8, 4, 3).mean((3, 5)).reshape(1056, len(SIX), -1)
    pictures -= pictures.mean(0)
    pictures /= np.linalg.norm(pictures, axis=-1, keepdims=True)
    reference = pictures[:, SIX.index("twemoji")]
    for number, style in enumerate(SIX):
        if style != "twemoji":
            found = (pictures[:, number] @ reference.T).argmax(1)
            assert (found == np.arange(1056)).mean() > 0.05, style


@pytest.mark.parametrize("style", SIX)
def test_colours_are_those_that_the_captions_name(six: ImageTextSet, style: str) -> None:
    for caption, strongest in [
        ("red heart", 0),
        ("green heart", 1),
        ("blue heart", 2),
        ("red apple", 0),
        ("tangerine", 0),
    ]:
        assert ink(picture(six, caption, style)).argmax() == strongest, caption
    yellow = ink(picture(six, "grinning face", style))
    assert min(yellow[0], yellow[1]) > yellow[2] + 60
    assert picture(six, "black heart", style).min() < 80


def test_an_alias_that_mirrors_its_parent_is_mirrored(emoji: ImageTextSet) -> None:
    left = picture(emoji, "backhand index pointing left", "fluent-flat")
    right = picture(emoji, "backhand index pointing right", "fluent-flat")
    assert ((left[:, ::-1] - right) ** 2).mean() < SAME_DRAWING
    assert ((left - right) ** 2).mean() > 100


def test_names_that_changed_their_meaning_are_left_out(six: ImageTextSet) -> None:
    for caption in ("cricket", "UP! button"):
        assert caption not in six.captions
        assert caption in load_or_skip(styles=("twemoji",)).captions
    assert {"cricket game", "smiling face with open hands", "enraged face", "keycap: *", "keycap: #"} <= set(
        six.captions
    )


def test_classes_and_details(emoji: ImageTextSet) -> None:
    classes = dict(zip(emoji.captions, emoji.classes.tolist(), strict=True))
    assert emoji.class_names[classes["red apple"]] == "food-fruit"
    assert emoji.class_names[classes["dolphin"]] == "animal-marine"
    details = emoji.details[emoji.concepts[emoji.captions.index("red apple")]]
    assert (details["code"], details["group"], details["tones"]) == ("1F34E", "food-drink", ())
    assert not any("skin tone" in caption for caption in emoji.captions)


def test_a_split_leaks_no_drawing(emoji: ImageTextSet) -> None:
    rest, held_out = emoji.split_concepts(0.2, rng=np.random.default_rng(0))
    assert len(np.unique(held_out.concepts)) == round(0.2 * 1587)
    for style in INDEPENDENT_VENDORS:
        kept, other = (part.select(styles=[style]).images for part in (rest, held_out))
        first, second = (part.reshape(len(part), -1).astype(np.float32) for part in (kept, other))
        squares = (first**2).sum(1)[:, None] + (second**2).sum(1)
        assert (squares - 2 * first @ second.T).min() > SAME_DRAWING * first.shape[1]


def test_drawings_under_two_names_are_one_group(emoji: ImageTextSet) -> None:
    group = dict(zip(emoji.captions, emoji.groups.tolist(), strict=True))
    assert group["astronaut"] == group["man astronaut"] == group["woman astronaut"]
    assert group["grinning cat"] == group["cat face"], "Fluent draws both alike"
    assert group["red apple"] != group["green apple"]
    toned = load_or_skip(tones=True)
    toned_group = dict(zip(toned.captions, toned.groups.tolist(), strict=True))
    assert toned_group["waving hand"] == toned_group["waving hand: dark skin tone"]


def test_licences_are_told_for_every_vendor(six: ImageTextSet) -> None:
    licences = six.describe()["licences"]
    assert set(licences) == set(SIX)
    assert licences["openmoji"].startswith("CC-BY-SA-4.0; OpenMoji")
