"""The word tokenizer: round trip, unknown words, padding, length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscale.data.words import PADDING, UNKNOWN, WordVocabulary, words_of

WORDS = st.sampled_from(["red", "apple", "o’clock", "heart-eyes", "#", "piñata", "a"])
CAPTIONS = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=8)


@given(captions=CAPTIONS)
@settings(deadline=None, max_examples=50)
def test_decoding_gives_the_words_back_and_the_mask_counts_them(captions: list[str]) -> None:
    vocabulary = WordVocabulary.fit(captions)
    ids, mask = vocabulary.encode(captions)
    assert ids.shape == (len(captions), vocabulary.length) == mask.shape
    assert vocabulary.decode(ids) == captions
    assert mask.sum(1).tolist() == [len(caption.split()) for caption in captions]
    assert (mask == (np.cumsum(~mask, axis=1) == 0)).all(), "padding only at the end"
    assert not (ids == UNKNOWN).any()


def test_words_in_lower_case_without_punctuation() -> None:
    assert words_of("Keycap: #") == ["keycap", "#"]
    assert words_of("Japanese “free of charge” button") == ["japanese", "free", "of", "charge", "button"]
    assert words_of("smiling face with heart-eyes") == ["smiling", "face", "with", "heart-eyes"]
    assert words_of("UP! button") == ["up", "!", "button"]


def test_unknown_words_and_rare_words_share_one_id() -> None:
    vocabulary = WordVocabulary.fit(["red apple", "red pear"], least=2)
    ids, mask = vocabulary.encode(["red quince", ""])
    assert ids.tolist() == [[2, UNKNOWN], [PADDING, PADDING]]
    assert mask.tolist() == [[True, True], [False, False]]


def test_words_past_the_length_are_cut() -> None:
    vocabulary = WordVocabulary.fit(["a red apple"], length=2)
    assert vocabulary.decode(vocabulary.encode(["a red apple"])[0]) == ["a red"]


def test_ids_do_not_depend_on_the_order_of_the_captions() -> None:
    captions = ["red apple", "green apple", "pear"]
    assert WordVocabulary.fit(captions) == WordVocabulary.fit(captions[::-1])


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="none of the 1 captions has a word"):
        WordVocabulary.fit(["..."])
    with pytest.raises(ValueError, match="length is 0"):
        WordVocabulary.fit(["red"], length=0)
    with pytest.raises(ValueError, match="holds a word twice"):
        WordVocabulary(("<padding>", "<unknown>", "red", "red"), 3)
