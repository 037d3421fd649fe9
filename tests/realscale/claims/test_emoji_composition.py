"""The claims on real emoji pairs: what the check measures and refuses, on a few steps of training."""

import numpy as np
import pytest
import torch

from identifiability.claims.claim import Context, Evidence
from realscale.claims.emoji_composition import EMOJI_COMPOSITION, bars, composition_missing, scored
from realscale.composition_training.experiment import emoji_problem
from realscale.composition_training.model import SmallCLIP

SEED = 101  # the presets count from 0

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def here() -> None:
    if missing := composition_missing():
        pytest.skip(missing)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    (positive, _) = EMOJI_COMPOSITION
    setting = {
        **positive.settings["standard"][0],
        "ways": ("hard", "iterated"),
        "scratch": 2,
        "further": 1,
        "scenes": 60,
        "runs": 2,
    }
    return positive.check(setting, SEED, Context())


def test_gains_are_differences_from_the_control(evidence: Evidence) -> None:
    measured = evidence.measured
    for way in ("hard", "iterated"):
        for operator in ("swap", "replace"):
            gain = measured[f"{operator}_{way}"] - measured[f"{operator}_plain"]
            assert measured[f"gain_{operator}_{way}"] == pytest.approx(gain)
        change = measured[f"class_{way}"] - measured["class_plain"]
        assert measured[f"class_change_{way}"] == pytest.approx(change)
    assert evidence.floor["swap_plain"] == evidence.floor["swap_things_plain"] == 0.5


def test_what_is_measured_are_means_over_runs_that_differ(evidence: Evidence) -> None:
    runs = evidence.series["runs"]
    assert all(len(values) == 2 for values in runs.values())
    assert {name: np.mean(values) for name, values in runs.items()} == pytest.approx(dict(evidence.measured))
    assert runs["swap_plain"][0] != runs["swap_plain"][1]
    low, high = evidence.series["intervals"]["swap_plain"]
    assert low < evidence.measured["swap_plain"] < high
    assert "Means over 2 runs." in evidence.note


def test_the_bars_are_those_of_the_claim_and_of_its_violation(evidence: Evidence) -> None:
    assert evidence.bar == {
        "gain_swap_hard": (0.05, None),
        "gain_swap_iterated": (0.0, None),
        "gain_replace_hard": (-0.02, None),
        "class_change_hard": (-0.02, None),
    }
    known = bars(("plain", "hard"), told=True)
    assert known == {"swap_things_scratch": (0.75, None), "gain_swap_hard": (None, 0.05)}
    assert set(known) <= set(evidence.measured)
    assert "gain_swap_iterated" not in bars(("plain", "hard"), told=False)


def test_a_short_training_is_asked_whether_order_is_read_and_not_how_well(evidence: Evidence) -> None:
    blind, known = (bars(("plain", "hard"), told=told, short=True) for told in (False, True))
    assert blind == {"swap_things_scratch": (None, 0.55), "swap_things_hard": (0.55, None)}
    assert known == {"swap_things_plain": (0.55, None), "gain_swap_hard": (None, 0.05)}
    assert {*blind, *known} <= set(evidence.measured)
    for claim in EMOJI_COMPOSITION:
        assert claim.settings["quick"][0]["short"]
        assert not any("short" in claim.settings[preset][0] for preset in ("standard", "full"))


def test_the_record_holds_what_the_figure_shows(evidence: Evidence) -> None:
    sheet = evidence.series["pairs_sheet"]
    assert set(sheet["scores"]) == {"plain", "hard", "iterated"}
    assert all(np.shape(scores) == (len(sheet["captions"]), 2, 2) for scores in sheet["scores"].values())
    assert set(evidence.series["branches"]) == {"scratch", "plain", "hard", "iterated"}
    assert sum(evidence.series["data"]["asked"].values()) * 2 * 4 == sum(
        evidence.series["branches"]["plain"]["questions"].values()
    )


def test_a_model_that_reads_no_picture_has_exactly_one_half(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = emoji_problem(SEED, things=3, scenes=60)
    monkeypatch.setattr(SmallCLIP, "image_codes", lambda model, images: torch.ones(len(images), 64))
    found = scored(problem, problem.model)
    assert found["accuracy"] == dict.fromkeys(("swap", "replace", "add"), 0.5)
    assert found["ties"] == dict.fromkeys(("swap", "replace", "add"), 0.0)
    assert found["new_vendor"] == dict.fromkeys(("swap", "replace", "add"), 0.5)


def test_the_violation_drops_what_its_claim_assumes() -> None:
    positive, violation = EMOJI_COMPOSITION
    assert violation.drops is not None
    assert violation.drops[0] == positive.id
    assert violation.drops[1] in positive.assumptions
    assert violation.drops[1] not in violation.assumptions
