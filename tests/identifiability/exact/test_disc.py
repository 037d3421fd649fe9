import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom, chi2

from identifiability.exact.disc import (
    disc_to_square,
    fold,
    handover,
    infinite_spiral_weights,
    moment_error,
    preimages,
    pushforward_density,
    sample,
    sheet_counts,
    spiral,
    symbolic_facts,
    weight,
)

HALF_TURN = st.floats(0.001, np.pi - 0.001)  # off the two seams, where rounding decides the number of sheets
POINTS = st.tuples(st.floats(0.05, 0.95), HALF_TURN, st.sampled_from([0.0, np.pi])).map(
    lambda polar: polar[0] * np.array([np.cos(polar[1] + polar[2]), np.sin(polar[1] + polar[2])])
)


def test_every_symbolic_fact_is_exactly_zero() -> None:
    assert set(symbolic_facts().defects().values()) == {0.0}


@settings(max_examples=50)
@given(POINTS)
def test_density_of_the_code_is_constant_although_half_of_the_disc_has_two_preimages(point: np.ndarray) -> None:
    assert pushforward_density(point) == pytest.approx(1 / np.pi, abs=1e-14)
    roots = preimages(point)
    np.testing.assert_allclose(spiral(roots), np.tile(point, (len(roots), 1)), atol=1e-14)
    assert len(roots) == (2 if np.arctan2(point[1], point[0]) % (2 * np.pi) < np.pi else 1)


def test_moments_of_the_code_are_those_of_the_uniform_law_of_the_disc() -> None:
    assert moment_error(6) < 1e-12


def test_weight_hands_over_smoothly_and_has_mass_a_quarter_on_the_second_sheet() -> None:
    mass, error = quad(lambda theta: weight(np.array([theta]))[0] / (2 * np.pi), 2 * np.pi, 3 * np.pi)
    assert mass == pytest.approx(0.25, abs=max(error, 1e-10))
    for seam in (np.pi, 2 * np.pi):  # flat to every order: differences vanish faster than any power of the step
        near = weight(seam + np.array([-0.02, 0.0, 0.02]))
        np.testing.assert_allclose(near, 1.0, atol=1e-12)
    u = np.linspace(0.01, 0.99, 99)
    np.testing.assert_allclose(handover(u) + handover(1 - u), 1.0, atol=1e-15)


def test_jacobians_of_the_two_maps_by_differences() -> None:
    z = np.array([[0.3, 0.5], [0.7, 4.0], [0.5, 7.5]])
    for function, points, expected in (
        (spiral, z, z[:, 0]),
        (disc_to_square, spiral(z), np.full(3, 1 / np.pi)),
    ):
        columns = [(function(points + h) - function(points - h)) / 2e-6 for h in 1e-6 * np.eye(2)]
        np.testing.assert_allclose(np.linalg.det(np.stack(columns, axis=-1)), expected, rtol=1e-7)


def test_samples_of_the_code_are_uniform_on_the_square_and_a_quarter_lie_on_the_second_sheet(
    false_alarm: float,
) -> None:
    n, side = 40_000, 8
    z = sample(n, rng=np.random.default_rng(0))
    code = disc_to_square(spiral(z))
    counts, *_ = np.histogram2d(*code.T, bins=side, range=[[0, 1], [0, 1]])
    assert counts.sum() == n
    expected = n / side**2
    assert ((counts - expected) ** 2 / expected).sum() < chi2.isf(false_alarm / 2, side**2 - 1)
    second = int((z[:, 1] > 2 * np.pi).sum())
    assert binom.isf(1 - false_alarm / 4, n, 0.25) <= second <= binom.isf(false_alarm / 4, n, 0.25)
    assert set(sheet_counts(spiral(z[:200]))) == {1, 2}


def test_a_strip_wound_for_ever_has_infinite_fibres_of_total_weight_one() -> None:
    for phi in (0.1, 1.0, 6.0):
        weights = infinite_spiral_weights(phi, 60)
        assert (weights > 0).all()
        assert weights.sum() == pytest.approx(1.0, abs=1e-14)
        np.testing.assert_allclose(weights[:5], infinite_spiral_weights(phi, 30)[:5], rtol=1e-12)


def test_fold_is_uniform_and_two_to_one_with_a_critical_point() -> None:
    z = np.linspace(-0.9, 0.9, 19)
    np.testing.assert_array_equal(fold(z), fold(-z))
    total, _ = quad(lambda t: np.exp(-1 / t**2), 0, 1)
    for point in (0.3, 0.6, 0.9):
        mass, _ = quad(lambda t: np.exp(-1 / t**2), 0, point)
        assert fold(np.array([point]))[0] == pytest.approx(mass / total, abs=1e-12)
    assert fold(np.array([0.0, 0.02])).max() < 1e-300
