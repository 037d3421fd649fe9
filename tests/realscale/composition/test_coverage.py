"""Which operator a negative is, read off the words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscale.composition.coverage import kind_of

CASES = {
    ("a dog on a sofa", "A dog, on a sofa!"): "same",
    ("a dog on a sofa", "a sofa on a dog"): "swap",
    ("a red cup and a blue lamp", "a blue cup and a red lamp"): "swap",
    ("the big dog sees the cat", "the cat sees the big dog"): "swap",
    ("a b c d", "d a c b"): "permutation",
    ("a dog on a sofa", "a dog on a red bed"): "replace",
    ("a dog on a sofa", "a cat on a sofa"): "replace",
    ("a dog on a sofa", "a big dog on a sofa"): "add",
    ("a dog on a sofa", "a dog on a sofa with a hat"): "add",
    ("a dog on a sofa", "a dog"): "other",
    ("a dog on a sofa", "a cat on a bed"): "other",
}


@pytest.mark.parametrize(("pair", "kind"), CASES.items())
def test_kinds(pair: tuple[str, str], kind: str) -> None:
    assert kind_of(*pair) == kind


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abcdefg"), min_size=3, max_size=8, unique=True), st.data())
def test_any_exchange_of_two_stretches_is_a_swap(words: list[str], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(words)), min_size=4, max_size=4)))
    p, b, m, c, s = (words[i:j] for i, j in zip([0, *cuts], [*cuts, len(words)], strict=True))
    negative = [*p, *c, *m, *b, *s]
    expected = "swap" if b and c else "same" if not (b or c) or not m else None
    if expected:
        assert kind_of(" ".join(words), " ".join(negative)) == expected
