import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float
from scipy.special import entr, xlogy

from identifiability.exact.invariance.irm import Representations, irm_by_enumeration, representations
from identifiability.exact.invariance.models import CALIBRATED, UNRESTRICTED, bits_table, models
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw

SEEDS = st.integers(0, 2**32 - 1)
FAMILIES = {**UNRESTRICTED, **CALIBRATED}


def test_two_bit_problem_to_six_digits() -> None:
    solution = irm_by_enumeration(bits_table(0.25, np.array([0.9, 0.8])))
    assert round(solution.v_erm, 6) == 0.354463
    assert round(solution.v_irm, 6) == 0.562335
    assert round(solution.gap, 6) == 0.207872
    assert solution.v_irm == pytest.approx(entr([0.25, 0.75]).sum(), abs=1e-12)  # H_b(.25) of Phi = C
    assert solution.optima == ((0, 0, 1, 1),)
    assert (solution.feasible, solution.partitions) == (3, 15)


def _by_definition(joint: Float[np.ndarray, "e x y"], every: Representations) -> tuple[list[bool], list[float]]:
    """Feasibility and value from the bilevel problem itself: is one w the best classifier in every environment?"""
    feasible, value = [], []
    for labels in every.labels:
        tables = np.stack([joint[:, labels == h].sum(axis=1) for h in range(labels.max() + 1)], axis=1)
        pooled = tables.sum(axis=0)
        shared = pooled / pooled.sum(axis=1, keepdims=True)
        risks = -xlogy(tables, shared).sum(axis=(1, 2))  # of the only w that can be the best in all
        own = entr(tables).sum(axis=(1, 2)) - entr(tables.sum(axis=2)).sum(axis=1)
        feasible.append(bool((risks - own < 1e-12).all()))
        value.append(float(risks.sum()))
    return feasible, value


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(sorted(FAMILIES)))
def test_feasibility_is_that_of_the_bilevel_problem(seed: int, family: str) -> None:
    joint = FAMILIES[family](np.random.default_rng(seed))
    every = representations(joint)
    feasible, value = _by_definition(joint, every)
    assert every.feasible.tolist() == feasible
    np.testing.assert_allclose(every.risk, value, atol=1e-12)


@settings(max_examples=15)
@given(SEEDS, st.sampled_from(sorted(FAMILIES)))
def test_the_price_of_a_representation_is_the_information_it_loses(seed: int, family: str) -> None:
    joint = FAMILIES[family](np.random.default_rng(seed))
    every = representations(joint)
    for labels, risk, information in zip(every.labels, every.risk, every.information, strict=True):
        law = FiniteLaw(("x", "y"), joint.sum(axis=0)).pushforward("h", lambda x, a=labels: int(a[x]) + 1, "x")
        assert information == pytest.approx(law.conditional_mutual_information("x", "y", "h"), abs=1e-12)
        assert risk == pytest.approx(law.entropy("y", given="h"), abs=1e-12)


def test_gap_is_the_least_lost_information_of_the_feasible_ones() -> None:
    for _, joint in models(60, rng=np.random.default_rng(1)):
        solution, every = irm_by_enumeration(joint), representations(joint)
        if not every.feasible.any():
            assert (solution.v_irm, solution.gap, solution.optima) == (np.inf, np.inf, ())
            continue
        assert solution.gap == pytest.approx(solution.v_irm - solution.v_erm, abs=1e-12)
        chosen = every.feasible & (every.risk < every.risk[every.feasible].min() + 1e-12)
        assert {tuple(row) for row in every.labels[chosen].tolist()} == set(solution.optima)


def test_an_environment_without_the_value_imposes_nothing() -> None:
    # image 0 in the first environment only, image 2 in the second only, image 1 in both with one posterior
    joint = np.array([[[0.2, 0.05], [0.1, 0.1], [0.0, 0.0]], [[0.0, 0.0], [0.1, 0.1], [0.05, 0.3]]])
    every = representations(joint)
    feasible = {tuple(row): bool(f) for row, f in zip(every.labels.tolist(), every.feasible, strict=True)}
    assert feasible == {
        (0, 1, 2): True,
        (0, 0, 1): False,  # image 0 moves the posterior of the first environment only
        (0, 1, 1): False,
        (0, 1, 0): False,  # both occur, each where the other does not, with other posteriors
        (0, 0, 0): False,
    }
    assert irm_by_enumeration(joint).gap < 1e-15


def test_merging_images_of_disjoint_environments_with_one_posterior_is_feasible() -> None:
    joint = np.array([[[0.3, 0.1], [0.0, 0.0]], [[0.0, 0.0], [0.45, 0.15]]])
    assert irm_by_enumeration(joint).optima == ((0, 0), (0, 1))


def test_images_that_never_occur_are_left_out() -> None:
    joint = bits_table(0.25, np.array([0.9, 0.8]))
    padded = np.insert(joint, 2, 0.0, axis=1)
    solution = irm_by_enumeration(padded)
    assert solution._replace(optima=()) == irm_by_enumeration(joint)._replace(optima=())
    assert solution.optima == ((0, 0, -1, 1, 1),)


@settings(max_examples=20)
@given(SEEDS)
def test_names_of_images_classes_and_environments_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    joint = UNRESTRICTED["spurious bits"](rng)
    moved = joint[np.ix_(*(rng.permutation(n) for n in joint.shape))]
    assert irm_by_enumeration(moved)[:3] == pytest.approx(irm_by_enumeration(joint)[:3], abs=1e-12)


def test_one_environment_is_empirical_risk_minimisation() -> None:
    solution = irm_by_enumeration(random_law(1, 5, 2, rng=np.random.default_rng(0)))
    assert solution.feasible == solution.partitions == 52
    assert solution.gap < 1e-15


def test_class_frequencies_that_differ_everywhere_leave_no_solution() -> None:
    # the constant representation too asks that p_e(y) is the same in every environment
    solution = irm_by_enumeration(np.array([[[0.4, 0.1]], [[0.1, 0.4]]]))
    assert (solution.v_irm, solution.gap, solution.optima, solution.feasible) == (np.inf, np.inf, (), 0)


def test_a_table_that_is_no_law_is_refused() -> None:
    with pytest.raises(ValueError, match=r"sums to 2, expected 1"):
        irm_by_enumeration(np.full((2, 2, 2), 0.25))


def test_too_many_images_are_refused() -> None:
    with pytest.raises(ValueError, match="partitions of 11 elements, expected 0 to 10"):
        irm_by_enumeration(random_law(2, 11, 2, rng=np.random.default_rng(0)))
