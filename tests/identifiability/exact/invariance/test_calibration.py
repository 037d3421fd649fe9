import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax, xlogy

from identifiability.exact.infonce import population_optimum
from identifiability.exact.invariance.calibration import calibration, factors_through_feasible, posterior
from identifiability.exact.invariance.irm import irm_by_enumeration
from identifiability.exact.invariance.models import CALIBRATED, UNRESTRICTED, bits_table, models
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw

SEEDS = st.integers(0, 2**32 - 1)
FAMILIES = {**UNRESTRICTED, **CALIBRATED}
BITS = bits_table(0.25, np.array([0.9, 0.8]))


def test_posterior_of_the_two_bit_problem() -> None:
    np.testing.assert_allclose(posterior(BITS)[:, 1], [0.0556, 0.6538, 0.3462, 0.9444], atol=5e-5)


@settings(max_examples=20)
@given(SEEDS)
def test_posterior_is_infonce_of_class_names_with_the_prior_put_back(seed: int) -> None:
    joint = random_law(2, 4, 3, zeros=0.2, rng=np.random.default_rng(seed))
    pooled = joint.sum(axis=0)
    occurs, named = pooled.any(axis=1), pooled.any(axis=0)
    seen = pooled[np.ix_(occurs, named)]
    critic = population_optimum(seen) + np.log(seen.sum(axis=0))
    np.testing.assert_allclose(posterior(joint)[np.ix_(occurs, named)], softmax(critic, axis=1), atol=1e-12)


@settings(max_examples=60)
@given(SEEDS, st.sampled_from(sorted(FAMILIES)))
def test_three_ways_to_say_that_erm_is_invariant(seed: int, family: str) -> None:
    joint = FAMILIES[family](np.random.default_rng(seed))
    solution = irm_by_enumeration(joint)
    holds = calibration(joint).holds
    assert holds == factors_through_feasible(joint) == (solution.v_irm - solution.v_erm < 1e-10)
    if family in CALIBRATED:
        assert holds


def test_the_families_hold_both_kinds() -> None:
    held = [calibration(joint).holds for _, joint in models(100, rng=np.random.default_rng(0))]
    assert 60 <= sum(held) <= 70


@settings(max_examples=30)
@given(SEEDS, st.sampled_from(sorted(FAMILIES)))
def test_cost_is_what_recalibration_in_every_environment_saves(seed: int, family: str) -> None:
    joint = FAMILIES[family](np.random.default_rng(seed))
    rows = np.round(posterior(joint), 1) * 0.8 + 0.1
    rows /= rows.sum(axis=1, keepdims=True)
    groups = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
    tables = np.stack([joint[:, groups == g].sum(axis=1) for g in range(groups.max() + 1)])
    mass = tables.sum(axis=2, keepdims=True)
    own = np.divide(tables, mass, out=np.ones_like(tables), where=tables > 0)
    saved = xlogy(tables, own).sum() - xlogy(joint, rows).sum()
    assert calibration(joint, rows).cost == pytest.approx(saved, abs=1e-12)


@settings(max_examples=30)
@given(SEEDS, st.sampled_from(sorted(FAMILIES)))
def test_cost_of_the_posterior_is_the_information_left_in_the_environment(seed: int, family: str) -> None:
    joint = FAMILIES[family](np.random.default_rng(seed))
    rows = np.round(posterior(joint), 9)
    groups = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
    law = FiniteLaw(("e", "x", "y"), joint).pushforward("q", lambda x: int(groups[x]), "x")
    assert calibration(joint).cost == pytest.approx(law.conditional_mutual_information("y", "e", "q"), abs=1e-9)


def test_the_worst_violation_is_named() -> None:
    found = calibration(BITS)
    assert not found.holds
    assert found.environment in (0, 1)
    image = found.images[0]
    row = BITS[found.environment, image]
    assert found.observed == pytest.approx(row / row.sum())
    assert found.prediction == pytest.approx(posterior(BITS)[image])
    deviations = np.abs(BITS / BITS.sum(axis=2, keepdims=True) - posterior(BITS))
    assert found.deviation == pytest.approx(deviations.max())
    assert found.deviation == pytest.approx(np.abs(np.subtract(found.observed, found.prediction)).max())


def test_images_with_one_prediction_are_calibrated_together() -> None:
    # p_1(y = x) = .9 and p_2(y = x) = .1: no image is calibrated by itself, the prediction 1/2 is
    joint = np.array([[[0.225, 0.025], [0.025, 0.225]], [[0.025, 0.225], [0.225, 0.025]]])
    assert calibration(joint).holds
    assert not calibration(joint, np.array([[0.5, 0.5], [0.5 - 1e-3, 0.5 + 1e-3]])).holds


def test_a_predictor_must_match_frequencies_in_every_environment() -> None:
    by_content = np.repeat([[0.75, 0.25], [0.25, 0.75]], 2, axis=0)
    assert calibration(BITS, by_content).holds
    assert factors_through_feasible(BITS, by_content)
    blurred = np.repeat([[0.7, 0.3], [0.3, 0.7]], 2, axis=0)  # calibrated in no environment, the same in all
    assert not calibration(BITS, blurred).holds
    assert not factors_through_feasible(BITS, blurred)


def test_an_impossible_class_that_occurs_costs_infinitely_much() -> None:
    assert calibration(BITS, np.repeat([[1.0, 0.0], [0.0, 1.0]], 2, axis=0)).cost == np.inf


def test_images_that_never_occur_take_no_part() -> None:
    padded = np.insert(BITS, 0, 0.0, axis=1)
    assert calibration(padded).cost == pytest.approx(calibration(BITS).cost)
    assert calibration(padded, np.insert(posterior(BITS), 0, [0.1, 0.9], axis=0)).deviation == pytest.approx(
        calibration(BITS).deviation
    )


def test_rows_that_are_no_laws_are_refused() -> None:
    with pytest.raises(ValueError, match="expected laws of the class: calibration compares predicted probabilities"):
        calibration(BITS, np.full((4, 2), 0.4))
