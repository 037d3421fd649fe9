"""Exchanged positives and swapped negatives."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_swap_positive_captions(check: Check) -> None:
    check("swap.positive_captions")


def test_swap_positive_captions_same_true_class(check: Check) -> None:
    check("swap.positive_captions.same_true_class")


def test_negatives_conditional_swap(check: Check) -> None:
    check("negatives.conditional_swap")


def test_negatives_conditional_swap_uniform_swap(check: Check) -> None:
    check("negatives.conditional_swap.uniform_swap")
