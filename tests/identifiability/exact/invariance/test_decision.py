import dataclasses
import doctest
import inspect
from fractions import Fraction

import numpy as np
import pytest
from jaxtyping import Int
from scipy.stats import binom, chi2_contingency

from identifiability.exact.invariance import decision, merging
from identifiability.exact.invariance.calibration import calibration
from identifiability.exact.invariance.decision import is_irm_optimal
from identifiability.exact.invariance.irm import irm_by_enumeration
from identifiability.exact.invariance.partitions import set_partitions
from identifiability.exact.invariance.sampling import g_test
from scm import FiniteLaw

COLOURED = np.array([[[54, 6, 18, 2], [48, 12, 16, 4]], [[2, 18, 6, 54], [4, 16, 12, 48]]])
COVARIATE_SHIFT = (  # four predictions with far posteriors, as frequent in the two contexts as the second array says
    np.array([[6, 1, 1, 3], [1, 6, 1, 3], [1, 1, 6, 2]])[:, None] * np.array([[3, 1, 2, 2], [1, 3, 2, 1]])
)
BALANCED_POOL = np.array([[[54, 6, 18, 2], [6, 54, 2, 18]], [[2, 18, 6, 54], [18, 2, 54, 6]]])


def arbitrary_table(rng: np.random.Generator) -> Int[np.ndarray, "y e k"]:
    return rng.integers(1, 5, size=(2, int(rng.integers(2, 4)), int(rng.integers(2, 6))))


def same_posterior_in_every_context(rng: np.random.Generator) -> Int[np.ndarray, "y e k"]:
    return rng.integers(1, 6, size=(3, 1, 4)) * rng.integers(1, 6, size=(1, 2, 4))


def shifts_that_cancel(rng: np.random.Generator) -> Int[np.ndarray, "y e k"]:
    """Pairs of predictions: base + d_e on one and base - d_e on the other, the d_e summing to 0 over contexts."""
    base = rng.integers(3, 8, size=(2, 1, 2)) * np.ones((1, 3, 1), dtype=np.int64)
    shift = rng.integers(-1, 2, size=(3, 2))
    shift[2] = -shift[:2].sum(axis=0)
    shift = np.stack([shift, -shift])
    return np.concatenate([base + shift, base - shift], axis=2)


def deterministic_classes(rng: np.random.Generator) -> Int[np.ndarray, "y e k"]:
    labels = np.array([0, 1, *rng.integers(2, size=2)])
    return (labels == np.arange(2)[:, None])[:, None] * rng.integers(1, 9, size=(1, 3, 4))


def nearly(rng: np.random.Generator) -> Int[np.ndarray, "y e k"]:
    table = 1000 * shifts_that_cancel(rng)
    table[0, 0, 0] += 1
    return table


def by_plain_enumeration(counts: Int[np.ndarray, "y e k"]) -> bool:
    """V_IRM = V_ERM in rational numbers: some coarsening is feasible and keeps p(y | k)."""

    def law(column: Int[np.ndarray, " y"]) -> tuple[Fraction, ...]:
        return tuple(Fraction(int(n), int(column.sum())) for n in column)

    for labels in set_partitions(counts.shape[2]):
        blocks = [counts[:, :, np.array(labels) == h] for h in range(max(labels) + 1)]
        feasible = all(len({law(row) for row in block.sum(axis=2).T if row.sum()}) == 1 for block in blocks)
        if feasible and all(len({law(k) for k in block.sum(axis=1).T}) == 1 for block in blocks):
            return True
    return False


def test_two_hundred_tables_against_plain_enumeration() -> None:
    rng = np.random.default_rng(0)
    makers = (arbitrary_table, same_posterior_in_every_context, shifts_that_cancel, deterministic_classes, nearly)
    answers = []
    for index in range(200):
        counts = makers[index % len(makers)](rng)
        decided = is_irm_optimal(counts)
        assert decided.optimal is by_plain_enumeration(counts)
        answers.append(decided.optimal)
        joint = np.transpose(counts, (1, 2, 0)) / counts.sum()
        assert decided.calibration_cost == pytest.approx(calibration(joint).cost, abs=1e-12)
        assert decided.cost == pytest.approx(irm_by_enumeration(joint).gap, abs=1e-12)
    assert 120 <= sum(answers) <= 125  # three makers of five; an arbitrary table of small counts is rarely optimal


