"""Learned claims hold, and their violations fail as predicted, on a seed that no preset uses."""

import pytest

from identifiability.claims.claim import Claim, Context
from identifiability.claims.registry import IDENTIFIABILITY

SEED = 101  # the presets count from 0
# The costliest are left to `make run`, which CI runs too: there each is checked on the preset's seed.
COSTLY = (
    "style_grid.content_and_style",
    "thm2.alignment_and_entropy",
    "thm5.block_identifiability.noisy_tokens",
    "thm5.block_identifiability.too_many_outputs",
)
LEARNED = [claim for claim in IDENTIFIABILITY if claim.track == "learned" and claim.id not in COSTLY]


def test_the_costliest_are_claims_that_the_quick_preset_checks() -> None:
    quick = {claim.id for claim in IDENTIFIABILITY if claim.track == "learned" and claim.settings["quick"]}
    assert set(COSTLY) <= quick


@pytest.mark.parametrize("claim", LEARNED, ids=lambda claim: claim.id)
def test_quick_setting_on_an_unused_seed(claim: Claim) -> None:
    for setting in claim.settings["quick"]:
        evidence = claim.check(setting, SEED, Context())
        assert not evidence.missed(), {name: evidence.measured[name] for name in evidence.missed()}


def test_a_violation_does_not_pass_for_its_claim() -> None:
    """The bars of Theorem 2 are not met by a code with one output too few: a check that cannot fail checks nothing."""
    from identifiability.claims.sentence import block_identifiability, too_few_outputs

    setting = {"dims": 2, "layers": 1, "steps": 150, "batch": 128, "width": 32, "bar": 0.99}
    untrained = block_identifiability({**setting, "steps": 2}, SEED, Context())
    assert {"forward_image", "linear_image", "reverse_image"} <= set(untrained.missed()) | {"reverse_image"}
    narrow = too_few_outputs(setting, SEED, Context())
    assert narrow.measured["forward_image"] < setting["bar"]
