"""Every exact claim gives the verdict it should: printed forms of false statements are refuted, the others stand."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_gk_common_part(check: Check) -> None:
    check("gk.common_part")


def test_gk_common_part_needs_tokens_without_error(check: Check) -> None:
    check("gk.common_part.token_noise")


def test_thm5_is_vacuous_on_discrete_text(check: Check) -> None:
    evidence = check("thm5.vacuous_on_discrete_text")
    assert evidence.measured["slope_gap"] < 1e-9  # every encoder loses one nat of entropy per nat of width


def test_lemma1_function_of_shared(check: Check) -> None:
    check("lemma1.function_of_shared")


def test_lemma1_fails_for_a_copied_private_part(check: Check) -> None:
    check("lemma1.function_of_shared.copied_private_part")


def test_lemma1_connected_support(check: Check) -> None:
    check("lemma1.connected_support")


def test_lemma1_connected_support_needs_exact_equality(check: Check) -> None:
    check("lemma1.connected_support.near_equality")


def test_thm2_population_optimum(check: Check) -> None:
    check("thm2.population_optimum")


def test_thm2_needs_a_bounded_codomain(check: Check) -> None:
    check("thm2.population_optimum.unbounded_codomain")


def test_thm2_needs_entropy_and_not_log_det(check: Check) -> None:
    check("thm2.population_optimum.log_det_surrogate")


def test_thm2_needs_enough_dimensions(check: Check) -> None:
    check("thm2.population_optimum.dimension_too_small")


def test_thm2_needs_no_surplus_dimensions(check: Check) -> None:
    check("thm2.population_optimum.dimension_too_large")


def test_infonce_population_optimum(check: Check) -> None:
    check("infonce.population_optimum")


def test_infonce_population_optimum_needs_negatives_from_the_marginal(check: Check) -> None:
    check("infonce.population_optimum.other_negatives")


def test_infonce_finite_k_gap(check: Check) -> None:
    check("infonce.finite_k_gap")


def test_infonce_finite_k_gap_needs_negatives_that_ignore_the_positive(check: Check) -> None:
    check("infonce.finite_k_gap.distinct_negatives")


def test_infonce_symmetric_optimum(check: Check) -> None:
    check("infonce.symmetric_optimum")


def test_infonce_symmetric_optimum_needs_both_directions(check: Check) -> None:
    check("infonce.symmetric_optimum.one_direction")


def test_infonce_limit_is_cross_entropy(check: Check) -> None:
    check("infonce.limit_is_cross_entropy")


def test_infonce_limit_is_cross_entropy_needs_negatives_from_the_marginal(check: Check) -> None:
    check("infonce.limit_is_cross_entropy.other_negatives")


def test_infonce_noise_free_floor(check: Check) -> None:
    check("infonce.noise_free_floor")


def test_infonce_noise_free_floor_needs_tokens_without_error(check: Check) -> None:
    check("infonce.noise_free_floor.token_noise")


def test_infonce_discretisation_bound(check: Check) -> None:
    check("infonce.discretisation_bound")


def test_infonce_discretisation_bound_needs_jointly_gaussian_blocks(check: Check) -> None:
    check("infonce.discretisation_bound.flipped_signs")


def test_thm2_h_invertible_is_refuted_by_a_valid_counterexample(check: Check) -> None:
    measured = check("thm2.h_invertible").measured
    assert measured["preimages_of_a_code"] == 2
    assert max(measured["density_error"], measured["moment_error"], measured["symbolic_defects"]) < 1e-12


def test_thm2_local_diffeomorphism(check: Check) -> None:
    check("thm2.local_diffeomorphism")


def test_thm2_local_diffeomorphism_needs_a_positive_density(check: Check) -> None:
    check("thm2.local_diffeomorphism.vanishing_density")


def test_cor3_k_limit_exact(check: Check) -> None:
    check("cor3.k_limit_exact")


def test_cor3_k_limit_needs_enough_negatives(check: Check) -> None:
    check("cor3.k_limit_exact.small_temperature")


def test_cor3_k_limit_sampled(check: Check) -> None:
    check("cor3.k_limit_sampled")


def test_cor3_k_limit_sampled_needs_enough_negatives(check: Check) -> None:
    check("cor3.k_limit_sampled.small_temperature")


def test_cor3_limit_to_mmalign(check: Check) -> None:
    check("cor3.limit_to_mmalign")


def test_cor3_limit_to_mmalign_needs_exact_sharing(check: Check) -> None:
    check("cor3.limit_to_mmalign.noisy_sharing")


def test_cor3_limit_to_mmalign_is_slower_on_a_bounded_codomain(check: Check) -> None:
    check("cor3.limit_to_mmalign.bounded_codomain")


def test_cor3_iff_is_refuted_by_valid_counterexamples(check: Check) -> None:
    evidence = check("cor3.iff")
    assert len(evidence.missed()) == len(evidence.bar) == 4
    assert evidence.measured["infonce_change_on_flat_direction"] < 1e-12
    assert evidence.measured["one_coordinate_loss"] < 1e-9


def test_cor3_iff_common_part(check: Check) -> None:
    check("cor3.iff_common_part")


def test_cor3_iff_common_part_needs_independence_given_it(check: Check) -> None:
    check("cor3.iff_common_part.token_noise")


def test_selection_named_semantics(check: Check) -> None:
    assert check("selection.named_semantics").measured["captions"] == 1023


def test_selection_every_perturbation(check: Check) -> None:
    assert check("selection.every_perturbation").measured["captions"] == 3**6


def test_selection_every_perturbation_needs_redrawing(check: Check) -> None:
    measured = check("selection.every_perturbation.always_flipped").measured
    assert measured["wrong_counts"] == 3**4 - 2**4  # every caption that perturbs something


def test_selection_named_semantics_needs_error_free_naming(check: Check) -> None:
    check("selection.named_semantics.token_noise")


def test_thm5_discrete(check: Check) -> None:
    check("thm5.discrete")


def test_thm5_discrete_needs_error_free_emission(check: Check) -> None:
    check("thm5.discrete.noisy_emission")


def test_thm5_discrete_needs_words_of_one_meaning(check: Check) -> None:
    check("thm5.discrete.ambiguous_word")


def test_thm5_discrete_needs_captions_that_speak(check: Check) -> None:
    check("thm5.discrete.silent_captions")
