"""Every exact claim gives the verdict it should: printed forms of false statements are refuted, the others stand."""

import pickle

import pytest

from identifiability.claims import common_part, lemma1
from identifiability.claims.claim import Claim, Context

CLAIMS = {claim.id: claim for module in (common_part, lemma1) for claim in module.CLAIMS}


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


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_claim_is_well_formed(claim: Claim) -> None:
    assert pickle.loads(pickle.dumps(claim.check)) is claim.check
    if claim.drops is not None:
        positive, assumption = claim.drops
        assert claim.id.startswith(f"{positive}.")
        assert assumption in CLAIMS[positive].assumptions
        assert assumption not in claim.assumptions


def test_every_positive_claim_on_the_exact_track_has_a_violation() -> None:
    violated = {claim.drops[0] for claim in CLAIMS.values() if claim.drops}
    assert violated <= set(CLAIMS)
