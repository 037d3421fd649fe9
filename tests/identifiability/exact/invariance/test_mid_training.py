"""Equation 11 with tables of scores and with codes: where its minimum lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact.infonce import infonce_limit, population_optimum
from identifiability.exact.invariance.mid_training import MidTraining
from identifiability.exact.random_laws import random_law


def _both(joint: np.ndarray, critic: np.ndarray) -> float:
    return infonce_limit(joint, critic) + infonce_limit(joint.T, critic.T)


def _problem(rng: np.random.Generator, shared: tuple[tuple[int, int], ...] = ()) -> MidTraining:
    images = random_law(3, rng=rng)[:, None] * 0.7 + 0.1
    pruned = images * (0.1 + rng.random((3, 2)))
    full = images * (0.1 + rng.random((3, 4)))
    pruned *= images / pruned.sum(axis=1, keepdims=True)
    full *= images / full.sum(axis=1, keepdims=True)
    return MidTraining(pruned / images.sum(), full / images.sum(), shared)


@given(seed=st.integers(0, 10**6), weight=st.sampled_from([0.1, 1.0, 10.0]))
@settings(max_examples=4)
def test_strings_of_their_own_decouple(seed: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    problem = _problem(rng)
    critics = problem.tables(weight, rng=rng)
    for found, joint in ((critics.pruned, problem.pruned), (critics.full, problem.full)):
        best = population_optimum(joint)
        assert np.abs(found - best + best.mean()).max() < 1e-5
    value = _both(problem.pruned, critics.pruned) + weight * _both(problem.full, critics.full)
    assert critics.loss == pytest.approx(value, abs=1e-12)


def test_shared_strings_have_one_score_and_their_minimum_is_a_compromise() -> None:
    rng = np.random.default_rng(1)
    problem = _problem(rng, ((1, 2),))
    assert problem.strings.tolist() == [2, 3, 1, 4]
    found = [problem.tables(weight, rng=rng) for weight in (0.1, 10.0)]
    for critics, weight in zip(found, (0.1, 10.0), strict=True):
        difference = critics.pruned[:, 1] - critics.full[:, 2]
        assert np.ptp(difference) < 1e-12  # the same scores, up to the constants that centring took off
        for _ in range(20):
            step = 1e-2 * rng.standard_normal((3, 5))
            value = _both(problem.pruned, critics.pruned + step[:, :2])
            other = critics.full + step[:, problem.strings]
            assert value + weight * _both(problem.full, other) > critics.loss
    assert np.abs(found[0].pruned - found[1].pruned).max() > 0.05


def test_codes_of_enough_dimensions_reach_the_tables_and_fewer_do_not() -> None:
    rng = np.random.default_rng(2)
    problem = _problem(rng)
    table = problem.tables(1.0, rng=rng)
    wide = problem.codes(1.0, 3, starts=2, rng=rng)
    assert wide.loss == pytest.approx(table.loss, abs=1e-9)
    assert np.allclose(wide.pruned, table.pruned, atol=1e-4)
    narrow = problem.codes(1.0, 1, starts=3, rng=rng)
    assert narrow.loss > table.loss + 1e-4


def test_both_versions_show_the_same_images() -> None:
    with pytest.raises(ValueError, match="both batches show the same images"):
        MidTraining(np.full((2, 2), 0.25), np.array([[0.2, 0.2], [0.3, 0.3]]))
