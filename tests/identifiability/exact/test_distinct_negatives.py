"""InfoNCE whose negatives differ from the positive, against the sum over ordered batches."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact import population_optimum, random_law
from identifiability.exact.distinct_negatives import best_distinct_negatives, distinct_negatives_loss

SEEDS = st.integers(0, 2**32 - 1)


def by_definition(joint: np.ndarray, critic: np.ndarray, k: int) -> float:
    """InfoNCE over all ordered batches: the positive first, then negatives from p(t) without it."""
    loss, text = 0.0, joint.sum(axis=0)
    for x, t in itertools.product(*map(range, joint.shape)):
        rest = [other for other in range(len(text)) if other != t]
        for others in itertools.product(rest, repeat=k - 1):
            scores = critic[x, [t, *others]]
            probability = joint[x, t] * np.prod(text[list(others)] / (1 - text[t]))
            loss += probability * (np.log(np.exp(scores).sum()) - scores[0])
    return loss


@settings(max_examples=15)
@given(SEEDS, st.integers(2, 4))
def test_loss_equals_the_sum_over_ordered_batches(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    joint, critic = random_law(2, 3, rng=rng), 2 * rng.normal(size=(2, 3))
    value = distinct_negatives_loss(joint, critic, k)
    assert value.loss == pytest.approx(by_definition(joint, critic, k), abs=1e-12)
    assert value.divergence >= -1e-14
    step = 1e-6 * rng.normal(size=critic.shape)
    rise = [distinct_negatives_loss(joint, critic + sign * step, k).loss for sign in (1, -1)]
    assert rise[0] - rise[1] == pytest.approx(2 * (value.gradient * step).sum(), abs=1e-12)


@settings(max_examples=8)
@given(SEEDS)
def test_two_candidates_have_an_optimal_critic_and_more_have_none(seed: int) -> None:
    joint = random_law(3, 4, rng=np.random.default_rng(seed))
    optimum = population_optimum(joint) - np.log(1 - joint.sum(axis=0))
    assert distinct_negatives_loss(joint, optimum, 2).divergence == pytest.approx(0.0, abs=1e-13)
    best = best_distinct_negatives(joint, 3)
    assert np.abs(best.gradient).max() < 1e-7
    assert best.divergence > 0.01
    assert best.loss <= distinct_negatives_loss(joint, optimum, 3).loss + 1e-12


def test_with_two_texts_and_three_candidates_the_counts_tell_the_positive() -> None:
    """The text that is there once is the positive, so the posterior is certain and all of the loss is divergence."""
    joint = np.array([[0.4, 0.1], [0.1, 0.4]])
    for value in (distinct_negatives_loss(joint, np.zeros((2, 2)), 3), best_distinct_negatives(joint, 3)):
        assert value.divergence == pytest.approx(value.loss, abs=1e-12)
    assert distinct_negatives_loss(joint, np.zeros((2, 2)), 3).loss == pytest.approx(np.log(3), abs=1e-14)


def test_a_text_without_rivals_is_refused() -> None:
    with pytest.raises(ValueError, match=r"p\(t\) is \[1\.0\], expected probabilities in \(0, 1\)"):
        distinct_negatives_loss(np.array([[0.5], [0.5]]), np.zeros((2, 1)), 2)
