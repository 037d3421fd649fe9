"""Pruned captions read as captions, and say what the token-level pruning says."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.pruning import pruned, pruned_caption
from scm import TokenConfig, TokenSCM
from scm.tokens import TokenRole

MATCHER = Matcher(
    ReviewedVocabulary(
        tuple(map(Entry, ("dog", "dogs", "cat", "beach ball", "umbrella"))),
        tuple(map(Entry, ("beach", "snow", "night", "sketch", "oil painting", "outdoors", "street", "sunset"))),
    )
)


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a photo of a red dog on the beach", "a photo of a red dog"),
        ("A photo of a red dog, on the beach.", "A photo of a red dog."),
        ("a dog on the sunny sandy beach at sunset, running", "a dog, running"),
        ("a beach umbrella", "an umbrella"),
        ("An oil painting of a dog", "A dog"),
        ("a rough sketch of a dog in the snow", "a dog"),
        ("Dog outdoors, with a cat", "Dog, with a cat"),
        ("a dog and a cat in the snow and on the beach", "a dog and a cat"),
        ("A beach with a dog and a cat", "A dog and a cat"),
        ("In the snow, a dog sleeps.", "A dog sleeps."),
        ("a dog on the street is barking", "a dog is barking"),
        ("two dogs with a beach ball on the beach", "two dogs with a beach ball"),
        ("a dog in front of the beach", "a dog"),
        ("a dog in the middle of a street", "a dog"),
        ("a dog (on the beach)", "a dog"),
        ("a dog in fresh white snow", "a dog"),
        ("a dog in a dry street next to a tree", "a dog next to a tree"),
        ("a dog with cat snow", "a dog with cat"),
        ("a dog on the beach - oil painting", "a dog"),
        ("the dog's “beach” house on a street corner", "the dog's house on a corner"),
        ("a dog from the street, a cat in the snow, and an umbrella", "a dog, a cat, and an umbrella"),
        ("Naïve DOG – snow – café", "Naïve DOG – café"),
        ("a cat and a beach umbrella", "a cat and an umbrella"),
        ("a cat and beach umbrellas at night", "a cat and umbrellas"),
        ("sketch, snow", ""),
        ("nothing , odd here", "nothing , odd here"),
    ],
)
def test_readable(caption: str, expected: str) -> None:
    assert pruned_caption(caption, MATCHER) == expected


WORDS = "a an the dog cat beach ball snow night sketch of on in front and with red , . ( ) - umbrella"
SENTENCES = st.lists(st.sampled_from(WORDS.split(" ")), max_size=14)


@given(st.lists(SENTENCES, min_size=1, max_size=4))
def test_environments_go_and_classes_stay(sentences: list[list[str]]) -> None:
    before = MATCHER.match(pl.DataFrame({"caption": [" ".join(words) for words in sentences]}))
    texts = pruned(before, MATCHER)
    after = MATCHER.match(pl.DataFrame({"caption": texts}))
    named = [[entry for entry in entries if entry < 5] for entries in before["entries"].to_list()]
    kept = [[entry for entry in entries if entry < 5] for entries in after["entries"].to_list()]
    assert kept == named
    assert after["contexts"].to_list() == [[] for _ in sentences]
    erased = [text for text, entries in zip(texts, before["contexts"], strict=True) if len(entries)]
    assert all(text == " ".join(text.split()) and "()" not in text and " ," not in text for text in erased)


def test_captions_of_the_causal_model_are_pruned_as_its_tokens() -> None:
    model = TokenSCM.draw(TokenConfig(keep_probability=0.7), rng=np.random.default_rng(0))
    batch = model.sample(300, rng=np.random.default_rng(1))
    words = model.vocabulary.words_by_role
    matcher = Matcher(
        ReviewedVocabulary(tuple(map(Entry, words[TokenRole.CLASS])), tuple(map(Entry, words[TokenRole.ENVIRONMENT])))
    )
    assert batch.tokens is not None
    captions = [model.vocabulary.decode(row) for row in batch.tokens]
    frame = matcher.match(pl.DataFrame({"caption": [caption.text for caption in captions]}))
    assert pruned(frame, matcher).to_list() == [caption.without(TokenRole.ENVIRONMENT).text for caption in captions]
    assert (frame["context"] >= 0).any()
