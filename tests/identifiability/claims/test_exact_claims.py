"""Every exact claim gives the verdict it should: printed forms of false statements are refuted, the others stand."""

import pickle
from pathlib import Path

import pytest

from identifiability.claims import (
    common_part,
    convergence,
    darmois,
    iff,
    invertibility,
    lemma1,
    population,
    selection,
    token_determination,
)
from identifiability.claims.claim import Claim, Context, Evidence

MODULES = (
    common_part,
    convergence,
    darmois,
    iff,
    invertibility,
    lemma1,
    population,
    selection,
    token_determination,
)
CLAIMS = {claim.id: claim for module in MODULES for claim in module.CLAIMS}


def check(claim_id: str) -> Evidence:
    claim = CLAIMS[claim_id]
    expected = {"printed": "refuted", "violation": "fails as predicted"}.get(claim.form, "holds")
    for setting in claim.settings["quick"]:
        evidence = claim.check(setting, 0, Context())
        assert claim.verdict(evidence) == expected, (setting, evidence.missed(), evidence.measured)
    return evidence


def test_gk_common_part() -> None:
    check("gk.common_part")


def test_gk_common_part_needs_tokens_without_error() -> None:
    check("gk.common_part.token_noise")


def test_thm5_is_vacuous_on_discrete_text() -> None:
    evidence = check("thm5.vacuous_on_discrete_text")
    assert evidence.measured["slope_gap"] < 1e-9  # every encoder loses one nat of entropy per nat of width


def test_lemma1_function_of_shared() -> None:
    check("lemma1.function_of_shared")


def test_lemma1_fails_for_a_copied_private_part() -> None:
    check("lemma1.function_of_shared.copied_private_part")


def test_lemma1_connected_support() -> None:
    check("lemma1.connected_support")


def test_thm2_population_optimum() -> None:
    check("thm2.population_optimum")


def test_thm2_needs_a_bounded_codomain() -> None:
    check("thm2.population_optimum.unbounded_codomain")


def test_thm2_needs_entropy_and_not_log_det() -> None:
    check("thm2.population_optimum.log_det_surrogate")


def test_thm2_needs_enough_dimensions() -> None:
    check("thm2.population_optimum.dimension_too_small")


def test_thm2_needs_no_surplus_dimensions() -> None:
    check("thm2.population_optimum.dimension_too_large")


def test_infonce_population_optimum() -> None:
    check("infonce.population_optimum")


def test_infonce_population_optimum_needs_negatives_from_the_marginal() -> None:
    check("infonce.population_optimum.other_negatives")


def test_infonce_finite_k_gap() -> None:
    check("infonce.finite_k_gap")


def test_infonce_symmetric_optimum() -> None:
    check("infonce.symmetric_optimum")


def test_infonce_limit_is_cross_entropy() -> None:
    check("infonce.limit_is_cross_entropy")


def test_infonce_noise_free_floor() -> None:
    check("infonce.noise_free_floor")


def test_infonce_discretisation_bound() -> None:
    check("infonce.discretisation_bound")


def test_thm2_h_invertible_is_refuted_by_a_valid_counterexample() -> None:
    measured = check("thm2.h_invertible").measured
    assert measured["preimages_of_a_code"] == 2
    assert max(measured["density_error"], measured["moment_error"], measured["symbolic_defects"]) < 1e-12


def test_thm2_local_diffeomorphism() -> None:
    check("thm2.local_diffeomorphism")


def test_thm2_local_diffeomorphism_needs_a_positive_density() -> None:
    check("thm2.local_diffeomorphism.vanishing_density")


def test_cor3_k_limit_exact() -> None:
    check("cor3.k_limit_exact")


def test_cor3_k_limit_needs_enough_negatives() -> None:
    check("cor3.k_limit_exact.small_temperature")


def test_cor3_k_limit_sampled() -> None:
    check("cor3.k_limit_sampled")


def test_cor3_limit_to_mmalign() -> None:
    check("cor3.limit_to_mmalign")


def test_cor3_limit_to_mmalign_needs_exact_sharing() -> None:
    check("cor3.limit_to_mmalign.noisy_sharing")


def test_cor3_limit_to_mmalign_is_slower_on_a_bounded_codomain() -> None:
    check("cor3.limit_to_mmalign.bounded_codomain")


def test_cor3_iff_is_refuted_by_valid_counterexamples() -> None:
    evidence = check("cor3.iff")
    assert len(evidence.missed()) == len(evidence.bar) == 4
    assert evidence.measured["infonce_change_on_flat_direction"] < 1e-12
    assert evidence.measured["one_coordinate_loss"] < 1e-9


def test_cor3_iff_common_part() -> None:
    check("cor3.iff_common_part")


def test_cor3_iff_common_part_needs_independence_given_it() -> None:
    check("cor3.iff_common_part.token_noise")


def test_selection_named_semantics() -> None:
    assert check("selection.named_semantics").measured["captions"] == 1023


def test_selection_every_perturbation() -> None:
    assert check("selection.every_perturbation").measured["captions"] == 3**6


def test_selection_named_semantics_needs_error_free_naming() -> None:
    check("selection.named_semantics.token_noise")


def test_thm5_discrete() -> None:
    check("thm5.discrete")


@pytest.mark.parametrize("name", ["noisy_emission", "ambiguous_word", "silent_captions"])
def test_thm5_discrete_needs_captions_that_determine_z(name: str) -> None:
    check(f"thm5.discrete.{name}")


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_claim_is_well_formed(claim: Claim) -> None:
    assert pickle.loads(pickle.dumps(claim.check)) is claim.check
    if claim.drops is not None:
        positive, assumption = claim.drops
        assert claim.id.startswith(f"{positive}.")
        assert assumption in CLAIMS[positive].assumptions
        assert assumption not in claim.assumptions


def test_every_claim_has_a_test_of_its_own() -> None:
    source = Path(__file__).read_text()
    families = {"thm5.discrete.noisy_emission", "thm5.discrete.ambiguous_word", "thm5.discrete.silent_captions"}
    assert [claim for claim in CLAIMS if f'check("{claim}")' not in source and claim not in families] == []
