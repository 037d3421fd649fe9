"""What readers of real captions stumbled over: negatives that are true, or that nobody would say."""

from collections.abc import Callable

import numpy as np
import pytest

from realscale.data.errors import MissingData
from realscale.negatives import lexicon
from realscale.negatives.tagging import tagger
from scm.composition.captions import Negative, OperatorName, negatives, parse, split

Make = Callable[..., list[Negative]]


@pytest.fixture(scope="module")
def make() -> Make:
    try:
        tag, words = tagger(), lexicon.load()
    except MissingData as error:
        pytest.skip(str(error))

    def made(text: str, *operators: OperatorName) -> list[Negative]:
        caption = parse(text, tag(split(text)), words)
        return negatives(caption, words, rng=np.random.default_rng(0), operators=operators, most=300)

    return made


def texts(found: list[Negative], kind: str = "") -> set[str]:
    return {negative.negative for negative in found if kind in negative.type}


@pytest.mark.parametrize(
    ("caption", "never"),
    [
        ("A man meets a woman.", "A woman meets a man."),
        ("The tall man faces the short man.", "The short man faces the tall man."),
        ("A photo of a dog facing a cat", "A photo of a cat facing a dog"),
        ("A boy is hugging a girl", "A girl is hugging a boy"),
        ("A man is talking to a woman", "A woman is talking to a man"),
        ("A man shaking hands with a boy", "A boy shaking hands with a man"),
        ("A man plays cards with a woman.", "A woman plays cards with a man."),
        ("A dog is as tall as a cat", "A cat is as tall as a dog"),
        ("The cat is the same size as the dog", "The dog is the same size as the cat"),
        ("A shirt similar to a dress", "A dress similar to a shirt"),
        ("A dog beside a cat", "A cat beside a dog"),
        ("a cup of tea and a cup of coffee", "a cup of coffee and a cup of tea"),
        ("a bowl of apples and oranges", "a bowl of oranges and apples"),
        ("fresh apples and oranges", "fresh oranges and apples"),
    ],
)  # fmt: skip
def test_a_swap_that_says_the_same_is_none(make: Make, caption: str, never: str) -> None:
    assert never not in texts(make(caption, "swap"))
    assert texts(make(caption, "replace", "add"))  # the caption is read


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        ("A man chases a woman.", "A woman chases a man."),
        ("a cup of tea and a plate of rice", "a cup of rice and a plate of tea"),
        ("The dog is smaller than the cat", "The cat is smaller than the dog"),
    ],
)
def test_a_swap_that_says_something_else_stays(make: Make, caption: str, wanted: str) -> None:
    assert wanted in texts(make(caption, "swap"))


@pytest.mark.parametrize(
    ("caption", "never"),
    [
        ("a street or a bridge", "a road or a bridge"),
        ("a boy in boots", "a boy in shoes"),
        ("a desk next to a bed", "a table next to a bed"),
    ],
)
def test_what_a_thing_may_be_called_too_does_not_replace_it(make: Make, caption: str, never: str) -> None:
    assert never not in texts(make(caption, "replace"))


@pytest.mark.parametrize(
    "caption", ["Either a dog or a cat on a bed", "Neither a dog nor a cat on a bed", "A dog or a cat on a bed"]
)
def test_nothing_is_negated_among_alternatives(make: Make, caption: str) -> None:
    assert not texts(make(caption, "add"), "negation")


def test_a_verb_behind_a_noun_is_no_noun(make: Make) -> None:
    for caption, verb in (
        ("A bus drives by a house.", "drives"),
        ("A girl kisses her grandmother on the cheek.", "kisses"),
        ("A baby elephant hides behind its mother.", "hides"),
        ("The nurse hands the doctor a syringe.", "hands"),
        ("A boy rides past the church", "rides"),
    ):
        for negative in make(caption, "swap", "replace", "add"):
            for edit in negative.steps[0].edits:
                assert verb not in edit.old, negative.negative
            assert f"and the {verb}" not in negative.negative
    assert "A taxi drives by a house." in texts(make("A bus drives by a house.", "replace"))
    assert not texts(make("A chef slices tomatoes.", "add"), "attribute") & {"A chef small slices tomatoes."}


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("A piece of cake on a plate", {"small", "large"}),
        ("A pile of hay next to a barn", {"small", "large", "red"}),
        ("A bowl of rice", {"small", "large"}),
    ],
)
def test_what_is_not_counted_gets_no_size(make: Make, caption: str, words: set[str]) -> None:
    noun = caption.split()[3]
    assert not any(f"{word} {noun}" in text for text in texts(make(caption, "add")) for word in words)


