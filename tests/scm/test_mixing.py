"""Invertible mixings: exact inverses, conditioning, the shape of the activations, refused settings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scm.mixing import Mixing, smooth_leaky, smooth_leaky_inverse

KINDS = ("leaky", "smooth", "linear")


@given(
    kind=st.sampled_from(KINDS),
    dim=st.integers(1, 9),
    layers=st.integers(1, 4),
    slope=st.floats(0.1, 1.0),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60)
def test_inverse_undoes_the_mixing(kind: str, dim: int, layers: int, slope: float, seed: int) -> None:
    """Round trip in both directions to 1e-9 in float64, with the standardisation included."""
    rng = np.random.default_rng(seed)
    mixing = Mixing.draw(dim, layers=layers, kind=kind, slope=slope, condition_quantile=0.01, rng=rng)
    latents = 3 * rng.standard_normal((200, dim))
    mixing = mixing.standardised(latents)
    observations = mixing(latents)
    np.testing.assert_allclose(mixing.inverse(observations), latents, rtol=0, atol=1e-9)
    np.testing.assert_allclose(mixing(mixing.inverse(observations)), observations, rtol=0, atol=1e-9)
    np.testing.assert_allclose(observations.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(observations.std(axis=0), 1, atol=1e-12)


@given(slope=st.floats(0.01, 0.99), values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
@settings(max_examples=100)
def test_smooth_activation_and_its_newton_inverse(slope: float, values: list[float]) -> None:
    x = np.array(values)[:, None]
    y = smooth_leaky(x, slope)
    np.testing.assert_allclose(smooth_leaky_inverse(y, slope), x, rtol=1e-12 / slope, atol=1e-12 / slope)
    # Strictly increasing with derivative in (slope, 1): difference quotients lie in between, up to rounding.
    quotient = (smooth_leaky(x + 1, slope) - y) / 1
    rounding = 1e-15 * np.abs(x) + 1e-12
    assert np.all(quotient >= slope - rounding)
    assert np.all(quotient <= 1 + rounding)


def test_smooth_activation_has_the_stated_formula_and_refuses_what_has_no_preimage() -> None:
    x = np.linspace(-5, 5, 11)[:, None]
    np.testing.assert_allclose(smooth_leaky(x, 0.2), 0.2 * x + 0.8 * np.log(1 + np.exp(x)), rtol=1e-14)
    with pytest.raises(ValueError, match="not finite; it has no preimage"):
        smooth_leaky_inverse(np.array([[np.inf]]), 0.2)


def test_mixings_have_the_stated_formula() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((5, 3))
    activations = {
        "leaky": lambda u: np.where(u > 0, u, 0.3 * u),
        "smooth": lambda u: 0.3 * u + 0.7 * np.log(1 + np.exp(u)),
        "linear": lambda u: u,
    }
    for kind, activation in activations.items():
        mixing = Mixing.draw(3, layers=3, kind=kind, slope=0.3, condition_quantile=0.1, rng=rng)
        mixing = mixing.standardised(rng.standard_normal((50, 3)))
        w1, w2, w3 = mixing.weights
        expected = [(w3 @ activation(w2 @ activation(w1 @ row)) - mixing.shift) / mixing.scale for row in z]
        np.testing.assert_allclose(mixing(z), expected, atol=1e-12)


def test_weights_are_the_best_conditioned_of_their_draws_with_unit_columns() -> None:
    mixing = Mixing.draw(6, layers=3, condition_quantile=0.01, rng=np.random.default_rng(1))
    for weight, condition in zip(mixing.weights, mixing.condition_numbers, strict=True):
        np.testing.assert_allclose(np.linalg.norm(weight, axis=0), 1.0)
        assert condition == pytest.approx(np.linalg.cond(weight))
    # With one stream, the first layer's draws at a larger quantile are a subset of those at a smaller one.
    quantiles = (1.0, 0.1, 0.01, 0.001)
    reached = [
        Mixing.draw(6, layers=1, condition_quantile=q, rng=np.random.default_rng(2)).condition_numbers[0]
        for q in quantiles
    ]
    assert reached == sorted(reached, reverse=True)
    assert reached[-1] < reached[0] / 2


def test_condition_quantile_is_the_quantile_that_is_reached(false_alarm: float) -> None:
    """The quantile of the best of N = 10 draws among fresh draws follows Beta(1, N), with mean 1 / (N + 1)."""
    rng = np.random.default_rng(3)
    candidates = rng.uniform(-1, 1, size=(20_000, 2, 2))
    candidates /= np.linalg.norm(candidates, axis=1, keepdims=True)
    fresh = np.sort(np.linalg.cond(candidates))
    mixings = [Mixing.draw(2, layers=3, condition_quantile=0.1, rng=rng) for _ in range(100)]
    best = np.concatenate([mixing.condition_numbers for mixing in mixings])
    quantiles = np.searchsorted(fresh, best) / len(fresh)
    # The 20,000 fresh draws misplace a quantile by at most 0.02 (Dvoretzky-Kiefer-Wolfowitz at the false-alarm rate).
    distance = stats.kstest(quantiles, stats.beta(1, 10).cdf).statistic
    limit = stats.kstwo.isf(false_alarm / 2, len(best))
    assert np.sqrt(np.log(4 / false_alarm) / (2 * len(fresh))) < 0.02
    assert distance < limit + 10 * 0.02


def test_float32_mixing_stays_float32_and_close() -> None:
    rng = np.random.default_rng(4)
    z = rng.standard_normal((20, 5))
    for kind in KINDS:
        mixing = Mixing.draw(5, layers=3, kind=kind, rng=rng, condition_quantile=0.01).standardised(z)
        single = mixing(z.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, mixing(z), atol=1e-4)
        assert mixing.inverse(single).dtype == np.float32


def test_settings_that_do_not_fit_are_refused() -> None:
    rng = np.random.default_rng(5)
    for wrong, message in (
        ({"dim": 0}, r"dim >= 1 and layers >= 1, got dim=0"),
        ({"layers": 0}, r"layers=0"),
        ({"slope": 0.0}, r"slope=0.0 is outside \(0, 1\]; the activation would not be strictly increasing"),
        ({"condition_quantile": 0.0}, r"condition_quantile=0.0 is outside \(0, 1\]"),
    ):
        arguments = {"dim": 3, "layers": 2, "kind": "leaky", "slope": 0.2, "condition_quantile": 0.1} | wrong
        with pytest.raises(ValueError, match=message):
            Mixing.draw(arguments.pop("dim"), rng=rng, **arguments)
    mixing = Mixing.draw(3, layers=1, condition_quantile=1.0, rng=rng)
    for call in (mixing, mixing.inverse):
        with pytest.raises(ValueError, match=r"has 3 coordinates but got 4; an invertible mixing maps R\^d to R\^d"):
            call(np.zeros((2, 4)))
