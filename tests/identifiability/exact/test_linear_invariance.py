"""Exact errors against samples, normal equations against least squares on data, known half-space probabilities."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from identifiability.exact.linear_invariance import (
    classification_error,
    common_margin,
    half_space_probability,
    least_squares,
    mean_squared_error,
)
from scm.streams import stream
from scm.unit_tests import MixtureTest, unit_test


def test_normal_equations_are_least_squares_on_the_data() -> None:
    rng = stream(0)
    x, y = rng.standard_normal((50, 3)), rng.standard_normal(50)
    rows = np.column_stack([np.ones(50), x, y])
    found = least_squares(rows.T @ rows / 50)
    expected, squares, _, _ = np.linalg.lstsq(rows[:, :-1], y, rcond=None)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert mean_squared_error(rows.T @ rows / 50, found) == pytest.approx(squares[0] / 50)
    both = np.stack([rows.T @ rows, rows.T @ rows + np.eye(5)])
    np.testing.assert_allclose(least_squares(both)[0], expected, atol=1e-12)


def test_dependent_inputs_are_refused() -> None:
    rows = np.ones((4, 3))
    with pytest.raises(ValueError, match="linearly dependent the least squares predictor is not unique"):
        least_squares(rows.T @ rows)


@pytest.mark.parametrize("example", ["2s", "3", "3s"])
def test_classification_error_is_that_of_samples(example: str, false_alarm: float) -> None:
    n, problem = 20_000, unit_test(example, rng=stream(1, example))
    assert isinstance(problem, MixtureTest)
    coefficients = stream(2).standard_normal(11)
    for shuffled, law in ((False, problem.mixture(1)), (True, problem.shuffled_mixture(1))):
        x, y = problem.sample(n, 1, shuffled=shuffled, rng=stream(3, example))
        wrong = int((((coefficients[0] + x @ coefficients[1:]) > 0) != y).sum())
        exact = float(classification_error(law, problem.scramble, coefficients))
        if shuffled:  # a permutation of one sample: pairs of rows depend a little, at most twice the variance
            assert abs(wrong / n - exact) < norm.isf(false_alarm) * np.sqrt(2 * exact * (1 - exact) / n)
        else:
            assert binom.ppf(false_alarm, n, exact) <= wrong <= binom.isf(false_alarm, n, exact)


def test_constant_predictors() -> None:
    problem = unit_test("2", rng=stream(4))
    assert isinstance(problem, MixtureTest)
    law = problem.mixture(2)  # cows (class 1) are 70 %
    constant = np.zeros((3, 11))
    constant[:, 0] = [-1.0, 0.0, 1.0]
    np.testing.assert_allclose(classification_error(law, problem.scramble, constant), [0.7, 0.7, 0.3])


def test_common_margin_of_known_shifts() -> None:
    assert common_margin(np.eye(3)) == pytest.approx(1.0)
    assert common_margin(np.array([[1.0, 0.0], [-1.0, 0.0]])) == pytest.approx(0.0, abs=1e-12)
    assert common_margin(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])) == pytest.approx(0.0, abs=1e-12)
    assert common_margin(np.array([[2.0, 0.0], [0.0, 3.0]])) == pytest.approx(2.0)


def test_half_space_probability() -> None:
    assert [half_space_probability(e, 5) for e in (1, 3, 5)] == [1.0, 1.0, 1.0]
    assert half_space_probability(10, 5) == 0.5
    assert half_space_probability(3, 2) == 0.75  # three points of a circle in one half
    assert half_space_probability(40, 5) < 1e-6