def test_docstring() -> None:
    found = doctest.testmod(decision)
    assert found.attempted >= 2
    assert not found.failed


def test_answer_price_and_violations_of_the_coloured_problem() -> None:
    decided = is_irm_optimal(COLOURED)
    assert not decided.optimal
    assert (round(decided.v_erm, 6), round(decided.v_irm or 0, 6), round(decided.cost, 6)) == (
        0.354463,
        0.562335,
        0.207872,
    )
    assert {(v.context, v.predictions) for v in decided.violations} == {(e, (k,)) for e in (0, 1) for k in range(4)}
    assert sum(v.cost for v in decided.violations) == pytest.approx(decided.calibration_cost, abs=1e-12)
    worst = decided.violations[0]
    assert worst.observed == pytest.approx((0.25, 0.75))
    assert worst.predicted == pytest.approx((18 / 52, 34 / 52))


def test_predictions_with_one_posterior_are_calibrated_together() -> None:
    assert is_irm_optimal(BALANCED_POOL).optimal
    moved = BALANCED_POOL.copy()
    moved[0, 0, 0] += 1
    decided = is_irm_optimal(moved)
    assert not decided.optimal
    # 0 and 1 now have posteriors of their own, and neither is calibrated by itself; 2 and 3 still cancel
    assert {violation.predictions for violation in decided.violations} == {(0,), (1,)}


@pytest.mark.parametrize("form", ["nested", "array", "unsigned", "floats", "objects"])
def test_any_form_of_whole_numbers_is_read(form: str) -> None:
    forms = {
        "nested": COLOURED.tolist(),
        "array": COLOURED.astype(np.int32),
        "unsigned": COLOURED.astype(np.uint8),
        "floats": COLOURED.astype(np.float64),
        "objects": COLOURED.astype(object),
    }
    assert is_irm_optimal(forms[form]) == is_irm_optimal(COLOURED)


def test_one_sample_in_1e30_is_seen() -> None:
    counts = [[[10**30, 10**30], [10**30, 10**30]], [[10**30, 1], [10**30, 1]]]
    assert is_irm_optimal(counts).optimal
    counts[0][0][0] += 1
    decided = is_irm_optimal(counts)
    assert not decided.optimal
    assert decided.calibration_cost < 1e-15


def test_predictions_that_nobody_made_change_nothing() -> None:
    padded = np.insert(COLOURED, 1, 0, axis=2)
    decided = is_irm_optimal(padded)
    assert decided.cost == is_irm_optimal(COLOURED).cost
    assert {k for v in decided.violations for k in v.predictions} == {0, 2, 3, 4}


def test_no_coarsening_is_invariant() -> None:
    decided = is_irm_optimal([[[30], [20]], [[10], [20]]])
    assert (decided.optimal, decided.v_irm, decided.cost) == (False, np.inf, np.inf)
    assert "no coarsening of the predictions is invariant" in str(decided)


@pytest.mark.parametrize("level", [None, 0.01])
def test_beyond_enumeration_the_price_is_the_calibration_cost(level: float | None) -> None:
    many = np.tile(COLOURED * 50, (1, 1, 3))
    decided = is_irm_optimal(many, level=level)
    assert not decided.optimal
    assert decided.v_irm is None
    assert decided.cost == decided.calibration_cost == pytest.approx(is_irm_optimal(COLOURED).calibration_cost)
    assert "more than 10 predictions: V_IRM was not enumerated" in str(decided)
    same = is_irm_optimal(np.tile(BALANCED_POOL, (1, 1, 3)))
    assert (same.optimal, same.cost, same.v_irm) == (True, 0.0, same.v_erm)


def drawn(counts: Int[np.ndarray, "y e k"], samples: int, rng: np.random.Generator) -> Int[np.ndarray, "y e k"]:
    return rng.multinomial(samples, counts.ravel() / counts.sum()).reshape(counts.shape)


