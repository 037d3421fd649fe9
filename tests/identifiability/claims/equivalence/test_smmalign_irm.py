"""The claims about the representation that L_SMMAlign finds."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_alignment_is_irm(check: Check) -> None:
    check("smmalign.alignment_is_irm")


def test_alignment_is_irm_needs_labels_without_environment(check: Check) -> None:
    check("smmalign.alignment_is_irm.labels_of_each_environment")


def test_alignment_is_irm_needs_labels_without_context(check: Check) -> None:
    check("smmalign.alignment_is_irm.stable_context")
