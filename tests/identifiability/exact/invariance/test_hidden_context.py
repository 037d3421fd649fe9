"""Codes that hide the context: same loss, same predictor, and the part of the code that the loss does see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from identifiability.exact.infonce import infonce_limit, infonce_loss, population_optimum
from identifiability.exact.invariance.hidden_context import (
    Codes,
    context_dependence,
    factored_optimum,
    hide_context,
    probe_accuracy,
    seen_part,
)
from identifiability.exact.random_laws import random_law

CLASSES, CONTEXTS = np.divmod(np.arange(6), 2)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20)
def test_hidden_context_changes_neither_loss_nor_predictor(seed: int) -> None:
    rng = np.random.default_rng(seed)
    joint = random_law(6, 4, rng=rng)
    plain = factored_optimum(joint)
    assert np.allclose(plain.image @ plain.text.T, population_optimum(joint), atol=1e-12)
    hidden = hide_context(plain, CONTEXTS, rng=rng)
    before, after = plain.image @ plain.text.T, hidden.image @ hidden.text.T
    assert np.allclose(softmax(before, axis=1), softmax(after, axis=1), atol=1e-12)
    assert infonce_limit(joint, after) == pytest.approx(infonce_limit(joint, before), abs=1e-12)
    assert infonce_loss(joint, after, 3) == pytest.approx(infonce_loss(joint, before, 3), abs=1e-12)
    assert probe_accuracy(hidden.image, CONTEXTS, joint.sum(axis=1)) == pytest.approx(1.0)
    assert context_dependence(hidden.image, CLASSES) > 1.0  # indicators differ by sqrt 2


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20)
def test_the_seen_part_decides_differences_of_scores_and_nothing_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = Codes(rng.standard_normal((5, 6)), rng.standard_normal((3, 6)))
    seen = Codes(seen_part(codes), codes.text)
    differences = codes.text - codes.text.mean(axis=0)
    assert np.allclose(seen.image @ differences.T, codes.image @ differences.T)
    assert np.allclose(seen_part(seen), seen.image)
    assert np.linalg.matrix_rank(seen.image, tol=1e-8) <= 2
    off = codes.image - seen.image
    assert np.allclose(off @ differences.T, 0)


def test_probe_and_dependence_on_known_codes() -> None:
    law = np.array([0.1, 0.2, 0.1, 0.2, 0.1, 0.3])
    assert probe_accuracy(np.zeros((6, 2)), CONTEXTS, law) == pytest.approx(0.7)  # context 1 is the commonest
    assert probe_accuracy(np.zeros((6, 2)), CONTEXTS, np.full(6, 1 / 6)) == pytest.approx(0.5)  # ties count one half
    assert probe_accuracy(CONTEXTS[:, None] * 0.1, CONTEXTS, law) == pytest.approx(1.0)
    assert context_dependence(CLASSES[:, None] * 1.0, CLASSES) == 0
    assert context_dependence(CONTEXTS[:, None] * 3.0, CLASSES) == 3


def test_pairs_that_never_occur_have_no_codes() -> None:
    with pytest.raises(ValueError, match=r"image and text \(0, 1\) never occur together"):
        factored_optimum(np.eye(2) / 2)
