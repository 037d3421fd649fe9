"""Captions as strangers write them: symbols, units, names, capitals, other languages."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from realscale.data.errors import MissingData
from realscale.negatives import lexicon
from realscale.negatives.english import NOT_ENGLISH, is_english
from realscale.negatives.run import Settings, Tally, made_from
from realscale.negatives.tagging import Tagger, names, tagger
from scm.composition.captions import Lexicon, Negative, OperatorName, Refusal, negatives, parse, split

Make = Callable[..., list[Negative]]


@pytest.fixture(scope="module")
def real() -> tuple[Tagger, Lexicon]:
    try:
        return tagger(), lexicon.load()
    except MissingData as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def make(real: tuple[Tagger, Lexicon]) -> Make:
    tag, words = real

    def made(
        text: str,
        *operators: OperatorName,
        types: tuple[str, ...] = ("object", "attribute", "relation", "number", "negation"),
        refusals: Counter[tuple[str, str]] | None = None,
        steps: int = 1,
        most: int = 300,
    ) -> list[Negative]:
        caption = parse(text, tag(split(text)), words)
        rng = np.random.default_rng(0)
        operators = operators or ("swap", "replace", "add")
        return negatives(
            caption, words, rng=rng, operators=operators, types=types, most=most, steps=steps, refusals=refusals
        )

    return made


def texts(found: list[Negative]) -> set[str]:
    return {negative.negative for negative in found}


@pytest.mark.parametrize(
    ("caption", "never"),
    [
        (
            "Histology slide of benign tissue next to malignant tissue",
            "Histology slide of malignant tissue next to benign tissue",
        ),
        ("benign tissue next to malignant tissue", "malignant tissue next to benign tissue"),
        ("A train is parked next to a train station.", "A train station is parked next to a train."),
        ("A boat docked beside a bridge", "A bridge docked beside a boat"),
        ("A cat & a dog", "A dog & a cat"),
        ("A cat &amp; a dog", "A dog &amp; a cat"),
        ("<b>Cats</b> and <b>dogs</b>", "<b>Dogs</b> and <b>cats</b>"),
    ],
)
def test_a_swap_that_says_the_same_is_none(make: Make, caption: str, never: str) -> None:
    refusals: Counter[tuple[str, str]] = Counter()
    assert never not in texts(make(caption, "swap", refusals=refusals))
    assert refusals["swap", Refusal.SAME_MEANING] > 0  # it was tried


def test_who_draws_whom_still_matters(make: Make) -> None:
    assert "A dog drawn by a cart" in texts(make("A cart drawn by a dog", "swap"))


def test_what_is_the_same_is_not_edited(make: Make) -> None:
    refusals: Counter[tuple[str, str]] = Counter()
    found = make("Views of the same house, taken from the same bridge near a big dog", refusals=refusals)
    assert found
    assert all("the same house, taken from the same bridge" in text for text in texts(found))
    assert refusals["replace", Refusal.SAME] > 0


@pytest.mark.parametrize(
    "caption",
    [
        "Axial CT of the abdomen demonstrates a 3 cm hypodense lesion in the liver.",
        "A box of 5 kg next to a 3cm coin on a table",
        "A 6.7 inch phone on a table",
    ],
)
def test_units_are_no_objects(make: Make, caption: str) -> None:
    found = make(caption)
    assert found
    for negative in found:
        assert not any({"cm", "kg", "inch", "3cm", "6.7", "7"} & set(split(e.old)) for e in negative.steps[0].edits)


def test_the_number_of_a_measure_can_be_another(make: Make) -> None:
    caption = "Axial CT of the abdomen demonstrates a 3 cm lesion in the liver."
    assert caption.replace("3", "5") in texts(make(caption, "replace"))


def test_symbols_are_in_no_object(make: Make) -> None:
    found = make("🐶 A dog chasing a 🐱 cat in the snow ❄️ | 3 <3")
    assert found
    for text in texts(found):
        assert [char for char in text if ord(char) > 127 or char in "|<"] == [*"🐶🐱❄\ufe0f|<"], text
        assert "🐱 cat" in text


def test_a_sign_between_letters_makes_one_word(make: Make) -> None:
    found = make("A cat by an H&E slide at an AT&amp;T shop near a R&D lab and a dog")
    assert found
    assert all("H&E slide" in text and "AT&amp;T shop" in text and "R&D lab" in text for text in texts(found))


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        ("ONE BIG TRUCK NEXT TO TWO SMALL CARS", "ONE BIG TRUCK NEXT TO TWO SMALL CARS AND TWO TRAINS"),
        ("A MAN WITH A RED HAT STANDS BEHIND A TALL WOMAN", "A MAN WITH AN ORANGE HAT STANDS BEHIND A TALL WOMAN"),
        ("DOGS ON A BED", "DOGS NOT ON A BED"),
    ],
)
def test_captions_in_capitals_stay_so(make: Make, caption: str, wanted: str) -> None:
    found = texts(make(caption))
    assert wanted in found
    assert all(text == text.upper() for text in found)
    assert not any("MAN AND A" in text and "STANDS" in text.split("AND A", 1)[1] for text in found)  # who "STAND"


@pytest.mark.parametrize(
    ("caption", "names"),
    [
        ("house in <i>Paris</i> and garden", ["<i>Paris</i>"]),
        ("iPhone 12 Pro Max case, black leather", ["iPhone 12 Pro Max case,"]),
        ("a chest X-ray on a table", ["a chest X-ray"]),
        ("Vintage red Ford pickup truck next to a barn", ["Ford pickup truck"]),
        ("the White House behind a white car", ["the White House"]),
    ],
)
def test_names_are_not_edited(make: Make, caption: str, names: list[str]) -> None:
    found = texts(make(caption))
    assert found
    for text in found:
        assert all(name.lower() in text.lower() for name in names), text


def test_names_are_told_by_capitals_where_other_words_are_small() -> None:
    assert names(split("A man in New York with an iPhone 12.")) == {3, 4, 7, 8}
    assert names(split("A TV and a T-shirt. My dog here")) == frozenset()
    for title in ("A Man Riding A Horse", "A Man On a Horse", "A MAN ON A HORSE", "Dogs on a bed. Cats run"):
        assert names(split(title)) == frozenset()


def test_an_attribute_of_the_unknown_does_not_go_to_a_part_of_the_body(make: Make) -> None:
    found = texts(make("MRI of the lumbar spine with severe stenosis", "swap"))
    assert not any("severe spine" in text for text in found)


@pytest.mark.parametrize(
    "caption",
    [
        "Ein brauner Hund läuft über die Wiese",
        "Un chien noir dans un parc",
        "un perro en la playa con un hombre",
        "een man in een rood shirt",
        "一只猫在桌子上",
        "собака на кровати",
        "犬 dog 猫がいる",
    ],
)
def test_other_languages_get_no_negatives(real: tuple[Tagger, Lexicon], caption: str) -> None:
    tally = Tally()
    settings = Settings(("swap", "replace", "add"), 1, 3, 0, None, "")
    assert made_from(caption, settings, *real, tally) == []
    assert tally.refused == {f"all | {NOT_ENGLISH}": 1}
    assert (tally.captions, tally.without) == (1, 1)


@pytest.mark.parametrize(
    "caption",
    [
        "red apple",
        "wooden table",
        "dog",
        "cat and dog",
        "Sagittal T2-weighted MRI of the lumbar spine with severe stenosis at L4-L5.",
        "A café with outdoor seating and a naïve painting of a river.",
        "buy cheap NIKE shoes online | free shipping!!!",
        "🐶 5",
    ],
)
def test_english_passes(real: tuple[Tagger, Lexicon], caption: str) -> None:
    words = split(caption)
    assert is_english(words, real[0](words), real[1])


def test_only_the_wanted_types_are_made(make: Make) -> None:
    caption = "Two big dogs sleeping on a red bed"
    for types in (("object",), ("attribute", "number"), ("negation",)):
        found = make(caption, types=types, steps=2, most=30)
        assert {step.type for negative in found for step in negative.steps} == set(types)


def test_nothing_behind_a_negation_is_edited_and_the_reason_is_plain(make: Make) -> None:
    refusals: Counter[tuple[str, str]] = Counter()
    assert not make("There are no people on the beach.", refusals=refusals)
    assert {reason for _, reason in refusals} <= {"behind a negation the change could be true of the image"}
    assert refusals
