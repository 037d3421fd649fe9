"""Policies that GRPO really trains, as claims on them need them: by arm and seed, each trained once a run."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from identifiability.claims.claim import Context, Preset, Setting
from identifiability.metrics import seed_mean
from realscale.claims.once import once
from realscale.reasoning.learning import LearnedTask, Outcome, trained
from realscale.reasoning.learning.measures import TESTS

STEPS: dict[Preset, dict[str, int]] = {
    "quick": {"steps": 20, "batch": 48, "tested": 192},
    "standard": {"steps": 50, "batch": 64, "tested": 192},
    "full": {"steps": 200, "batch": 64, "tested": 768},
}
SEEDS: dict[Preset, int] = {"quick": 1, "standard": 3, "full": 10}
TOLERANCE: dict[Preset, float] = {
    "quick": 0.25,
    "standard": 0.15,
    "full": 0.1,
}  # of accuracies, in the mean over the runs
NOTE = (
    "Accuracy of completions drawn at temperature 1 of examples that no training has seen. id: backgrounds as in "
    "training; uniform: every background equally often; reversed: each answer has the background of the next one. "
    "worst: accuracy on the worst background. shortcut: share that gives the answer which the background suggests. "
    "hallucination: share whose steps name what the picture does not have. score: mean score of windows by the reward "
    "model, whatever the policy was trained on. length: tokens of a completion, over the last fifth of the steps. A "
    "Qwen2.5-VL of 0.6 million random weights after a short supervised "
    "start, trained by trl's GRPO; a CLIP from random weights as reward model."
)


def task_of(setting: Setting) -> LearnedTask:
    """The task with the setting's number of steps, completions a step and tests."""
    task = LearnedTask()
    batch = setting["batch"]
    training = replace(task.training, steps=setting["steps"], batch=batch, at_once=batch)
    return replace(task, training=training, tested=setting["tested"])


def outcome(setting: Setting, arm: str, seed: int, context: Context) -> Outcome:
    """What training the arm comes to.

    Raises:
        MissingData: the extra is not installed.
    """
    task = task_of(setting)
    found = once(
        context,
        (task, arm, seed),
        lambda: asdict(trained(task, arm, seed, shared=context.shared, progress=context.progress)),
    )
    return Outcome(**found)


def numbers(found: Outcome) -> dict[str, float]:
    """Every number before and after, gains of accuracy and score."""
    measured = {
        f"{name}_{test}_{when}": value
        for when, numbers in (("before", found.before), ("after", found.after))
        for test in TESTS
        for name, value in numbers[test].items()
    }
    gains = {f"gain_{test}": found.gain(test) for test in TESTS}
    scores = {f"gain_of_score_{test}": found.gain(test, "score") for test in TESTS}
    return {**gains, **scores, "length": found.length, **measured}


def series_of(arm: str, found: Outcome) -> dict[str, Any]:
    """What the figures show."""
    return {"arm": arm, "curves": found.curves, "before": found.before, "after": found.after}


def means(differences: Sequence[dict[str, float]]) -> tuple[dict[str, float], dict[str, list[float]]]:
    """The mean of each number over seeds, and its 95 % interval where there are several."""
    found = {name: seed_mean([one[name] for one in differences]) for name in differences[0]}
    return {name: one.mean for name, one in found.items()}, {
        name: list(one.interval or ()) for name, one in found.items()
    }


def runs(*settings: Setting, quick: Sequence[Setting] | None = None) -> dict[str, Any]:
    """The settings at each preset's length of training; `quick`: other ones there."""
    chosen = {preset: settings for preset in STEPS} | ({} if quick is None else {"quick": tuple(quick)})
    return {
        "settings": {
            preset: tuple({**setting, **length} for setting in chosen[preset]) for preset, length in STEPS.items()
        },
        "seeds": SEEDS,
    }
