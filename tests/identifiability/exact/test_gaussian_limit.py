import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import chi, ncx2, norm

from identifiability.exact import (
    bias_constant,
    entropy_limit_gap,
    finite_k_loss,
    fluctuation_constant,
    infinite_k_limit,
    sampled_loss,
)
from identifiability.exact.gaussian_limit import mean_weight

SIZES = 2 ** np.arange(3, 13)


def slope(k: np.ndarray, value: np.ndarray) -> float:
    return float(np.polyfit(np.log(k), np.log(value), 1)[0])


def one_negative(n: int, temperature: float) -> tuple[float, float]:
    """E log(1 + w) and the root mean variance given x, by a rule over |x| and |x - y| with scipy's densities."""
    nodes, weight = np.polynomial.legendre.leggauss(120)
    radius, distance = 4.5 * (nodes + 1), 9 * (nodes + 1)
    density = ncx2.pdf(distance**2, n, radius[:, None] ** 2) * 2 * distance * 9 * weight
    log_sum = np.log1p(np.exp(-(distance**2) / temperature))
    mean, square = density @ log_sum, density @ log_sum**2
    outer = 4.5 * weight * chi.pdf(radius, n)
    return float(outer @ mean), float(np.sqrt(outer @ (square - mean**2)))


@pytest.mark.parametrize(("n", "temperature"), [(2, 1.0), (3, 2.0)])
def test_one_negative_agrees_with_a_direct_double_integral(n: int, temperature: float) -> None:
    loss = finite_k_loss(n, temperature, np.array([2]))
    mean, spread = one_negative(n, temperature)
    assert loss.bias[0] + np.log(2) + infinite_k_limit(n, temperature) == pytest.approx(mean, abs=1e-10)
    assert loss.fluctuation[0] == pytest.approx(spread, abs=1e-10)


@settings(max_examples=10)
@given(st.integers(2, 6), st.floats(0.3, 4.0))
def test_quadrature_has_converged_and_k_candidates_never_beat_the_limit(n: int, temperature: float) -> None:
    loss, finer = (finite_k_loss(n, temperature, SIZES[::3], nodes=nodes) for nodes in (64, 100))
    np.testing.assert_allclose(loss.bias, finer.bias, atol=1e-10)
    np.testing.assert_allclose(loss.fluctuation, finer.fluctuation, atol=1e-10)
    assert (np.diff(loss.bias) < 0).all()
    assert (loss.bias > 0).all()


def test_rates_in_k_at_dimension_three_and_temperature_two() -> None:
    loss = finite_k_loss(3, 2.0, SIZES)
    fitted = SIZES >= 64
    assert -1.1 <= slope(SIZES[fitted], loss.bias[fitted]) <= -0.9
    assert -0.6 <= slope(SIZES[fitted], loss.fluctuation[fitted]) <= -0.45
    assert abs(loss.bias[-1]) <= 0.002


@pytest.mark.parametrize(("n", "temperature"), [(1, 3.0), (3, 2.0), (2, 5.0)])
def test_constants_of_the_rates_are_those_of_the_delta_method(n: int, temperature: float) -> None:
    k = np.array([2**20, 2**23])
    loss = finite_k_loss(n, temperature, k, nodes=100)
    np.testing.assert_allclose(k * loss.bias, bias_constant(n, temperature), rtol=1e-4)
    np.testing.assert_allclose(np.sqrt(k) * loss.fluctuation, fluctuation_constant(n, temperature), rtol=1e-4)


def test_small_temperature_leaves_the_limit_out_of_reach() -> None:
    loss = finite_k_loss(5, 0.1, SIZES)
    assert slope(SIZES[3:], loss.bias[3:]) > -0.5
    assert 100 * SIZES[-1] < (1 + 2 / 0.1) ** 5


@settings(max_examples=6)
@given(st.integers(1, 5), st.floats(0.2, 5.0))
def test_mean_weight_and_limit_by_quadrature(n: int, temperature: float) -> None:
    r = 1.3
    direct = quad(lambda s: np.exp(-s / temperature) * ncx2.pdf(s, n, r * r), 0, 200, points=[0.1, 1, 5], limit=200)[0]
    assert mean_weight(n, temperature, np.array([r]))[0] == pytest.approx(direct, rel=1e-6)
    nodes, weight = np.polynomial.legendre.leggauss(80)
    radius = 5 * (nodes + 1)
    average = 5 * weight @ (chi.pdf(radius, n) * np.log(mean_weight(n, temperature, radius)))
    assert infinite_k_limit(n, temperature) == pytest.approx(average, abs=1e-9)


@pytest.mark.parametrize("k", [8, 512])
def test_sampled_loss_agrees_with_the_quadrature(k: int, false_alarm: float) -> None:
    exact = finite_k_loss(3, 2.0, np.array([k]))
    sampled = sampled_loss(3, 2.0, k, 2**18, rng=np.random.default_rng(0))
    assert abs(sampled.bias - exact.bias[0]) < 6 * sampled.standard_error
    assert sampled.standard_error < 0.05 * exact.bias[0]
    assert sampled.fluctuation == pytest.approx(exact.fluctuation[0], rel=0.03)


def test_entropy_limit_gap_is_of_second_order_and_diverges_with_noise() -> None:
    temperatures = np.array([1e-3, 1e-2])
    gap = np.array([entropy_limit_gap(3, tau) for tau in temperatures])
    assert slope(temperatures, -gap) == pytest.approx(2.0, abs=0.01)
    assert gap[0] / temperatures[0] ** 2 == pytest.approx(-3 / 16, rel=1e-3)
    kl = 1.5 * (np.log(1.005) + 1 / 1.005 - 1)
    assert gap[1] == pytest.approx(-kl, abs=1e-12)
    assert entropy_limit_gap(3, 1e-3, noise=1e-8) == pytest.approx(gap[0], abs=1e-10)
    assert entropy_limit_gap(3, 1e-3, noise=0.1) == pytest.approx(3 * 0.01 / 1e-3, rel=0.01)


def test_entropy_limit_gap_with_noise_by_direct_quadrature() -> None:
    temperature, noise = 0.5, 0.7
    nodes, weight = np.polynomial.legendre.leggauss(200)
    x, weight = 12 * nodes, 12 * weight
    spread = np.sqrt(1 + noise**2)
    image, text = norm.pdf(x), norm.pdf(x, scale=spread)
    kernel = np.exp(-((x[:, None] - x) ** 2) / temperature)
    partition = (weight * image) @ np.log(kernel @ (weight * text)) + (weight * text) @ np.log(
        kernel @ (weight * image)
    )
    loss = noise**2 / temperature + partition / 2  # E (f - g)^2 = noise^2
    entropy = np.log(2 * np.pi * np.e) / 2 + np.log(spread) / 2
    gap = loss - np.log(np.pi * temperature) / 2 + entropy
    assert entropy_limit_gap(1, temperature, noise=noise) == pytest.approx(gap, abs=1e-10)


def test_bad_input_is_refused_with_its_reason() -> None:
    with pytest.raises(ValueError, match="InfoNCE compares the positive with at least one negative"):
        finite_k_loss(3, 2.0, np.array([1, 8]))
    with pytest.raises(ValueError, match="expected tau > 0"):
        entropy_limit_gap(3, 0.0)
