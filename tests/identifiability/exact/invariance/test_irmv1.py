import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact.invariance.calibration import posterior
from identifiability.exact.invariance.irmv1 import (
    LARGEST_LABEL_NOISE,
    OddPredictor,
    accuracy,
    irmv1_penalty,
    sign_risk,
    sign_slope,
    zero_penalty_predictors,
)
from identifiability.exact.invariance.models import bits_table
from identifiability.exact.random_laws import random_law

SEEDS = st.integers(0, 2**32 - 1)
BITS = bits_table(0.25, np.array([0.9, 0.8]))


@settings(max_examples=20)
@given(SEEDS)
def test_penalty_is_the_squared_derivative_of_the_risk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    joint, scores = random_law(3, 4, 3, zeros=0.2, rng=rng), rng.standard_normal((4, 3))
    total = 0.0
    for table in joint:
        scale = torch.ones((), dtype=torch.float64, requires_grad=True)
        log_probability = torch.log_softmax(scale * torch.from_numpy(scores), dim=1)
        risk = -(torch.from_numpy(table / table.sum()) * log_probability).sum()
        total += float(torch.autograd.grad(risk, scale)[0]) ** 2
    assert irmv1_penalty(joint, scores) == pytest.approx(total, rel=1e-9, abs=1e-14)


def test_penalty_of_erm_and_of_the_invariant_predictor() -> None:
    assert irmv1_penalty(BITS, np.log(posterior(BITS))) == pytest.approx(6.7e-3, abs=5e-5)
    assert irmv1_penalty(BITS, np.log(np.repeat([[0.75, 0.25], [0.25, 0.75]], 2, axis=0))) < 1e-30


def test_penalty_counts_environments_once_and_ignores_offsets() -> None:
    scores = np.log(posterior(BITS))
    penalty = irmv1_penalty(BITS, scores)
    tilted = BITS * np.array([0.2, 1.8])[:, None, None]  # other weights, the same laws
    assert irmv1_penalty(tilted, scores) == pytest.approx(penalty, rel=1e-12)
    assert irmv1_penalty(BITS, scores + np.arange(4.0)[:, None]) == pytest.approx(penalty, rel=1e-9)
    assert irmv1_penalty(np.insert(BITS, 1, 0.0, axis=0), scores) == penalty  # an environment that never occurs


def test_penalty_with_classes_of_probability_zero() -> None:
    joint = np.array([[[0.3, 0.2, 0.0], [0.0, 0.0, 0.5]]])
    scores = np.array([[0.2, 0.5, -np.inf], [-np.inf, -np.inf, 0.0]])
    assert irmv1_penalty(joint, scores) == pytest.approx(irmv1_penalty(joint, np.maximum(scores, -800.0)), rel=1e-12)
    assert irmv1_penalty(joint, np.roll(scores, 1, axis=1)) == np.inf


def test_penalty_refuses_scores_without_a_softmax() -> None:
    with pytest.raises(ValueError, match=r"the score at \(1, 0\) is nan, expected a number or -inf"):
        irmv1_penalty(BITS, np.array([[0.0, 0.0], [np.nan, 0.0], [0.0, 0.0], [0.0, 0.0]]))


def test_accuracy_shares_ties() -> None:
    joint = np.array([[0.5, 0.1, 0.1], [0.05, 0.05, 0.2]])
    assert accuracy(joint, np.zeros((2, 3))) == pytest.approx(1 / 3)
    assert accuracy(joint, np.array([[1.0, 1.0 + 1e-15, 0.0], [0.0, 0.0, 2.0]])) == pytest.approx(0.3 + 0.2)
    assert accuracy(joint, np.array([[-np.inf, 0.0, -np.inf], [-np.inf] * 3])) == pytest.approx(0.1 + 0.1)
    assert accuracy(joint, np.array([[np.inf, 0.0, 0.0], [0.0, 1.0, 0.0]])) == pytest.approx(0.55)


def test_accuracy_refuses_scores_that_rank_nothing() -> None:
    with pytest.raises(ValueError, match=r"the score at \(0, 1\) is nan; it ranks no class"):
        accuracy(np.full((1, 2), 0.5), np.array([[0.0, np.nan]]))


def test_accuracy_of_erm_in_training_and_test() -> None:
    scores = np.log(posterior(BITS))
    assert accuracy(BITS.sum(axis=0), scores) == pytest.approx(0.85, abs=1e-12)
    assert accuracy(bits_table(0.25, np.array([0.1]))[0], scores) == pytest.approx(0.1, abs=1e-12)


def test_non_invariant_root_has_zero_slope_in_all_environments_and_these_risks() -> None:
    root = zero_penalty_predictors(0.1)[2]
    assert root == pytest.approx((0.9557, 0.2943), abs=5e-5)
    assert max(abs(sign_slope(root, 0.1, beta)) for beta in np.linspace(0, 1, 11)) < 1e-12
    assert [sign_risk(root, 0.1, beta) for beta in (0.1, 0.2, 0.9)] == pytest.approx([0.1177, 0.1508, 0.3823], abs=5e-5)
    assert sign_risk(OddPredictor(0.8, 0.8), 0.1, 0.3) == pytest.approx(0.18, abs=1e-12)


@settings(max_examples=20)
@given(st.floats(0.0, 0.49), st.floats(0.0, 1.0), st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_slope_is_the_derivative_of_the_risk(alpha: float, beta: float, agree: float, differ: float) -> None:
    f, step = OddPredictor(agree, differ), 1e-3  # the risk is quadratic in the scale: the central difference is exact
    difference = sign_risk(f, alpha, beta, scale=1 + step) - sign_risk(f, alpha, beta, scale=1 - step)
    assert sign_slope(f, alpha, beta) == pytest.approx(difference / (2 * step), abs=1e-9)


@pytest.mark.parametrize("alpha", [sympy.Rational(1, 10), sympy.Rational(7, 50), sympy.Rational(1, 5)])
def test_zero_penalty_predictors_are_all_real_solutions(alpha: sympy.Rational) -> None:
    a, b, beta = sympy.symbols("a b beta", real=True)
    mean_square = (1 - alpha) * ((1 - beta) * a**2 + beta * b**2) + alpha * (beta * a**2 + (1 - beta) * b**2)
    mean_product = (1 - alpha) * ((1 - beta) * a + beta * b) - alpha * (beta * a + (1 - beta) * b)
    slope = sympy.Poly(sympy.expand(mean_square - mean_product), beta)
    solutions = {tuple(map(float, s)) for s in sympy.solve(slope.all_coeffs(), [a, b]) if all(x.is_real for x in s)}
    found = zero_penalty_predictors(float(alpha))
    assert len(solutions) == len(found)
    assert sorted(solutions) == [pytest.approx(tuple(f), abs=1e-12) for f in sorted(found)]


def test_threshold_from_both_sides() -> None:
    assert pytest.approx(0.1464466, abs=5e-8) == LARGEST_LABEL_NOISE
    below, above = (zero_penalty_predictors(LARGEST_LABEL_NOISE + shift) for shift in (-1e-6, 1e-6))
    assert [len(below), len(above)] == [4, 2]
    assert max(abs(sign_slope(f, LARGEST_LABEL_NOISE - 1e-6, beta)) for f in below for beta in (0.0, 0.3, 1.0)) < 1e-12


@pytest.mark.parametrize("alpha", [-0.1, 0.5, float("nan")])
def test_label_noise_outside_its_range_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match=r"expected it in \[0, 1/2\)"):
        zero_penalty_predictors(alpha)
