"""Matching: the same entries as the token-level parser finds, whatever case and punctuation."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.normal import entries

ANIMALS = ReviewedVocabulary(
    (Entry("dog", ("dogs", "puppy")), Entry("hot dog", ("hot dogs",)), Entry("beach ball"), Entry("café cat")),
    (Entry("beach"), Entry("hot"), Entry("on the beach at night"), Entry("photo")),
)
WORDS = ["hot", "dog", "dogs", "beach", "ball", "on", "the", "at", "night", "photo", "a", "café", "cat", "puppy"]


def found(*captions: str) -> list[list[int]]:
    return Matcher(ANIMALS).match(pl.DataFrame({"caption": list(captions)}))["entries"].to_list()


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=12), min_size=1, max_size=5))
def test_agrees_with_the_token_level_parser(captions: list[list[str]]) -> None:
    texts = [" ".join(words) for words in captions]
    numbers = [ANIMALS.numbers[form] for form in ANIMALS.words.words]
    expected = [[numbers[i] for i in ANIMALS.words.encode(text, unknown="drop").ids] for text in texts]
    assert found(*texts) == expected


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=8),
    st.lists(st.sampled_from([", ", " - ", "! ", "  ", ' "', "; '", "… ", "/"]), min_size=9, max_size=9),
)
def test_case_and_punctuation_change_nothing(words: list[str], marks: list[str]) -> None:
    text = "".join(mark + word.title() for mark, word in zip(marks, words, strict=False)) + marks[-1]
    assert found(text) == found(" ".join(words))


def test_the_longest_entry_wins_and_parts_of_words_do_not_count() -> None:
    assert found("A hot dog on the beach at night", "hotdog, dogma, photos", "'hot dogs'") == [[1, 6], [], [1]]


def test_columns() -> None:
    frame = Matcher(ANIMALS).match(pl.DataFrame({"caption": ["photo of a puppy, dogs, hot beach ball", "nothing", ""]}))
    assert frame["classes"].to_list() == [[0, 2], [], []]
    assert frame["contexts"].to_list() == [[3, 1], [], []]
    assert frame["class"].to_list() == [0, -1, -1]
    assert frame["context"].to_list() == [3, -1, -1]


@pytest.mark.parametrize(("name", "normal"), [("Man’s Shoe", "man's shoe"), (" (T-Shirt)! ", "t-shirt"), ("...", "")])
def test_normal_form(name: str, normal: str) -> None:
    assert entries([name]) == [normal]


def test_empty_vocabulary_finds_nothing() -> None:
    matcher = Matcher(ReviewedVocabulary((), ()))
    assert matcher.match(pl.DataFrame({"caption": ["a dog"]}))["class"].to_list() == [-1]