def test_attributes_fit_their_noun(make: Make) -> None:
    people = make("A tall man next to a purple wooden chair", "swap", "replace", "add")
    assert not any(f"{word} man" in text for text in texts(people) for word in ("purple", "wooden", "high", "red"))
    assert "A short man next to a purple wooden chair" in texts(people)
    assert "A tall man next to a red wooden chair" in texts(people)
    barns = texts(make("A wooden barn", "replace"))
    assert "A stone barn" in barns
    assert not any(word in text for text in barns for word in ("leather", "paper", "ceramic"))
    assert "A blue dog and a green cat" in texts(make("A green dog and a blue cat", "swap"))  # what one animal has


@pytest.mark.parametrize(
    ("caption", "whole"),
    [
        ("A teddy bear on a bed", "teddy bear"),
        ("A hot air balloon over a lake", "hot air balloon"),
        ("A woman at a bus stop with a dog", "bus stop"),
        ("An hour glass on a table", "hour glass"),
        ("A chef with a cutting board", "cutting board"),
        ("An empty swimming pool behind a house", "swimming pool"),
        ("A street sign near a car", "street sign"),
        ("A boy in yellow rain boots", "rain boots"),
    ],
)
def test_compounds_stay_whole(make: Make, caption: str, whole: str) -> None:
    found = texts(make(caption, "swap", "replace", "add"))
    assert found
    for text in found:
        assert whole in text or not set(whole.split()) & set(text.split()), text


def test_fixed_phrases_are_edited_as_a_whole(make: Make) -> None:
    assert texts(make("A man on the left", "swap", "replace"), "relation") == {"A man on the right"}
    assert texts(make("A car on the left side of a street", "replace"), "relation") == {
        "A car on the right side of a street"
    }
    both = texts(make("The dog on the left is as big as the dog on the right", "replace"))
    assert both
    assert not any(text.count("the left") > 1 or text.count("the right") > 1 for text in both)
    assert "A dog behind a car" in texts(make("A dog in front of a car", "replace"))
    for caption in ("A house on fire", "Two dogs in line", "A man at the back of a bus", "A pool surrounded by trees"):
        assert not any(
            f" {word} " in text
            for text in texts(make(caption, "replace"), "relation")
            for word in ("under", "far", "outside", "behind")
        )


def test_pronouns_agree(make: Make) -> None:
    found = texts(make("A man and his dog on a beach", "swap", "replace", "add"))
    assert "A man and his cat on a beach" in found
    assert not any("woman" in text or "girl" in text for text in found)
    assert not any("his man" in text or "his beach" in text for text in found)
    assert "A boy holds an umbrella over his wife." in texts(make("A man holds an umbrella over his wife.", "replace"))


def test_capitals_stay_with_their_places(make: Make) -> None:
    found = texts(make("A dog on a bed. Horses near a barn", "swap", "replace", "add"))
    assert "A dog on a bed. Cows near a barn" in found
    assert "A dog on a bed. Brown horses near a barn" in found
    titled = texts(make("A Man Riding A Horse", "swap", "replace", "add"))
    assert "A Woman Riding A Horse" in titled
    assert "A Horse Riding A Man" in titled
    assert all(word[0].isupper() for text in titled for word in text.split() if word not in {"and", "a", "an", "not"})
    assert "A MAN RIDING A COW" in texts(make("A MAN RIDING A HORSE", "replace"))


def test_markup_is_never_edited(make: Make) -> None:
    caption = '<b class="dog">Two dogs</b> on a bed &amp; a cat by @cat #dog www.dog.com/dog dog.jpg me@dog.org'
    found = make(caption, "swap", "replace", "add")
    assert len(found) > 20
    pieces = ['<b class="dog">', "</b>", "&amp;", "@cat", "#dog", "www.dog.com/dog", "dog.jpg", "me@dog.org"]
    for negative in found:
        assert all(piece in negative.negative for piece in pieces)


def test_unknown_words_in_any_order_are_no_trouble(make: Make) -> None:
    assert texts(make("an organism of the same species as another organism near a dog", "swap", "replace", "add"))
    assert texts(make("A wooden door is dark", "swap", "replace", "add"))
