"""Windows of tokens as text: every character has its token, and a window is the text of its tokens alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realscale.reasoning.reward import Window, Written, windows, written

WORDS = ["a", " red", " dog", ",", " on", " the", " beach", ""]  # "": an end mark


def decode_bytes(ids):
    return bytes(ids).decode("utf-8", errors="replace")


def decode_pieces(ids):
    """As decoders of sentence pieces do: the first space of the text is dropped."""
    return "".join(WORDS[i] for i in ids).removeprefix(" ")


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd"), min_size=1))
def test_bytes_of_characters_join_to_the_text(text):
    found = written(list(text.encode()), decode_bytes)
    assert found.text == text
    wrote = [found.text[start:end] for start, end in found.spans]
    for character, piece in zip(text, [piece for piece in wrote if piece], strict=True):
        assert piece == character
    # a character belongs to the last of its bytes
    assert [bool(piece) for piece in wrote] == [
        last for character in text for last in [False] * (len(character.encode()) - 1) + [True]
    ]


def test_a_character_cut_off_at_the_end_is_the_last_tokens():
    found = written([*b"ab", 0xC3], decode_bytes)
    assert found == Written("ab\ufffd", ((0, 1), (1, 2), (2, 3)))


@given(ids=st.lists(st.integers(0, len(WORDS) - 1), min_size=1, max_size=12))
def test_a_decoder_that_drops_the_first_space_is_followed(ids):
    found = written(ids, decode_pieces)
    assert found.text == decode_pieces(ids)
    for token, (start, end) in zip(ids[1:], found.spans[1:], strict=True):
        if start:
            assert found.text[start:end] == WORDS[token]


def words(*ids):
    return written(ids, decode_pieces)


def test_each_token_ends_a_window_of_the_last_tokens():
    found = windows(words(0, 1, 2, 3, 4, 7), 3)
    assert found == [
        Window(0, "a"),
        Window(1, "a red"),
        Window(2, "a red dog"),
        Window(3, "red dog,"),
        Window(4, "dog, on"),
    ]


def test_a_wide_window_is_the_whole_text_so_far():
    completion = words(0, 1, 2, 3, 4)
    assert [window.text for window in windows(completion, 99)] == [
        "a",
        "a red",
        "a red dog",
        "a red dog,",
        "a red dog, on",
    ]


def test_with_a_stride_the_last_token_has_a_window_too():
    completion = words(0, 1, 2, 3, 4, 7)
    assert [window.token for window in windows(completion, 2, stride=2)] == [1, 3, 4]
    assert [window.token for window in windows(completion, 2, stride=5)] == [4]
    assert [window.token for window in windows(completion, 2, stride=9)] == [4]


@pytest.mark.parametrize("ids", [[7], [7, 7]])
def test_a_completion_that_says_nothing_has_the_empty_window(ids):
    assert windows(words(*ids), 4) == [Window(len(ids) - 1, "")]


@given(
    ids=st.lists(st.integers(0, len(WORDS) - 1), min_size=4, max_size=12),
    width=st.integers(1, 4),
    change=st.integers(0, len(WORDS) - 2),
)
def test_a_window_knows_no_token_outside_it(ids, width, change):
    before = {window.token: window.text for window in windows(words(0, *ids), width)}
    after = {window.token: window.text for window in windows(words(0, *ids[:-1], change), width)}
    for token in range(len(ids)):
        assert before.get(token) == after.get(token)
    first = windows(words(0, change, *ids), width)
    shifted = {window.token: window.text for window in windows(words(0, *ids), width)}
    assert {w.token - 1: w.text for w in first if w.token > width + 1} == {
        token: text for token, text in shifted.items() if token > width
    }


REFUSED = {
    "spans that join": lambda: Written("ab", ((0, 1), (0, 2))),
    "1 tokens wrote 1 of 2 characters": lambda: Written("ab", ((0, 1),)),
    "one token at least": lambda: Written("", ()),
    "width is 0 and stride 1": lambda: windows(Written("a", ((0, 1),)), 0),
    "width is 1 and stride 0": lambda: windows(Written("a", ((0, 1),)), 1, 0),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_completion_or_window_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        REFUSED[text]()
