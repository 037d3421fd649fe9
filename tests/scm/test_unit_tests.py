"""The linear unit tests: samplers against closed-form moments, what the rotation hides, what shuffling cuts."""

import re

import numpy as np
import pytest
from scipy.stats import chi2, norm

from scm.streams import stream
from scm.unit_tests import EXAMPLES, CauseAndEffect, CowsAndCamels, MixtureTest, SmallMargin, unit_test

N = 20_000


def augmented(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(x)), x, y])


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("example", EXAMPLES)
def test_samples_have_the_stated_moments(example: str, shuffled: bool, false_alarm: float) -> None:
    problem = unit_test(example, 4, rng=stream(0, example))
    for environment in range(4):
        v = augmented(*problem.sample(N, environment, shuffled=shuffled, rng=stream(1, example, environment)))
        products = v[:, :, None] * v[:, None, :]
        stated = problem.moments(environment, shuffled=shuffled)
        error = np.sqrt(products.var(axis=0) / N)
        deviation = np.abs(products.mean(axis=0) - stated) - 1e-9
        # 4 environments x 12 settings x 78 distinct moments share the false-alarm rate; shuffling draws no new samples,
        # whose cross moments vary no more than those of independent ones
        assert np.all(deviation <= norm.isf(false_alarm / 2 / (48 * 78)) * error)


@pytest.mark.parametrize("example", EXAMPLES)
def test_scramble_is_a_rotation_which_its_transpose_undoes(example: str) -> None:
    problem = unit_test(example, rng=stream(2, example))
    np.testing.assert_allclose(problem.scramble @ problem.scramble.T, np.eye(10), atol=1e-12)
    assert np.array_equal(problem.scramble, np.eye(10)) == (not example.endswith("s"))
    latent, label = problem.latent(50, 1, rng=stream(3, example))
    x, y = problem.sample(50, 1, rng=stream(3, example))
    np.testing.assert_allclose(x @ problem.scramble.T, latent, atol=1e-12)
    np.testing.assert_array_equal(y, label)


@pytest.mark.parametrize("example", EXAMPLES)
def test_shuffling_keeps_each_block_and_cuts_them_apart(example: str) -> None:
    """Sampled: the same rows in another order. Population: block moments stay, cross moments factorise."""
    problem = unit_test(example, rng=stream(4, example))
    turn = problem.scramble.T
    x, y = problem.sample(200, 2, rng=stream(5, example))
    shuffled, labels = problem.sample(200, 2, shuffled=True, rng=stream(5, example))
    x, shuffled = x @ turn, shuffled @ turn
    np.testing.assert_array_equal(labels, y)
    np.testing.assert_allclose(shuffled[:, :5], x[:, :5], atol=1e-12)
    assert np.abs(shuffled[:, 5:] - x[:, 5:]).max() > 0.1
    np.testing.assert_allclose(np.sort(shuffled[:, 5:], axis=0), np.sort(x[:, 5:], axis=0), atol=1e-12)

    unturned = np.eye(12)
    unturned[1:-1, 1:-1] = problem.scramble
    before = unturned @ problem.moments(2) @ unturned.T
    after = unturned @ problem.moments(2, shuffled=True) @ unturned.T
    spurious, rest = np.arange(6, 11), np.array([0, 1, 2, 3, 4, 5, 11])
    for block in (spurious, rest):
        np.testing.assert_allclose(after[np.ix_(block, block)], before[np.ix_(block, block)], atol=1e-12)
    product = np.outer(before[rest, 0], before[0, spurious])
    np.testing.assert_allclose(after[np.ix_(rest, spurious)], product, atol=1e-12)
    assert np.abs(before[np.ix_(rest, spurious)] - product).max() > 1e-3


@pytest.mark.parametrize("example", ["2", "2s", "3", "3s"])
def test_shuffled_mixture_has_the_shuffled_moments(example: str) -> None:
    problem = unit_test(example, rng=stream(6, example))
    assert isinstance(problem, MixtureTest)
    weights, means, labels, noise = problem.shuffled_mixture(1)
    rows = augmented(means @ problem.scramble, labels)
    spread = np.zeros((12, 12))
    spread[1:-1, 1:-1] = problem.scramble.T @ np.diag(noise**2) @ problem.scramble
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_allclose((rows.T * weights) @ rows + spread, problem.moments(1, shuffled=True), atol=1e-12)


