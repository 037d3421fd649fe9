"""Verdicts of the claims on the unit tests, and what their rows say."""

from collections.abc import Callable

import numpy as np
import pytest

from identifiability.claims.claim import Claim, Context, Evidence
from identifiability.claims.invariance_tests.reported import UNIT_TESTS, squared_error_tolerance
from identifiability.claims.invariance_tests.unit_tests import oracle_errors
from identifiability.learning.linear_invariance.draws import METHODS
from identifiability.learning.linear_invariance.row import draw_problems

Check = Callable[[str], Evidence]


def test_example_1_optima_are_as_published(check: Check) -> None:
    evidence = check("unit_tests.example_1_optima")
    assert evidence.measured["oracle_from_noise"] < 1e-9


def test_no_shortcut_with_many_environments(check: Check) -> None:
    assert check("unit_tests.example_3_no_shortcut").measured["share_with_shortcut"] == 0


def test_shortcuts_with_few_environments(check: Check) -> None:
    assert check("unit_tests.example_3_no_shortcut.few_environments").measured["probability"] == 0.5


def test_oracle_is_the_best_linear_predictor(check: Check) -> None:
    evidence = check("unit_tests.oracle")
    assert evidence.series["solution"] == "normal equations"
    assert evidence.series["reported"] == 10.419


def test_oracle_without_shuffling_is_erm(check: Check) -> None:
    assert check("unit_tests.oracle.not_shuffled").measured["gap_to_oracle"] > 2


def test_erm_has_the_published_error(check: Check) -> None:
    evidence = check("unit_tests.erm")
    low, high = evidence.bar["error_from_reported"]
    assert low is not None
    assert high is not None
    assert abs(evidence.measured["error_from_reported"]) < high == -low < 2
    assert len(evidence.series["errors"]) == evidence.series["environments"] == 3


@pytest.mark.parametrize("method", ["IRMv1", "IGA", "ANDMask", "V-REx", "group DRO", "Oracle"])
def test_rows_of_trained_methods(method: str, declared: dict[str, Claim]) -> None:
    """A few steps of each: the row is complete, and no error lies below the oracle's."""
    claim = declared["unit_tests.irmv1"]
    size = {"data_seeds": 2, "draws": 2, "steps": 3, "stride": 1}
    for example in ("1s", "3"):
        if method == "Oracle" and example == "1s":
            continue
        setting = {"example": example, "environments": 3, "method": method, **size}
        evidence = claim.check(setting, 0, Context())
        series = evidence.series
        assert evidence.measured["gap_to_oracle"] >= -1e-9
        assert series["reported"] == UNIT_TESTS[example, 3].get(method)
        assert series["runs"] == 4
        assert np.mean(series["errors"]) == pytest.approx(evidence.measured["error"])
        assert np.mean(series["by_seed"]) == pytest.approx(evidence.measured["error"])
        assert "training laws" in series["selection"] or method == "Oracle"


def test_an_oracle_that_has_not_learnt_misses_its_bar(declared: dict[str, Claim]) -> None:
    claim = declared["unit_tests.oracle"]
    setting = {"example": "2", "environments": 3, "method": "Oracle", "data_seeds": 2, "draws": 1}
    evidence = claim.check({**setting, "steps": 3, "stride": 1}, 0, Context())
    assert "gap_to_oracle" in evidence.missed()


