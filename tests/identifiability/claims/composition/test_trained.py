"""Learned claims on composition: settings become the tasks they name, and each check can fail."""

import json
from dataclasses import replace

import numpy as np
import pytest

from identifiability.claims.claim import Context, Evidence
from identifiability.claims.composition import trained, trained_edits, trained_negatives
from identifiability.claims.composition.trained_runs import encoder_of, run, swap_evidence, task_of

TINY = {"objects": 8, "steps": 40, "batch": 16}
HARD = {**TINY, "negatives": ("swap_objects",)}
RICH = {"objects": 6, "attributes": 2, "extras": 1, "batch": 8, "steps": 40}
SEED = 101  # the presets count from 0


@pytest.fixture(scope="module")
def bag() -> Evidence:
    """A bag encoder with hard negatives."""
    return trained.permutation_invariant({**HARD, "text": "bag"}, SEED, Context())


def test_settings_name_the_task() -> None:
    task = task_of({**HARD, "position_scale": 0.5, "order": "ruled", "temperature": 0.05, "share": 0.1})
    assert (task.scenes.objects, task.scenes.order, task.towers.position_scale) == (8, "ruled", 0.5)
    assert (task.negatives, task.temperature, task.share, task.batch) == (("swap_objects",), 0.05, 0.1, 16)
    assert task.training.steps == 40
    assert encoder_of(task) == "transformer, positions 0.5, ruled order, hard negatives"
    assert encoder_of(task_of({**TINY, "text": "bag"})) == "bag"


def test_a_bag_encoder_is_blind_at_whatever_length_of_training(bag: Evidence) -> None:
    assert not set(bag.missed()) - {"retrieval"}
    assert bag.measured["excess_above_gap"] > 0
    series = json.loads(json.dumps(bag.series))
    assert series["encoders"]["bag, hard negatives"]["swap_objects"]["ties"] == 1.0
    assert "contrast" not in series


def test_blind_and_not_blind_exclude_each_other(bag: Evidence) -> None:
    strong = trained.position_scales({**TINY, "scales": (0.02, 3.0), "steps": 80}, SEED, Context())
    assert not strong.missed()
    assert set(replace(strong, bar=trained.BLIND).missed()) >= {"swap", "cosine"}
    weak, large = strong.series["scale_swap"]
    assert weak < 0.6 < large == strong.measured["swap"]
    assert replace(bag, bar=strong.bar).missed() == ["swap"]


def test_hard_negatives_bring_a_tower_below_the_gap_that_a_bag_cannot_pass(bag: Evidence) -> None:
    rescued = trained.below_the_gap({**HARD, "steps": 100, "position_scale": 1.0}, SEED, Context())
    assert not rescued.missed()
    assert set(replace(bag, bar=rescued.bar).missed()) == {"swap", "excess_above_gap"}
    assert "excess_above_gap" in replace(rescued, bar={"excess_above_gap": (0.0, None)}).missed()


def test_points_lie_beside_the_exact_curve() -> None:
    drawn = {**TINY, "share": 0.5, "text": "bag", "temperature": 0.05, "steps": 100}
    on = trained.on_the_curve({**drawn, "batches": "independent"}, SEED, Context())
    assert not on.missed()
    point = on.series["contrast"]
    assert (point["text"], point["share"], point["batch"], point["bags"]) == ("bag", 0.5, 16, 21)
    assert (point["shares"][-1], point["curve"][-1]) == pytest.approx((0.5, point["gap"]))
    assert "encoders" not in on.series
    assert point["excess"] - point["gap"] == pytest.approx(on.measured["excess_above_gap"])
    off = trained.off_the_curve(drawn, SEED, Context())
    assert not off.missed()
    assert off.measured["gap_of_independent_draws"] == point["gap"]
    assert off.series["contrast"]["gap"] == 0.0
    assert replace(off, bar=on.bar).missed() == ["excess_above_gap"]


def test_means_are_over_runs_of_their_own_seeds() -> None:
    setting = {**HARD, "text": "bag", "steps": 5}
    mean = trained_negatives.held_out_missed({**setting, "runs": 2}, 1, Context())
    alone = [swap_evidence(run(setting, seed, Context()), seed, {"swap": (0.0, 1.0)}) for seed in (2, 3)]
    for name in ("excess", "retrieval"):
        values = [one.measured[name] for one in alone]
        assert mean.series["each"][name] == values
        assert mean.measured[name] == pytest.approx(np.mean(values))
    assert not mean.missed()
    assert {"least_swap", "held_out"} <= set(
        trained_negatives.hard_negatives({**setting, "runs": 1}, 1, Context()).missed()
    )


def test_the_advantage_of_the_support_is_that_of_held_out_compositions() -> None:
    setting = {**HARD, "order": "ruled", "steps": 20, "runs": 1, "position_scale": 1.0}
    measured = trained_negatives.better_on_the_support(setting, SEED, Context()).measured
    assert measured["support_advantage"] == measured["held_out"] - measured["held_out_altered"] != 0
    blind = trained_negatives.better_on_the_support({**setting, "text": "bag"}, SEED, Context())
    assert blind.missed() == ["least_swap", "support_advantage"]


def test_a_trained_tower_is_not_blind_to_replace_but_the_one_built_on_it_is() -> None:
    found = trained_edits.not_blind({**RICH, "text": "bag", "steps": 120}, SEED, Context())
    assert found.measured["replace_attributes"] > 0.8
    assert found.measured["swap_objects"] == 0.5
    built = trained_edits.constructed({**RICH, "text": "bag"}, SEED, Context())
    assert not built.missed()
    assert built.measured["add_extras_ties"] == built.measured["replace_attributes_ties"] == 1.0
    assert "replace_attributes" in replace(found, bar={"replace_attributes": (0.5, 0.5)}).missed()
    assert list(built.series["encoders"]) == ["g** built on bag, attributes"]
