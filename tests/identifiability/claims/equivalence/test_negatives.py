"""Negatives from one index or one context."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_negatives_within_environment_index(check: Check) -> None:
    check("negatives.within_environment_index")


def test_negatives_within_environment_index_both_directions(check: Check) -> None:
    check("negatives.within_environment_index.both_directions")


def test_negatives_within_environment_index_different_class_laws(check: Check) -> None:
    check("negatives.within_environment_index.different_class_laws")


def test_negatives_index_criterion(check: Check) -> None:
    check("negatives.index_criterion")


def test_negatives_index_criterion_dependent_content(check: Check) -> None:
    check("negatives.index_criterion.dependent_content")


def test_negatives_within_context(check: Check) -> None:
    check("negatives.within_context")


def test_negatives_within_context_dependent_content(check: Check) -> None:
    check("negatives.within_context.dependent_content")


def test_negatives_within_context_missing_positivity(check: Check) -> None:
    check("negatives.within_context.missing_positivity")
