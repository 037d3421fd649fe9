"""Claims on real emoji pictures, and their probes on codes whose answers are known."""

import numpy as np
import pytest

from identifiability.claims.claim import Claim, Context
from realscale.claims import EMOJI, emoji_missing
from realscale.claims.emoji_towers import identification

SEED = 101  # the presets count from 0


@pytest.mark.parametrize("claim", EMOJI, ids=lambda claim: claim.id)
def test_quick_setting_on_an_unused_seed(claim: Claim) -> None:
    if missing := emoji_missing():
        pytest.skip(missing)
    for setting in claim.settings["quick"]:
        evidence = claim.check(setting, SEED, Context())
        assert not evidence.missed(), {name: evidence.measured[name] for name in evidence.missed()}


def test_captions_that_omit_the_style_leave_its_probe_at_chance() -> None:
    if missing := emoji_missing():
        pytest.skip(missing)
    content = next(claim for claim in EMOJI if claim.id == "emoji.content_captions")
    evidence = content.check({"captions": "content", "steps": 2}, SEED, Context())
    assert evidence.measured["style_text"] == pytest.approx(evidence.floor["style_text"])


def test_identification_of_codes_that_hold_the_concept_alone() -> None:
    rng = np.random.default_rng(0)
    concepts, styles = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20)
    content, look = rng.standard_normal((20, 8)), rng.standard_normal((3, 8))
    unit = lambda codes: codes / np.linalg.norm(codes, axis=1, keepdims=True)  # noqa: E731
    assert identification(unit(content[concepts]), concepts, styles) == 1
    assert identification(unit(look[styles]), concepts, styles) == pytest.approx(1 / 20)
