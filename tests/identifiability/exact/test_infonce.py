import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact import (
    cross_entropy,
    finite_k_gap,
    infonce_limit,
    infonce_loss,
    noise_free_floor,
    population_optimum,
    random_law,
)
from scm import FiniteLaw

SEEDS = st.integers(0, 2**32 - 1)
ZEROS = st.sampled_from([0.0, 0.5])


def by_definition(joint: np.ndarray, critic: np.ndarray, k: int, negatives: np.ndarray) -> float:
    """InfoNCE over all ordered batches."""
    loss = 0.0
    for x, t in zip(*np.nonzero(joint), strict=True):
        for others in itertools.product(np.flatnonzero(negatives), repeat=k - 1):
            scores = critic[x, [t, *others]]
            loss += joint[x, t] * np.prod(negatives[list(others)]) * (np.log(np.exp(scores).sum()) - scores[0])
    return loss


@settings(max_examples=20)
@given(SEEDS, st.integers(1, 4), ZEROS)
def test_loss_equals_the_sum_over_ordered_batches(seed: int, k: int, zeros: float) -> None:
    rng = np.random.default_rng(seed)
    joint, critic = random_law(3, 3, zeros=zeros, rng=rng), rng.normal(size=(3, 3))
    assert infonce_loss(joint, critic, k) == pytest.approx(
        by_definition(joint, critic, k, joint.sum(axis=0)), abs=1e-12
    )
    other = random_law(3, rng=rng)
    expected = by_definition(joint, critic, k, other)
    assert infonce_loss(joint, critic, k, negatives=other) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 9), ZEROS, st.booleans())
def test_finite_k_gap_is_the_divergence_of_the_softmax_from_the_index_posterior(
    seed: int, k: int, zeros: float, other: bool
) -> None:
    rng = np.random.default_rng(seed)
    joint, critic = random_law(4, 3, zeros=zeros, rng=rng), 3 * rng.normal(size=(4, 3))
    negatives = random_law(3, rng=rng) if other else None
    optimum = population_optimum(joint, negatives=negatives)
    excess = infonce_loss(joint, critic, k, negatives=negatives) - infonce_loss(joint, optimum, k, negatives=negatives)
    gap = finite_k_gap(joint, critic, k, negatives=negatives)
    assert gap == pytest.approx(excess, abs=1e-12)
    assert gap >= -1e-14


@settings(max_examples=20)
@given(SEEDS, st.integers(2, 6), ZEROS)
def test_only_offsets_of_the_image_are_free(seed: int, k: int, zeros: float) -> None:
    rng = np.random.default_rng(seed)
    joint = random_law(4, 4, zeros=zeros, rng=rng)
    optimum = population_optimum(joint)
    assert abs(finite_k_gap(joint, optimum + rng.normal(size=(4, 1)), k)) < 1e-12
    for x in np.flatnonzero((joint > 0).sum(axis=1) > 1):  # one of several texts of an image: no offset
        changed = optimum.copy()
        changed[x, joint[x].argmax()] += 1.0
        assert finite_k_gap(joint, changed, k) > 1e-9


@settings(max_examples=30)
@given(SEEDS, ZEROS)
def test_limit_is_minus_information_plus_divergence_and_cross_entropy_minus_entropy(seed: int, zeros: float) -> None:
    rng = np.random.default_rng(seed)
    joint, critic = random_law(5, 4, zeros=zeros, rng=rng), rng.normal(size=(5, 4))
    law = FiniteLaw(("x", "t"), joint)
    assert infonce_limit(joint, population_optimum(joint)) == pytest.approx(
        -law.mutual_information("x", "t"), abs=1e-12
    )
    classifier = joint.sum(axis=0) * np.exp(critic)
    classifier /= classifier.sum(axis=1, keepdims=True)
    x, t = np.nonzero(joint)
    posterior = (joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300))[x, t]
    divergence = joint[x, t] @ np.log(posterior / classifier[x, t])
    assert infonce_limit(joint, critic) == pytest.approx(divergence - law.mutual_information("x", "t"), abs=1e-12)
    assert infonce_limit(joint, critic) == pytest.approx(cross_entropy(joint, critic) - law.entropy("t"), abs=1e-12)


def test_loss_without_log_k_tends_to_the_limit_like_one_over_k() -> None:
    rng = np.random.default_rng(0)
    joint, critic = random_law(4, 3, rng=rng), rng.normal(size=(4, 3))
    bias = [infonce_loss(joint, critic, k) - np.log(k) - infonce_limit(joint, critic) for k in (64, 128, 256)]
    slopes = np.diff(np.log(np.abs(bias))) / np.log(2)
    np.testing.assert_allclose(slopes, -1.0, atol=0.05)


@settings(max_examples=20)
@given(SEEDS, st.integers(1, 10))
def test_noise_free_floor_is_the_loss_at_the_optimum_and_bounds_finite_critics(seed: int, k: int) -> None:
    law = random_law(4, rng=np.random.default_rng(seed))
    joint = np.diag(law)
    floor = noise_free_floor(law, k)
    assert infonce_loss(joint, population_optimum(joint), k) == pytest.approx(floor, abs=1e-12)
    if k > 1:
        assert infonce_loss(joint, 6 * np.eye(4), k) > floor


def test_noise_free_floor_of_five_uniform_classes_among_eight() -> None:
    assert noise_free_floor(np.full(5, 0.2), 8) == pytest.approx(0.770348, abs=5e-7)


def test_a_pair_scored_minus_infinity_costs_infinity() -> None:
    joint = np.full((2, 2), 0.25)
    assert infonce_loss(joint, np.array([[0.0, -np.inf], [0.0, 0.0]]), 3) == np.inf


def test_bad_input_is_refused_with_its_reason() -> None:
    rng = np.random.default_rng(0)
    joint = random_law(2, 2, rng=rng)
    with pytest.raises(ValueError, match="never a negative can be scored"):
        population_optimum(joint, negatives=np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="use fewer candidates or a smaller alphabet"):
        infonce_loss(random_law(2, 20, rng=rng), rng.normal(size=(2, 20)), 30)
    with pytest.raises(ValueError, match="it is not a law"):
        infonce_limit(2 * joint, joint)
