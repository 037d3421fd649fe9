"""From a setting to trained towers, and from these to evidence: what the learned claims on composition share."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from identifiability.claims.claim import Context, Evidence, Interval, Preset, Setting
from identifiability.exact.composition.contrast import contrasting_gap, contrasting_law
from identifiability.learning.composition.evaluation import (
    Encode,
    OperatorScore,
    blind_gap,
    infimum,
    operator_score,
    retrieval,
    trained_loss,
)
from identifiability.learning.composition.scenes import SceneConfig
from identifiability.learning.composition.towers import TowerConfig
from identifiability.learning.composition.training import Task, Trained, learn
from identifiability.learning.loop import TrainingConfig
from scm.streams import stream

# Fixed on seeds from 100 on: long enough to retrieve every training caption, short enough for position vectors to stay
# small. Adam moves a vector by its rate a step however small the gradient, so that in the long run they grow.
TRAINED: Mapping[Preset, Setting] = {"quick": {"steps": 250}, "standard": {"steps": 300}, "full": {"steps": 300}}
EVALUATED = 128  # fresh batches on which a trained loss is measured: repeated captions make it vary between batches


def task_of(setting: Setting) -> Task:
    """The training task of a setting: `steps`, and whatever it names of `Task`, `SceneConfig` and `TowerConfig`."""
    return Task(
        SceneConfig(**_named(setting, "objects", "attributes", "extras", "order")),
        TowerConfig(**_named(setting, "text", "position_scale")),
        negatives=tuple(setting.get("negatives", ())),
        training=TrainingConfig(
            steps=setting["steps"], muon_rate=0.02, adam_rate=1e-3, warmup=20, log_every=max(1, setting["steps"] // 20)
        ),
        **_named(setting, "share", "batches", "batch", "temperature"),
    )


def _named(setting: Setting, *names: str) -> dict[str, Any]:
    return {name: setting[name] for name in names if name in setting}


def run(setting: Setting, seed: int, context: Context) -> Trained:
    """Train the towers of a setting."""
    return learn(task_of(setting), seed, context)


def encoder_of(task: Task) -> str:
    """Name of a trained text tower in figures."""
    towers = task.towers
    name = "bag" if towers.text == "bag" else f"transformer, positions {towers.position_scale:g}"
    name += ", ruled order" if task.scenes.order == "ruled" else ""
    name += ", attributes" if task.scenes.attributes else ""
    return name + (", hard negatives" if task.negatives else "")


def scores_of(trained: Trained, seed: int, *, text: Encode | None = None) -> dict[str, OperatorScore]:
    """Every operator of the scenes, on training captions; `text`: another text encoder than the trained one."""
    return {
        name: operator_score(
            trained.towers, trained.scenes.training, operator, rng=stream(seed, "evaluation", name), text=text
        )
        for name, operator in trained.scenes.operators().items()
    }


def swap_evidence(trained: Trained, seed: int, bar: Mapping[str, Interval], note: str = "") -> Evidence:
    """The numbers of one run beside their bars.

    Measured: swap (tie-aware SWAP accuracy on training captions), swap_altered (the same on images of the other order,
    which training may never show), held_out and held_out_altered (the same of compositions never trained on), cosine
    and cosine_held_out of g before and after SWAP, ties, raw, margin (of swap), retrieval and retrieval_held_out (top
    1 among all captions in the order that the law shows), excess (loss of fresh batches above its infimum, nats),
    blind_gap (the least excess of a tower blind to SWAP, exact) and excess_above_gap. Chance of an accuracy is 1/2.

    Series: steps, loss, cpu_seconds; encoders {name: {operator: {accuracy, altered, ties}}} on training captions, or
    where both orders are shown contrast {text, share, excess, gap, swap} and, for independent draws, batch, bags and
    the exact gap `curve` against `shares`.
    """
    scenes, towers = trained.scenes, trained.towers
    scores = scores_of(trained, seed)
    swap = scores["swap_objects"]
    unseen = operator_score(
        towers, scenes.held_out, scenes.operators()["swap_objects"], rng=stream(seed, "evaluation", "held_out")
    )
    loss = trained_loss(trained, batches=EVALUATED, rng=stream(seed, "evaluation", "loss"))
    excess, gap = loss - infimum(trained), blind_gap(trained)
    shown = {"encoders": {encoder_of(trained.task): operator_series(scores)}}
    if trained.task.share:
        shown = _contrast(trained, swap.accuracy, excess, gap)
    measured = {
        "swap": swap.accuracy,
        "swap_altered": swap.altered,
        "held_out": unseen.accuracy,
        "held_out_altered": unseen.altered,
        "cosine": swap.cosine,
        "cosine_held_out": unseen.cosine,
        "ties": swap.ties,
        "raw": swap.raw,
        "margin": swap.margin,
        "retrieval": retrieval(towers, scenes.training, (), rng=stream(seed, "evaluation", "retrieval")),
        "retrieval_held_out": retrieval(
            towers, scenes.held_out, scenes.training, rng=stream(seed, "evaluation", "retrieval_held_out")
        ),
        "excess": excess,
        "blind_gap": gap,
        "excess_above_gap": excess - gap,
    }
    accuracies = ("swap", "swap_altered", "held_out", "held_out_altered")
    return Evidence(
        measured,
        bar,
        dict.fromkeys(accuracies, 1.0),
        dict.fromkeys(accuracies, 0.5),
        {
            "steps": list(trained.history.steps),
            "loss": list(trained.history.losses),
            "cpu_seconds": trained.cpu_seconds,
            **shown,
        },
        note,
    )


def _contrast(trained: Trained, swap: float, excess: float, gap: float) -> dict[str, Any]:
    """A run that was shown both orders, beside the exact gap of its batches against the share of the rarer order."""
    task, bags = trained.task, len(trained.scenes.training)
    point = {"text": task.towers.text, "share": task.share, "excess": excess, "gap": gap, "swap": swap}
    if task.batches == "distinct":
        return {"contrast": point}
    shares = np.geomspace(0.005, 0.5, 61).tolist()
    curve = [contrasting_gap(contrasting_law(bags, share), task.batch) for share in shares]
    return {"contrast": {**point, "batch": task.batch, "bags": bags, "shares": shares, "curve": curve}}


def operator_series(scores: Mapping[str, OperatorScore]) -> dict[str, dict[str, float]]:
    """What figures need of the scores by operator."""
    return {
        name: {"accuracy": score.accuracy, "altered": score.altered, "ties": score.ties}
        for name, score in scores.items()
    }


def without(setting: Setting, name: str) -> dict[str, Any]:
    """The setting less one of its keys."""
    return {key: value for key, value in setting.items() if key != name}


def apart(context: Context, part: object) -> Context:
    """The context of one training run of several: a folder of its own."""
    folder = None if context.workspace is None else context.workspace / str(part)
    return replace(context, workspace=folder)
