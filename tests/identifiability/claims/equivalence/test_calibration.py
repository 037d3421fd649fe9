from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_deterministic_class_is_enough(check: Check) -> None:
    assert check("irm.deterministic_class").measured["largest_v_erm"] < 1e-12


def test_deterministic_class_excludes_the_least_label_noise(check: Check) -> None:
    gaps = check("irm.deterministic_class.label_noise").series["gap"]
    assert gaps[:5] == sorted(gaps[:5])  # it costs more with every step up to .25


def test_covariate_shift_is_enough(check: Check) -> None:
    assert check("irm.covariate_shift").measured["largest_v_erm"] > 0.5  # and no triviality


def test_covariate_shift_excludes_a_shift_of_the_posterior(check: Check) -> None:
    check("irm.covariate_shift.posterior_shift")


def test_context_free_class_is_enough(check: Check) -> None:
    check("irm.context_free_class")


def test_context_free_class_excludes_classes_that_depend_on_context(check: Check) -> None:
    check("irm.context_free_class.context_matters")


def test_images_that_reveal_the_environment_empty_the_constraint(check: Check) -> None:
    check("irm.image_reveals_environment")


def test_images_of_two_environments_bring_it_back(check: Check) -> None:
    check("irm.image_reveals_environment.shared_images")


def test_covariate_shift_is_not_necessary(check: Check) -> None:
    check("irm.covariate_shift_is_not_necessary")


def test_covariate_shift_is_necessary_when_nothing_cancels(check: Check) -> None:
    check("irm.covariate_shift_is_not_necessary.unequal_weights")
