"""Penalised score tables."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_penalised_strong_penalty(check: Check) -> None:
    check("penalised.strong_penalty")


def test_penalised_strong_penalty_weak(check: Check) -> None:
    check("penalised.strong_penalty.weak")


def test_penalised_strong_penalty_ten_classes(check: Check) -> None:
    check("penalised.strong_penalty.ten_classes")


def test_penalised_strong_penalty_random_start(check: Check) -> None:
    check("penalised.strong_penalty.random_start")
