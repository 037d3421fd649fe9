from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact import block_identifies, enumerate_captions, image_text_law, random_law
from identifiability.exact.grammar import END, Caption, NextToken, Token


def random_grammar(seed: int, longest: int) -> NextToken:
    def next_token(z: int, caption: Caption) -> Mapping[Token, float]:
        if len(caption) == longest:
            return {END: 1.0}
        rng = np.random.default_rng([seed, z, *(int(token) + 1 for token in caption)])  # type: ignore[call-overload]
        return dict(zip([0, 1, END], map(float, random_law(3, zeros=0.5, rng=rng)), strict=True))

    return next_token


@settings(max_examples=40)
@given(st.integers(0, 2**31), st.integers(1, 3))
def test_alignment_identifies_z_iff_every_caption_determines_it(seed: int, longest: int) -> None:
    shared = np.array([0.3, 0.7])
    law = enumerate_captions(shared, random_grammar(seed, longest), longest=longest)
    np.testing.assert_allclose(law.joint.sum(axis=1), shared, atol=1e-12)
    joint = image_text_law(law, np.kron(np.eye(2), [0.2, 0.8]))
    np.testing.assert_allclose(joint.sum(axis=1), law.joint, atol=1e-15)
    meanings = [set(np.flatnonzero(column)) for column in law.joint.T]
    assert law.determines_shared == all(len(values) == 1 for values in meanings)
    assert block_identifies(joint) == law.determines_shared


def test_caption_probabilities_multiply_along_the_tokens() -> None:
    def next_token(z: int, caption: Caption) -> Mapping[Token, float]:
        if not caption:
            return {"a": 0.25, "b": 0.75}
        return {"c": 0.4, END: 0.6} if caption == ("a",) else {END: 1.0}

    law = enumerate_captions(np.array([1.0]), next_token, longest=2)
    assert dict(zip(law.captions, law.joint[0], strict=True)) == {
        ("a", "c"): pytest.approx(0.1),
        ("a",): pytest.approx(0.15),
        ("b",): pytest.approx(0.75),
    }


def test_bad_grammars_are_refused_with_their_reason() -> None:
    with pytest.raises(ValueError, match=r"sums to 0\.5, expected 1"):
        enumerate_captions(np.array([1.0]), lambda z, caption: {END: 0.5}, longest=2)
    with pytest.raises(ValueError, match="a finite enumeration needs every caption to end"):
        enumerate_captions(np.array([1.0]), lambda z, caption: {"a": 0.5, END: 0.5}, longest=3)