def test_example_1_regression_on_the_cause_holds_in_every_environment() -> None:
    """E[label | x] = x A 1 with residual variance n_inv s^2, whatever the environment; on z it varies."""
    problem = unit_test("1", 5, rng=stream(7, "1"))
    assert isinstance(problem, CauseAndEffect)
    assert problem.scales[:3].tolist() == [0.1, 1.5, 2.0]
    assert np.all((problem.scales[3:] >= 0.01) & (problem.scales[3:] <= 10))
    anticausal = []
    for environment, scale in enumerate(problem.scales):
        moments = problem.moments(environment)
        causes, effects = slice(1, 6), slice(6, 11)
        coefficients = np.linalg.solve(moments[causes, causes], moments[causes, -1])
        np.testing.assert_allclose(coefficients, problem.cause.sum(axis=1), atol=1e-12)
        assert moments[-1, -1] - coefficients @ moments[causes, -1] == pytest.approx(5 * scale**2)
        anticausal.append(np.linalg.solve(moments[effects, effects], moments[effects, -1]))
    assert np.ptp(anticausal, axis=0).max() > 0.1


def test_example_2_background_frequencies(false_alarm: float) -> None:
    problem = unit_test("2", 3, rng=stream(8, "2"))
    assert isinstance(problem, CowsAndCamels)
    for environment, (usual, cows) in enumerate([(0.95, 0.3), (0.97, 0.5), (0.99, 0.7)]):
        x, y = problem.sample(N, environment, rng=stream(9, environment))
        grass = x[:, 5:].mean(axis=1) > 0
        np.testing.assert_array_equal(y, x[:, :5].sum(axis=1) > 0)
        counts = np.array([[np.sum((y == a) & (grass == g)) for g in (1, 0)] for a in (1, 0)])
        expected = N * np.array([[usual * cows, (1 - usual) * cows], [(1 - usual) * (1 - cows), usual * (1 - cows)]])
        assert ((counts - expected) ** 2 / expected).sum() < chi2.isf(false_alarm / 3, 3)
        assert np.abs(x[:, :5]).max() < 0.03
        assert np.abs(x[:, 5:]).max() > 1


def test_example_3_classes_are_mirror_images() -> None:
    problem = unit_test("3", 6, rng=stream(10, "3"))
    assert isinstance(problem, SmallMargin)
    assert problem.shifts.shape == (6, 5)
    weights, means, labels, noise = problem.mixture(4)
    np.testing.assert_array_equal(means[0], -means[1])
    np.testing.assert_allclose(means[0, :5], 0.1)
    np.testing.assert_array_equal(means[0, 5:], problem.shifts[4])
    assert (weights.tolist(), labels.tolist(), set(noise)) == ([0.5, 0.5], [0.0, 1.0], {0.1})


def test_the_data_seed_decides_the_problem() -> None:
    first, again = (unit_test("1s", 10, rng=stream(11)) for _ in range(2))
    np.testing.assert_array_equal(first.moments(9), again.moments(9))
    assert np.abs(first.moments(9) - unit_test("1s", 10, rng=stream(12)).moments(9)).max() > 1e-3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"example": "4"}, "example '4', expected one of 1, 1s, 2, 2s, 3, 3s (s: scrambled)"),
        ({"example": "1", "environments": 1}, "one alone shows no change to be invariant to"),
        ({"example": "3", "n_spu": 0}, "at least one coordinate in each block"),
    ],
)
def test_impossible_problems_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        unit_test(**arguments, rng=stream(13))


def test_unknown_environment_is_refused() -> None:
    problem = unit_test("2", rng=stream(14))
    for act in (lambda: problem.sample(3, 3, rng=stream(15)), lambda: problem.moments(-1)):
        with pytest.raises(ValueError, match="drawn with 3 environments, numbered 0 to 2"):
            act()
