"""Every exact claim gives the verdict it should: printed forms of false statements are refuted, the others stand."""

import pickle

import pytest

from identifiability.claims import common_part, darmois, lemma1, population
from identifiability.claims.claim import Claim, Context

MODULES = (common_part, darmois, lemma1, population)
CLAIMS = {claim.id: claim for module in MODULES for claim in module.CLAIMS}


def check(claim_id: str) -> None:
    claim = CLAIMS[claim_id]
    expected = {"printed": "refuted", "violation": "fails as predicted"}.get(claim.form, "holds")
    for setting in claim.settings["quick"]:
        evidence = claim.check(setting, 0, Context())
        assert claim.verdict(evidence) == expected, (setting, evidence.missed(), evidence.measured)


def test_gk_common_part() -> None:
    check("gk.common_part")


def test_gk_common_part_needs_tokens_without_error() -> None:
    check("gk.common_part.token_noise")


def test_thm5_is_vacuous_on_discrete_text() -> None:
    check("thm5.vacuous_on_discrete_text")


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


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_claim_is_well_formed(claim: Claim) -> None:
    assert pickle.loads(pickle.dumps(claim.check)) is claim.check
    if claim.drops is not None:
        positive, assumption = claim.drops
        assert claim.id.startswith(f"{positive}.")
        assert assumption in CLAIMS[positive].assumptions
        assert assumption not in claim.assumptions
