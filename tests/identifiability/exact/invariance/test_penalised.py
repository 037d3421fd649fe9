import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax

from identifiability.exact.invariance.irmv1 import irmv1_penalty
from identifiability.exact.invariance.penalised import continuation, minimise, penalised_risk, risks
from identifiability.exact.random_laws import random_law

SEEDS = st.integers(0, 2**32 - 1)
PENALTIES = st.sampled_from(["irmv1", "vrex"])


def problem(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return random_law(3, 4, 3, rng=rng), 2 * rng.normal(size=(4, 3))


@settings(max_examples=20)
@given(SEEDS)
def test_risks_are_cross_entropies_and_slopes_their_derivative_in_the_scale(seed: int) -> None:
    joint, scores = problem(seed)
    law = joint / joint.sum(axis=(1, 2), keepdims=True)

    def cross_entropies(w: float) -> np.ndarray:
        return -(law * log_softmax(w * scores, axis=1)).sum(axis=(1, 2))

    r, step = risks(joint, scores), 1e-5
    np.testing.assert_allclose(r.risk, cross_entropies(1.0), atol=1e-12)
    difference = (cross_entropies(1 + step) - cross_entropies(1 - step)) / (2 * step)
    np.testing.assert_allclose(r.slope, difference, atol=1e-8)
    assert (r.slope**2).sum() == pytest.approx(irmv1_penalty(joint, scores), abs=1e-12)


@settings(max_examples=20)
@given(SEEDS, PENALTIES, st.floats(0, 100))
def test_gradient_is_the_derivative(seed: int, penalty: str, strength: float) -> None:
    joint, scores = problem(seed)
    direction, step = np.random.default_rng(seed).normal(size=scores.shape), 1e-6
    ahead, behind = (penalised_risk(joint, scores + h * direction, strength, penalty)[0] for h in (step, -step))
    gradient = penalised_risk(joint, scores, strength, penalty)[1]
    assert (ahead - behind) / (2 * step) == pytest.approx((gradient * direction).sum(), abs=1e-6 * (1 + strength))


@settings(max_examples=20)
@given(SEEDS)
def test_penalties_are_those_of_their_papers(seed: int) -> None:
    joint, scores = problem(seed)
    weights, r = joint.sum(axis=(1, 2)), risks(joint, scores)
    pooled = float(weights @ r.risk)
    assert penalised_risk(joint, scores, 3.0, "vrex")[0] == pytest.approx(pooled + 3 * np.var(r.risk), abs=1e-12)
    expected = pooled + 3 * irmv1_penalty(joint, scores)
    assert penalised_risk(joint, scores, 3.0, "irmv1")[0] == pytest.approx(expected, abs=1e-12)


def test_without_penalty_the_minimum_is_the_pooled_posterior() -> None:
    joint, scores = problem(0)
    pooled = joint.sum(axis=0)
    found = minimise(joint, scores, 0.0, "irmv1")
    np.testing.assert_allclose(
        log_softmax(found.scores, axis=1), np.log(pooled / pooled.sum(axis=1, keepdims=True)), atol=1e-6
    )
    assert found.gradient < 1e-8


def test_path_starts_at_erm_and_takes_the_strengths_in_growing_order() -> None:
    joint, _ = problem(1)
    path = list(continuation(joint, [10.0, 0.0, 1.0], "vrex"))
    assert [strength for strength, _ in path] == [0.0, 1.0, 10.0]
    assert path[0][1].evaluations <= 3  # the pooled posterior is already the minimum without a penalty
    spread = [np.var(risks(joint, minimum.scores).risk) for _, minimum in path]
    assert spread[0] > spread[1] > spread[2]


def test_each_minimum_starts_at_the_one_before() -> None:
    joint, _ = problem(3)
    (_, first), (_, second) = continuation(joint, [1.0, 100.0], "irmv1")
    np.testing.assert_array_equal(second.scores, minimise(joint, first.scores, 100.0, "irmv1").scores)
    pooled = joint.sum(axis=0)
    erm = np.log(pooled / pooled.sum(axis=1, keepdims=True))
    assert not np.array_equal(second.scores, minimise(joint, erm, 100.0, "irmv1").scores)


def test_budget_of_evaluations_is_kept() -> None:
    joint, scores = problem(2)
    assert minimise(joint, scores, 1e4, "irmv1", evaluations=10).evaluations <= 12
    assert minimise(joint, scores, 1e4, "irmv1").evaluations > 12


def test_a_class_without_an_image_is_named() -> None:
    joint = np.array([[[0.25, 0.25], [0.5, 0.0]]])
    with pytest.raises(ValueError, match="class 1 never occurs with image 1"):
        next(continuation(joint, [1.0], "irmv1"))
