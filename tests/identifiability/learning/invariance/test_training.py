"""The trainer: every objective of the catalogue trains, seeds decide everything, the oracle's data are shuffled."""

import numpy as np
import pytest
import torch

from identifiability.claims.claim import Context
from identifiability.learning.invariance.captions import DIGIT_WORDS, coloured_captions
from identifiability.learning.invariance.images import BitImages
from identifiability.learning.invariance.problems import Problem, Samples
from identifiability.learning.invariance.training import Task, learn
from identifiability.learning.loop import TrainingConfig
from identifiability.objectives.catalogue import OBJECTIVES
from scm.coloured import coloured_classes

OPTIONS = {
    "irmv1": {"penalty": 10.0},
    "vrex": {"penalty": 10.0},
    "iga": {"penalty": 10.0},
    "and_mask": {"threshold": 1.0},
    "coral": {"penalty": 1.0},
    "group_dro": {"step": 0.01},
    "mid_training": {"trade_off": 1.0},
}


@pytest.fixture(scope="module")
def problem() -> Problem:
    training, test = coloured_classes(classes=2, test=0.1)
    return Problem(training, test, BitImages(2, 2), coloured_captions(DIGIT_WORDS[:2]))


def task(objective: str, steps: int, **options: object) -> Task:
    return Task(
        objective,
        OPTIONS.get(objective, {}),
        training=TrainingConfig(steps=steps, warmup=2, log_every=max(1, steps // 2), muon_rate=0.02),
        batch=128,
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_of_the_catalogue_trains(objective: str, problem: Problem) -> None:
    report = learn(problem, task(objective, 4), 0, Context())
    assert report.objective == objective
    assert np.isfinite(report.losses).all()
    assert len(report.own.accuracy) == 3
    assert set(report.selection) == {"last", "training", "oracle"}
    assert report.selection["last"].step == 4


def test_the_seed_decides_everything(problem: Problem) -> None:
    first, again, other = (learn(problem, task("swapped", 6), seed, Context()) for seed in (1, 1, 2))
    assert (first.losses, first.prompts, first.selection) == (again.losses, again.prompts, again.selection)
    assert first.losses != other.losses


def test_pruned_reads_the_colour_and_stratified_the_content(problem: Problem) -> None:
    pruned, stratified, oracle = (
        learn(problem, task(name, 60), 0, Context()).own for name in ("pruned", "stratified", "oracle")
    )
    assert pruned.ood < 0.3 < 0.7 < min(stratified.ood, oracle.ood)


def test_the_oracle_alone_sees_shuffled_contexts(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    dependent: dict[str, bool] = {}
    draw = Problem.fresh

    def watched(self: Problem, n: int, rng: np.random.Generator) -> Samples:
        joint = self.training.joint()
        dependent[running] = not joint.independent("s", "y", "environment")
        return draw(self, n, rng)

    monkeypatch.setattr(Problem, "fresh", watched)
    for running in ("erm", "oracle"):
        learn(problem, task(running, 2), 0, Context())
    assert dependent == {"erm": True, "oracle": False}


def test_the_penalty_starts_at_one(problem: Problem) -> None:
    """The first step of a warmed-up run has the loss of penalty 1, the step after it the full penalty's."""
    plain = Task("irmv1", {"penalty": 1.0}, training=TrainingConfig(steps=2, warmup=0, log_every=1), batch=64)
    full = Task("irmv1", {"penalty": 1e4}, training=TrainingConfig(steps=2, warmup=0, log_every=1), batch=64)
    warmed = Task(
        "irmv1", {"penalty": 1e4}, warm_up=1, training=TrainingConfig(steps=2, warmup=0, log_every=1), batch=64
    )
    losses = [learn(problem, run, 0, Context()).losses for run in (plain, full, warmed)]
    assert losses[2][0] == losses[0][0] != losses[1][0]
    assert losses[2][1] != losses[0][1]


def test_unknown_objectives_are_named() -> None:
    with pytest.raises(ValueError, match="objective 'clip' is not in the catalogue; expected one of pruned, full"):
        Task("clip")


def test_a_word_tower_makes_every_prompt_classify_alike(problem: Problem) -> None:
    report = learn(problem, task("full", 5, text="words"), 0, Context())
    penalties = [report.prompts[prompt].penalty for prompt in ("matched", "mean", "fixed")]
    torch.testing.assert_close(torch.tensor(penalties), torch.full((3,), penalties[0]), rtol=1e-4, atol=1e-9)
    strings = learn(problem, task("full", 5), 0, Context())
    assert strings.prompts["mean"].penalty != pytest.approx(strings.prompts["matched"].penalty, rel=1e-2)
