"""Which operator a negative is, read off its concepts; tags are given here, so that no tagger is needed."""

from collections.abc import Sequence

import pytest

from realscale.composition.concepts import read
from realscale.composition.coverage import row_of

TAGS = {
    "NN": "dog sofa cat bed hat man box cup lamp house mat umbrella apple field horse kitchen table bites grass window",
    "JJ": "big red blue white brown tall green",
    "VBZ": "is sees runs lifts bit",
    "VBG": "sitting standing holding opening sleeping",
    "IN": "on under in of with above",
    "DT": "a an the no",
    "CC": "and or",
    "CD": "two three",
    "RB": "not today fast there",
    "NNS": "dogs cats",
}
TAG = {word: tag for tag, words in TAGS.items() for word in words.split()}


def tagger(words: Sequence[str]) -> list[str]:
    return [TAG[word.lower()] for word in words]


CASES = {
    ("a dog on a sofa", "A dog, on a sofa!"): "same",
    ("a dog on an apple", "an dog on a apple"): "same",
    # SWAP: two concepts of one kind, alone or as noun phrases
    ("a dog on a sofa", "a sofa on a dog"): "swap",
    ("an apple on a sofa", "a sofa on an apple"): "swap",
    ("a red cup and a blue lamp", "a blue cup and a red lamp"): "swap",
    ("a white and brown horse", "a brown and white horse"): "swap",
    ("the big dog sees the cat", "the cat sees the big dog"): "swap",
    ("the big dog sees the cat", "the big cat sees the dog"): "swap",
    (
        "a man sitting on a bed and a cat standing in a box",
        "a man standing on a bed and a cat sitting in a box",
    ): "swap",
    ("a dog on a bed under a hat", "a dog under a bed on a hat"): "swap",
    ("two dogs and three cats", "three dogs and two cats"): "swap",
    ("a kitchen table under a lamp", "a lamp under a kitchen table"): "swap",
    # iterated
    ("a dog and a cat on a mat", "a cat and a mat on a dog"): "several",
    ("a big red dog and a cat on a blue mat", "a blue red cat and a dog on a big mat"): "several",
    # the same words in another order, which exchanges no two concepts
    ("man bites dog", "bites man dog"): "order",
    ("the red dog runs fast today", "runs fast today the red dog"): "order",
    ("a dog on a sofa", "sofa a dog on a"): "order",
    ("the dog is red", "the red is dog"): "order",
    ("a big dog", "dog a big"): "order",
    # REPLACE: a concept of the same kind
    ("a dog on a sofa", "a cat on a sofa"): "replace",
    ("a dog on a sofa", "an apple on a sofa"): "replace",
    ("a dog on a sofa", "a dog on a kitchen table"): "replace",
    ("a dog on a sofa", "a dog under a sofa"): "replace",
    ("a red dog", "a blue dog"): "replace",
    ("two dogs on a sofa", "three dogs on a sofa"): "replace",
    ("a man holding an umbrella", "a man opening an umbrella"): "replace",
    ("a dog on a sofa", "a cat on a bed"): "several",
    ("a dog on a sofa", "a dog and a sofa"): "other",
    ("the dog is red", "the dog is sleeping"): "other",
    # ADD: an attribute, a number, a negation, an object with what joins it
    ("a dog on a sofa", "a big dog on a sofa"): "add",
    ("a dog on a sofa", "a sleeping dog on a sofa"): "add",
    ("a dog on a sofa", "a dog on a sofa with a hat"): "add",
    ("a dog on a sofa", "a dog and a cat on a sofa"): "add",
    ("dogs on a sofa", "dogs and two cats on a sofa"): "add",
    ("a dog is on a sofa", "a dog is not on a sofa"): "add",
    ("a dog on a sofa", "a big red dog on a sofa"): "several",
    ("a dog on a sofa", "a dog on a sofa with a red hat"): "several",
    ("a dog on a sofa", "a dog on a red bed"): "several",
    ("a dog on a sofa", "a dog today on a sofa"): "other",
    ("a dog on a sofa", "a dog in the on a sofa"): "other",
    # nothing is taken out
    ("a dog on a sofa", "a dog"): "other",
    ("a big dog", "a dog"): "other",
}


@pytest.mark.parametrize(("pair", "row"), CASES.items())
def test_rows(pair: tuple[str, str], row: str) -> None:
    assert row_of(*pair, tagger) == row


def test_a_word_keeps_the_kind_that_it_has_in_the_caption() -> None:
    """A tagger that takes "red" for a noun in the negative alone does not hide that one object was replaced."""

    def unsure(words: Sequence[str]) -> list[str]:
        return ["NN" if word == "red" and "bed" in words else TAG[word] for word in words]

    assert row_of("the dog is red in a sofa", "the dog is red in a bed", unsure) == "replace"


def test_units_have_kinds_and_phrases() -> None:
    found = read("The big dog is sitting on an old kitchen table, today", lambda words: [
        {"old": "JJ"}.get(word) or TAG[word.lower()] for word in words
    ])  # fmt: skip
    assert [(unit.kind, unit.text) for unit in found.units] == [
        ("joining", "the"),
        ("attribute", "big"),
        ("object", "dog"),
        ("function", "is"),
        ("action", "sitting"),
        ("relation", "on"),
        ("joining", "a"),
        ("attribute", "old"),
        ("object", "kitchen table"),
        ("adverb", "today"),
    ]
    assert found.phrases == ((0, 3), (6, 9))