@pytest.mark.parametrize(
    ("truth", "samples"), [("balanced pool", 4_000), ("balanced pool", 40_000), ("same posterior", 40_000)]
)
def test_sampled_counts_of_an_optimal_law_are_refused_at_the_level_asked_for(
    truth: str, samples: int, false_alarm: float
) -> None:
    rng = np.random.default_rng(1)
    law = BALANCED_POOL if truth == "balanced pool" else COVARIATE_SHIFT
    tables, level = 200, 0.4  # so high that refusing whenever one of two tests of a coarsening does would show
    refused = sum(not is_irm_optimal(drawn(law, samples, rng), level=level).optimal for _ in range(tables))
    assert refused <= binom.isf(false_alarm, tables, level)
    if truth == "same posterior":  # only the coarsening that merges nothing can be true: the level is used up
        assert refused >= binom.ppf(false_alarm, tables, level)


@pytest.mark.parametrize("samples", [4_000, 40_000])
def test_beyond_enumeration_too_an_optimal_law_is_refused_at_the_level_at_most(
    samples: int, false_alarm: float
) -> None:
    rng = np.random.default_rng(2)
    split, tables, level = np.tile(BALANCED_POOL, (1, 1, 3)), 60, 0.4
    answers = [is_irm_optimal(drawn(split, samples, rng), level=level).optimal for _ in range(tables)]
    assert answers.count(False) <= binom.isf(false_alarm, tables, level)
    assert answers.count(True) >= tables / 2  # and it is not that everything is undecided


def test_beyond_enumeration_too_a_spurious_law_is_refused() -> None:
    decided = is_irm_optimal(drawn(np.tile(COLOURED, (1, 1, 3)), 20_000, np.random.default_rng(0)), level=1e-6)
    assert decided.optimal is False
    assert "not IRM-optimal at level 1e-06: V_ERM = 0.35" in str(decided)


def test_too_many_mergings_leave_the_answer_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MAXIMUM_STEPS", 50)
    decided = is_irm_optimal(np.tile(COLOURED * 50, (1, 1, 3)), level=0.01)
    assert decided.optimal is None
    assert str(decided).startswith("undecided at level 0.01: V_ERM = 0.354463, calibration costs 0.0")
    assert "calibration at each prediction is rejected (G = " in str(decided)
    assert "the ways to merge them are too many to test" in str(decided)
    assert is_irm_optimal(np.tile(BALANCED_POOL * 50, (1, 1, 3)), level=0.01).optimal  # all merged: not rejected


def test_a_test_without_merging_would_refuse_the_balanced_pool() -> None:
    counts = drawn(BALANCED_POOL, 20_000, np.random.default_rng(0)).astype(np.float64)
    tables = np.transpose(counts, (2, 1, 0))
    assert g_test(tables)[0].sum() > 1_000  # every image violates covariate shift, and yet ERM is invariant


@pytest.mark.parametrize("seed", range(3))
def test_sampled_counts_of_a_spurious_law_are_refused(seed: int) -> None:
    counts = drawn(COLOURED, 20_000, np.random.default_rng(seed))
    assert not is_irm_optimal(counts).exact
    decided = is_irm_optimal(counts, level=1e-6)
    assert not decided.optimal
    assert decided.violations
    assert all(violation.p_value <= 1e-6 for violation in decided.violations)
    assert decided.v_irm == pytest.approx(0.562335, abs=0.03)  # of the coarsenings that are not rejected
    assert "beyond sampling noise" in str(decided)
    assert "not IRM-optimal at level 1e-06: " in str(decided)
    assert "of the coarsenings that are not rejected" in str(decided)


