"""Calibration by context: the error against a sum by hand; decisions right where they are known."""

from dataclasses import replace

import numpy as np
import pytest

from realscale.data.dataset import ImageTextSet
from realscale.evaluation.calibration import calibration_by_context, expected_calibration_error


def test_the_error_is_the_gap_of_each_bin() -> None:
    confidence = np.array([0.05, 0.5, 0.5, 0.95, 1.0])
    right = np.array([False, True, False, True, True])
    gaps = (0.05 + abs(1 - 1.0) + abs(2 - 1.95)) / 5
    assert expected_calibration_error(confidence, right) == pytest.approx(gaps)
    assert expected_calibration_error(np.full(8, 0.75), np.arange(8) < 6) == 0


def _many(images: ImageTextSet, times: int) -> ImageTextSet:
    rows = np.tile(np.arange(len(images)), times)
    return replace(images.take(rows), groups=np.arange(len(rows)))


def _cosines(images: ImageTextSet, right: np.ndarray) -> np.ndarray:
    """Logits log 7 for the named class against three others, so that its probability is .7."""
    named = np.where(right, images.classes, (images.classes + 1) % 4)
    return np.log(7.0) * (np.arange(4) == named[:, None]).astype(np.float64)


def test_one_calibration_for_all_contexts_is_not_rejected_and_two_are(images: ImageTextSet, false_alarm: float) -> None:
    many, rng = _many(images, 20), np.random.default_rng(0)
    same = calibration_by_context(many, _cosines(many, rng.random(len(many)) < 0.7), temperature=1.0)
    for name in ("right_given_confidence", "class_given_prediction"):
        assert same[name]["p_value"] > false_alarm
        assert same[name]["invariant"] == (same[name]["p_value"] > same[name]["level"])
    for entry in same["contexts"].values():
        assert entry["confidence"] == pytest.approx(0.7)
        assert entry["ece"] < 0.08
    assert same["fitted_temperature"] == pytest.approx(1, abs=0.15)
    rates = np.array([0.9, 0.5])[many.contexts]
    other = calibration_by_context(many, _cosines(many, rng.random(len(many)) < rates), temperature=1.0)
    assert other["right_given_confidence"]["invariant"] is False
    assert other["right_given_confidence"]["p_value"] < 1e-4
    assert other["class_given_prediction"]["invariant"] is False
    assert other["contexts"]["photo"]["ece"] > 0.12


def test_the_decision_does_not_see_the_half_that_fits_the_cells(images: ImageTextSet) -> None:
    many = _many(images, 4)
    found = calibration_by_context(many, _cosines(many, np.arange(len(many)) % 3 > 0), temperature=1.0)
    assert found["n"] == found["right_given_confidence"]["n"] == len(many) // 2


def test_an_undecidable_table_says_why(images: ImageTextSet) -> None:
    right = (images.contexts == 0) | (np.arange(len(images)) % 2 == 0)  # in the first context nothing is wrong
    found = calibration_by_context(images, _cosines(images, right), temperature=1.0)
    assert found["right_given_confidence"]["invariant"] is None
    assert "positivity" in found["right_given_confidence"]["why"]
    assert found["class_given_prediction"]["why"] is None


def test_many_classes_are_not_decided(images: ImageTextSet) -> None:
    many = _many(images, 1)
    spread = replace(many, classes=np.arange(80) % 20, class_names=tuple(map(str, range(20))))
    found = calibration_by_context(spread, np.eye(20)[spread.classes], temperature=1.0)
    assert "more than 10 classes" in found["class_given_prediction"]["why"]
