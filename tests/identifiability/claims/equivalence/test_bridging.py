"""The claims about definition 4."""

from collections.abc import Callable

import pytest

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_the_stated_conditions_do_not_suffice(check: Check) -> None:
    measured = check("def4.sufficient").measured
    assert measured["stated_conditions_unmet"] == 0
    assert measured["accuracy_after_shift"] == pytest.approx(0.1)


def test_independent_labels_suffice(check: Check) -> None:
    check("def4.independent_labels")


def test_noisy_labels(check: Check) -> None:
    assert check("def4.independent_labels.noisy_labels").measured["gap"] == pytest.approx(0.207872, abs=5e-7)


def test_labels_of_each_environment(check: Check) -> None:
    check("def4.independent_labels.labels_of_each_environment")


def test_blurred_images(check: Check) -> None:
    check("def4.independent_labels.blurred_images")


def test_shared_class_word(check: Check) -> None:
    check("def4.independent_labels.shared_class_word")


def test_forgotten_context_words(check: Check) -> None:
    check("def4.independent_labels.forgotten_context_words")


def test_missing_pairs(check: Check) -> None:
    check("def4.independent_labels.missing_pairs")