def test_few_samples_are_no_evidence_and_say_so() -> None:
    decided = is_irm_optimal(COLOURED, level=0.05)
    assert (decided.optimal, decided.exact, decided.violations) == (True, False, ())
    assert "IRM-optimal" not in str(decided)
    assert str(decided).startswith(
        "not rejected at level 0.05; on the table itself V_IRM - V_ERM = 0.562335 - 0.354463 = 0.207872 nats\n"
    )
    assert "that is no proof of it: a small table has little power" in str(decided)
    assert decided.v_irm_of_table == is_irm_optimal(COLOURED).v_irm
    assert "few samples: a cell expects 2.9" in str(decided)
    assert decided.test is not None
    assert decided.test.least_expected == pytest.approx(52 * 6 / 108)


def test_g_test_is_the_likelihood_ratio_of_scipy() -> None:
    table = np.random.default_rng(0).integers(1, 30, size=(3, 4)).astype(np.float64)
    reference = chi2_contingency(table, correction=False, lambda_="log-likelihood")
    statistic, freedom = g_test(np.stack([np.insert(table, place, 0.0, axis=0) for place in (0, 3)]))
    assert statistic == pytest.approx([reference.statistic] * 2, rel=1e-12)
    assert freedom.tolist() == [reference.dof] * 2  # a level that does not occur is no degree of freedom


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ([[1, 2], [3, 4]], r"shape \(2, 2\); expected counts\[class, context, prediction\]"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], "the counts are ragged"),
        (np.zeros((2, 2, 0)), r"shape \(2, 2, 0\)"),
        (COLOURED - 3, r"counts\[0, 0, 3\] is -1, expected a whole number >= 0"),
        (COLOURED / 320, r"counts\[0, 0, 0\] is 0\.16875, .* pass counts and not frequencies"),
        (np.where(COLOURED == 6, np.nan, COLOURED), r"counts\[0, 0, 1\] is nan, expected a whole number"),
        (np.where(COLOURED == 6, np.inf, COLOURED), r"counts\[0, 0, 1\] is .*inf.*, expected a whole number"),
        (COLOURED > 10, r"counts\[0, 0, 0\] is .*True.*, expected a whole number"),
        (COLOURED.astype(str), r"counts\[0, 0, 0\] is .*54.*, expected a whole number"),
        (COLOURED[:, :1], "a single context .* expected two at least: within one context every predictor"),
        (COLOURED * np.array([1, 0])[:, None, None], "class 1 has no sample"),
        (COLOURED * np.array([1, 0])[:, None], "context 1 has no sample"),
        (
            COLOURED * np.array([[1, 1], [0, 1]])[:, :, None],
            r"class 1 does not occur in context 0 \(counts\[1, 0\] is all zero; 1 such cells.*positivity",
        ),
    ],
)
def test_what_is_no_table_of_counts_is_refused(counts: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        is_irm_optimal(counts)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0.0, 1.0, float("nan"), "a", np.array([0.1, 0.2])])
def test_a_level_is_a_probability(level: object) -> None:
    with pytest.raises(ValueError, match=r"expected a probability in \(0, 1\): the rate of false alarms"):
        inspect.unwrap(is_irm_optimal)(COLOURED, level=level)  # the function as users without type checks call it


def test_a_law_is_no_table_of_counts() -> None:
    law = FiniteLaw(("class", "context", "prediction"), COLOURED / 320)
    text = r"a law of \['class', 'context', 'prediction'\]; expected counts\[class, context, prediction\].*irm_by_enum"
    with pytest.raises(ValueError, match=text):
        inspect.unwrap(is_irm_optimal)(law)  # type: ignore[arg-type]


def test_a_decision_is_its_answer() -> None:
    assert not is_irm_optimal(COLOURED)
    assert is_irm_optimal(BALANCED_POOL)
    undecided = dataclasses.replace(is_irm_optimal(COLOURED, level=0.05), optimal=None)
    with pytest.raises(ValueError, match=r"undecided at level 0.05, expected True or False of a truth value"):
        bool(undecided)


def test_no_entropy_is_written_as_less_than_zero() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        assert "-0.0" not in str(is_irm_optimal(deterministic_classes(rng)))


def test_many_violations_are_counted_and_not_listed() -> None:
    lines = str(is_irm_optimal(COLOURED)).splitlines()
    assert len(lines) == 4
    assert lines[-1] == "  and 6 more"
    assert all(len(line) < 120 for line in lines)
