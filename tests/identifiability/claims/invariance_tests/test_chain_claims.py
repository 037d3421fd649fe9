"""Verdicts of the claims on the chain of Arjovsky et al. 2019."""

from collections.abc import Callable

import pytest

from identifiability.claims.claim import Claim, Context, Evidence
from identifiability.claims.invariance_tests import chain


def test_least_squares_has_the_published_errors(check: Callable[[str], Evidence]) -> None:
    evidence = check("chain.erm")
    assert evidence.series["reported"] is None  # the last case is scrambled
    assert evidence.series["runs"] == 50


def test_wrong_coefficients_miss_the_bar(declared: dict[str, Claim]) -> None:
    """IRM stopped at once keeps the coefficients of its start, which lean on the effects."""
    claim = declared["chain.irm"]
    setting = {**claim.settings["quick"][0], "runs": 4, "steps": 2}
    evidence = claim.check(setting, 0, Context())
    assert evidence.missed() == ["effects_over_erm"]
    assert evidence.series["errors"][1] > 0.5


def test_irm_and_least_squares_on_the_same_environments(declared: dict[str, Claim]) -> None:
    """Two steps from the identity: the coefficients of the effects are still above those of least squares."""
    claim = declared["chain.irm_below_erm"]
    evidence = claim.check({**claim.settings["quick"][0], "runs": 3, "steps": 2}, 0, Context())
    assert evidence.measured["irm"] > 0.5 > evidence.measured["erm"] > 0.35
    assert evidence.measured["saved_by_irm"] == pytest.approx(evidence.measured["erm"] - evidence.measured["irm"])
    assert claim.verdict(evidence) == "refuted"


def test_figures_of_another_case_miss_the_bar(declared: dict[str, Claim], monkeypatch: pytest.MonkeyPatch) -> None:
    """The confounded case against the figures of the unconfounded one."""
    claim = declared["chain.erm"]
    setting = {**claim.settings["quick"][0], "runs": 200, "hidden": True}
    assert claim.check(setting, 0, Context()).missed() == []
    monkeypatch.setattr(chain, "CHAIN", {**chain.CHAIN, (False, True): chain.CHAIN[False, False]})
    assert claim.check(setting, 0, Context()).missed() == ["causes_from_reported", "effects_from_reported"]
