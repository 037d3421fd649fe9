from collections.abc import Callable

import pytest

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_infonce_is_irm_is_refuted_by_two_bits(check: Check) -> None:
    evidence = check("irm.infonce_is_irm")
    assert evidence.missed() == ["gap", "calibration_deviation", "test_accuracy"]


def test_two_bit_counterexample(check: Check) -> None:
    evidence = check("irm.two_bit_counterexample")
    assert sum(evidence.series["feasible"]) == 3
    assert len(evidence.series["risk"]) == 15
    assert min(evidence.series["risk"]) == pytest.approx(evidence.measured["v_erm"], abs=1e-12)


def test_two_bit_counterexample_needs_label_noise(check: Check) -> None:
    check("irm.two_bit_counterexample.no_label_noise")


def test_infonce_is_irm_iff_calibrated(check: Check) -> None:
    evidence = check("irm.infonce_is_irm_iff_calibrated")
    assert evidence.measured["models"] >= 400
    families = evidence.series["families"].values()
    assert sum(row["models"] for row in families) == evidence.measured["models"]
    assert sum(row["calibrated"] for row in families) == evidence.measured["calibrated_models"]


def test_infonce_is_irm_iff_calibrated_needs_more_than_a_scalar_classifier(check: Check) -> None:
    check("irm.infonce_is_irm_iff_calibrated.scalar_classifier")


def test_price_is_lost_information(check: Check) -> None:
    check("irm.price_is_lost_information")


def test_price_is_lost_information_needs_the_cross_entropy(check: Check) -> None:
    check("irm.price_is_lost_information.zero_one_loss")
