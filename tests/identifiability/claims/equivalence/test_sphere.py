"""The claims about unit-length codes."""

from collections.abc import Callable

import pytest

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_sphere_invariance(check: Check) -> None:
    evidence = check("sphere.invariance")
    assert evidence.measured["critical_temperature"] == pytest.approx(0.404551, abs=5e-7)
    assert evidence.measured["bound_at_1.0"] == pytest.approx(-0.670303, abs=5e-7)


def test_sphere_invariance_needs_a_high_temperature(check: Check) -> None:
    evidence = check("sphere.invariance.low_temperature")  # of the last setting: the temperature of CLIP
    assert evidence.measured["log_critical_noise_of_1000_classes"] < -90


def test_sphere_invariance_needs_unit_length(check: Check) -> None:
    check("sphere.invariance.free_length")


def test_sphere_invariance_needs_dimensions(check: Check) -> None:
    check("sphere.invariance.too_few_dimensions")


def test_sphere_invariance_needs_balanced_classes(check: Check) -> None:
    check("sphere.invariance.unbalanced_classes")


def test_sphere_invariance_needs_uniform_mistakes(check: Check) -> None:
    check("sphere.invariance.mistaken_pairs")


def test_sphere_threshold(check: Check) -> None:
    series = check("sphere.threshold").series
    assert series["temperature"] == sorted(series["temperature"])
    assert {len(series[name]) for name in ("bound", "loss", "image_dependence", "predictor_dependence")} == {15}


def test_sphere_threshold_needs_noise(check: Check) -> None:
    check("sphere.threshold.noise_free")


def test_sphere_threshold_needs_a_spare_dimension(check: Check) -> None:
    check("sphere.threshold.one_dimension_less")
