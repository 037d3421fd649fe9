"""The chain of Arjovsky et al. 2019: sampled against closed-form moments; where the target's equation is invariant."""

import numpy as np
import pytest
from scipy.stats import norm

from scm.linear_sem import SCALES, ChainSEM
from scm.streams import stream

CASES = [(y, h, s) for y in (False, True) for h in (False, True) for s in (False, True)]


def draw(case: tuple[bool, bool, bool], dim: int = 10) -> ChainSEM:
    y, h, s = case
    return ChainSEM.draw(dim, heteroskedastic=y, hidden=h, scrambled=s, rng=stream(0, *map(int, case)))


@pytest.mark.parametrize("case", CASES)
def test_samples_have_the_stated_moments(case: tuple[bool, bool, bool], false_alarm: float) -> None:
    n, sem = 20_000, draw(case)
    for scale in SCALES:
        x, y = sem.sample(n, scale, rng=stream(1, str(scale)))
        v = np.column_stack([np.ones(n), x, y])
        products = v[:, :, None] * v[:, None, :]
        deviation = np.abs(products.mean(axis=0) - sem.moments(scale)) - 1e-9
        assert np.all(deviation <= norm.isf(false_alarm / 2 / (24 * 78)) * np.sqrt(products.var(axis=0) / n))


@pytest.mark.parametrize("case", CASES)
def test_the_labels_equation_is_invariant_unless_confounded(case: tuple[bool, bool, bool]) -> None:
    """Regression on the causes alone gives `solution` at every scale; with a hidden confounder it does not."""
    heteroskedastic, hidden, _ = case
    sem = draw(case)
    half = 5
    causes = sem.scramble.T[:, :half]  # inputs @ this = x
    residuals = []
    for scale in SCALES:
        moments = sem.moments(scale)
        gram, cross = causes.T @ moments[1:-1, 1:-1] @ causes, causes.T @ moments[1:-1, -1]
        coefficients = causes @ np.linalg.solve(gram, cross)
        distance = np.abs(coefficients - sem.solution).max()
        assert distance > 1e-3 if hidden else distance < 1e-12
        residuals.append(moments[-1, -1] - sem.solution @ moments[1:-1, -1])
    if not hidden:
        variances = np.square(SCALES) if heteroskedastic else np.ones(3)
        np.testing.assert_allclose(residuals, half * variances, rtol=1e-9)


def test_effect_noise_carries_the_scale_only_where_the_target_is_homoskedastic() -> None:
    for heteroskedastic in (False, True):
        sem = draw((heteroskedastic, False, False))
        for scale in SCALES:
            covariance = sem.moments(scale)[1:-1, 1:-1]
            x, z = covariance[0, 0], covariance[5, 5]
            y = x + (scale**2 if heteroskedastic else 1)
            assert x == pytest.approx(2 * scale**2)
            assert z == pytest.approx(y + (1 if heteroskedastic else scale**2))


def test_scramble_is_a_rotation() -> None:
    sem = draw((True, False, True))
    np.testing.assert_allclose(sem.scramble @ sem.scramble.T, np.eye(10), atol=1e-12)
    plain = ChainSEM(sem.heteroskedastic, sem.to_cause, sem.to_target, sem.to_effect, np.eye(10))
    x, y = sem.sample(20, 2.0, rng=stream(2))
    unturned, same = plain.sample(20, 2.0, rng=stream(2))
    np.testing.assert_allclose(x @ sem.scramble.T, unturned, atol=1e-12)
    np.testing.assert_array_equal(y, same)
    np.testing.assert_allclose(sem.scramble @ sem.solution, [1] * 5 + [0] * 5, atol=1e-12)


def test_impossible_models_are_refused() -> None:
    with pytest.raises(ValueError, match="dim=7, expected an even number"):
        ChainSEM.draw(7, rng=stream(3))
    with pytest.raises(ValueError, match=r"scale=0.0 of an environment, expected > 0"):
        draw((False, False, False)).sample(3, 0.0, rng=stream(4))
