"""The claims about Theorem 5 of CLIP-IRM."""

from collections.abc import Callable

import numpy as np

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_the_constrained_problem_has_no_solution(check: Check) -> None:
    evidence = check("smmalign.constrained")
    assert evidence.measured["finite_optima_full"] > 0 < evidence.measured["finite_optima_pruned"]
    assert np.all(np.diff(evidence.series["loss"]) < 0)  # towards the bound that it never attains


def test_projection(check: Check) -> None:
    check("smmalign.projection")


def test_projection_needs_captions_without_context(check: Check) -> None:
    check("smmalign.projection.context_left")


def test_projection_needs_as_many_outputs_as_the_class_has_dimensions(check: Check) -> None:
    check("smmalign.projection.too_many_outputs")


def test_projection_needs_a_code_that_knows_the_class(check: Check) -> None:
    check("smmalign.projection.frozen_without_class")


def test_projection_needs_class_words_without_error(check: Check) -> None:
    check("smmalign.projection.noisy_class_words")


def test_projection_needs_captions_with_a_density(check: Check) -> None:
    check("smmalign.projection.class_names_alone")


def test_fewer_outputs(check: Check) -> None:
    check("smmalign.fewer_outputs")


def test_fewer_outputs_needs_continuous_codes(check: Check) -> None:
    check("smmalign.fewer_outputs.finite_labels")
