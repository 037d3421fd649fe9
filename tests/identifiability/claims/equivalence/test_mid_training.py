"""The claims about the weight of equation 11."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_the_weight_is_irrelevant(check: Check) -> None:
    check("eq11.weight_irrelevant")


def test_the_weight_matters_for_few_dimensions(check: Check) -> None:
    check("eq11.weight_irrelevant.few_dimensions")


def test_the_weight_matters_when_silence_tells_the_context(check: Check) -> None:
    check("eq11.weight_irrelevant.silence_tells_the_context")
