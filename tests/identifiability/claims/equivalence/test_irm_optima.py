from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_irm_optima_keep_the_context(check: Check) -> None:
    evidence = check("irm.optima_drop_the_context")
    assert [0, 1, 2, 3] in evidence.series["representations"]  # the whole image
    assert evidence.measured["least_context_information"] < 1e-12  # and the content alone: both are optimal


def test_irm_optima_determine_the_class(check: Check) -> None:
    check("irm.optima_determine_the_class")


def test_irm_optima_determine_the_class_needs_labels_without_noise(check: Check) -> None:
    check("irm.optima_determine_the_class.label_noise")