@pytest.mark.parametrize(("example", "other"), [("2", "3"), ("3s", "2s")])
def test_the_published_oracle_is_the_optimum_of_its_own_example(
    example: str, other: str, declared: dict[str, Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = declared["unit_tests.oracle"]
    setting = {"example": example, "environments": 3, "method": "Oracle", "data_seeds": 1, "draws": 1}
    own = claim.check({**setting, "steps": 1, "stride": 1}, 0, Context())
    assert "optimum_from_reported" not in own.missed()
    monkeypatch.setitem(UNIT_TESTS, (example, 3), UNIT_TESTS[other, 3])
    mistaken = claim.check({**setting, "steps": 1, "stride": 1}, 0, Context())
    assert "optimum_from_reported" in mistaken.missed()


def test_irmv1_beats_least_squares_where_no_risk_vanishes(check: Check) -> None:
    evidence = check("unit_tests.irmv1_with_three_environments.regression")
    assert evidence.measured["gain_least_data_set"] > 0
    assert evidence.measured["erm"] > evidence.measured["irmv1"] > evidence.floor["irmv1"]


@pytest.mark.parametrize("example", ["1", "1s", "2", "2s", "3", "3s"])
def test_oracle_errors(example: str) -> None:
    errors = oracle_errors(draw_problems(example, 3, 2, 0))
    expected = {"1": 5 * np.square([0.1, 1.5, 2.0]), "2": np.zeros(3), "3": np.full(3, 0.012674)}[example[0]]
    np.testing.assert_allclose(errors, np.stack([expected] * 2), atol=1e-6)


def test_every_method_has_rows_on_every_example(declared: dict[str, Claim]) -> None:
    rows = [
        (setting["example"], setting["environments"], setting["method"])
        for name, claim in declared.items()
        if name.startswith("unit_tests.") and claim.form != "violation"
        for setting in claim.settings["standard"]
        if "method" in setting
    ]
    assert len(rows) == len(set(rows))
    for method in METHODS:
        wanted = [(e, n) for e in ("2", "2s") for n in (3, 10)]
        if method != "token-balanced InfoNCE":
            wanted = [(e, n) for e in ("1", "1s", "2", "2s", "3", "3s") for n in (3, 10)]
        assert {(e, n) for e, n, own in rows if own == method} == set(wanted)


def test_contexts_of_one_class_are_refused(declared: dict[str, Claim]) -> None:
    claim = declared["unit_tests.balanced_infonce.one_class_contexts"]
    setting = {"example": "3", "environments": 3, "data_seeds": 2, "draws": 1, "steps": 10, "stride": 10}
    assert claim.verdict(claim.check(setting, 0, Context())) == "fails as predicted"
    balanced = claim.check({**setting, "example": "2"}, 0, Context())  # there positivity holds
    assert "refused_for_positivity" in balanced.missed()


def test_reaching_the_oracle_with_three_environments_would_miss_the_bar(declared: dict[str, Claim]) -> None:
    setting = {"environments": 3, "method": "IGA", "data_seeds": 1, "draws": 1, "steps": 3, "stride": 1}
    few = declared["unit_tests.iga"].check({**setting, "example": "3"}, 0, Context())
    assert few.bar["gap_to_oracle"] == (0.05, None)
    many = declared["unit_tests.iga"].check({**setting, "example": "3", "environments": 10}, 0, Context())
    assert many.bar["gap_to_oracle"][0] == -1e-9
    mask = {**setting, "method": "ANDMask"}
    plain = declared["unit_tests.and_mask"].check({**mask, "example": "3"}, 0, Context())
    assert plain.bar["gap_to_oracle"] == (-1e-9, None)
    scrambled = declared["unit_tests.and_mask"].check({**mask, "example": "3s"}, 0, Context())
    assert scrambled.bar["gap_to_oracle"] == (0.05, None)


def test_tolerance_of_a_reported_mean() -> None:
    """Four standard errors: of the data seeds here and there, and of the test examples there."""
    assert squared_error_tolerance(np.ones((100, 3))) == pytest.approx(4 * np.sqrt(2 / (3 * 10_000 * 50)))
    spread = np.repeat([[0.0], [2.0]], 50, axis=0) * np.ones(2)
    expected = 4 * np.sqrt(100 / 99 * (1 / 100 + 1 / 50) + 2 * 2 / (2 * 10_000 * 50))
    assert squared_error_tolerance(spread) == pytest.approx(expected)
