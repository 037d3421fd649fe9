"""Paraphrases say the same: no normal form of meaning tells them from their caption."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.composition.captions import Caption, Lexicon, Paraphraser, applied, meaning

Read = Callable[[str], Caption]
CAPTIONS = [
    "a big dog under a table",
    "two cats next to the red couch",
    "a dog and a cat",
    "the large owl is beside an umbrella",
    "soup with rice",
    "three tiny dogs on a couch",
]


@given(caption=st.sampled_from(CAPTIONS), seed=st.integers(0, 1000))
def test_paraphrases_mean_the_same_in_other_words(caption: str, seed: int, lexicon: Lexicon, read: Read) -> None:
    parsed = read(caption)
    found = Paraphraser(lexicon).paraphrases(parsed, rng=np.random.default_rng(seed), most=5)
    assert found
    assert len({caption, *(one.text for one in found)}) == len(found) + 1
    for one in found:
        assert applied(caption, one.edits) == one.text
        assert meaning(read(one.text), lexicon) == meaning(parsed, lexicon)
    kinds = [one.type for one in found]
    assert kinds == sorted(kinds, key=lambda kind: kind == "article")  # articles last


@pytest.mark.parametrize(
    ("caption", "kind", "text"),
    [
        ("a big dog", "synonym", "a large dog"),
        ("2 dogs", "synonym", "two dogs"),
        ("the dog is next to the table", "synonym", "the dog is beside the table"),
        ("hounds", "synonym", "dogs"),
        ("a dog and a cat", "order", "a cat and a dog"),
        ("a dog and an owl", "order", "an owl and a dog"),
        ("an umbrella", "article", "the umbrella"),
        ("the umbrella", "article", "an umbrella"),
        ("cats", "article", "the cats"),
    ],
)
def test_kinds_of_paraphrases(caption: str, kind: str, text: str, lexicon: Lexicon, read: Read) -> None:
    found = Paraphraser(lexicon).paraphrases(read(caption), rng=np.random.default_rng(0), most=99)
    assert (kind, text) in [(one.type, one.text) for one in found]


def test_only_nouns_that_the_lexicon_offers_are_taken(lexicon: Lexicon, read: Read) -> None:
    obscure = lexicon.nouns["cat"]._replace(others=())
    more = Lexicon(**{**{f: getattr(lexicon, f) for f in ("singular", "attributes", "relations", "numbers")},
                      "nouns": {**lexicon.nouns, "mouser": obscure}})  # fmt: skip
    found = Paraphraser(more).paraphrases(read("a cat"), rng=np.random.default_rng(0), most=99)
    assert [one.text for one in found] == ["the cat"]


def test_a_preposition_behind_a_participle_stays(lexicon: Lexicon, read: Read) -> None:
    def phrased(caption: str) -> set[str]:
        found = Paraphraser(lexicon).paraphrases(read(caption), rng=np.random.default_rng(0), most=99)
        return {one.text for one in found}

    assert "the dog is beside the couch" in phrased("the dog is next to the couch")
    assert "the dog left beside the couch" not in phrased("the dog left next to the couch")  # "left" is tagged so
