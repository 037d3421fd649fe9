"""How learned prompts are judged: on the base and the new half of the classes, on other sets, on a context left out."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from jaxtyping import Float

from identifiability.metrics.interval import seed_mean
from identifiability.metrics.pairwise import wilson_interval
from realscale.data.labelled import LabelledImages, part
from realscale.data.splits import base_and_new, few_shots
from realscale.evaluation.codes import CodesOf, Progress
from realscale.evaluation.models import Evaluated
from realscale.evaluation.probe import rows_within
from realscale.evaluation.prompts import prompt_codes
from realscale.evaluation.sets import Splits
from realscale.evaluation.zero_shot import choice
from realscale.prompt_tuning.prompt import Prompt
from realscale.prompt_tuning.settings import Tuning
from realscale.prompt_tuning.training import Pictures, tune, tuned_credits
from scm.streams import stream

VALIDATION_SHOTS = 4


def harmonic_mean(base: float, new: float) -> float:
    """2 b n / (b + n): 0 where one of them is."""
    return 2 * base * new / (base + new) if base + new else 0.0


def base_to_new(
    model: Evaluated,
    splits: Splits,
    tuning: Tuning,
    codes_of: CodesOf,
    *,
    seeds: Sequence[int],
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Learn on shots of the first half of the classes; accuracy within each half of the test, and harmonic mean.

    The classes of a half are told apart among themselves. Beside it the hand-written prompt, which learned nothing.
    A seed draws the shots and decides what the prompt begins as; at most 4 shots a class are the validation, whose
    accuracy is reported and chooses nothing.

    Raises:
        ValueError: a set of fewer than four classes; and as `tune`.
        Diverged: as `tune`.
    """
    parts = base_and_new(splits.test)
    if len(parts[1].class_names) < 2:
        raise ValueError(
            f"the set {splits.test.name!r} has {len(splits.test.class_names)} classes; expected 4 at least, because "
            "the classes of either half are told apart among themselves"
        )
    test_codes = codes_of(splits.test)
    halves = [Pictures(model, half, test_codes[half.rows]) for half in parts]
    hand = [float(hand_credits(half, tuning.template).mean()) for half in halves]
    runs: list[dict[str, Any]] = []
    for seed in seeds:
        shots, validation = draw_shots(splits, tuning.shots, seed=seed)
        learned, checked = (base_and_new(images)[0] for images in (shots, validation))
        prompt, losses = tune(tuning, Pictures(model, learned, codes_of(learned)), seed=seed, progress=progress)
        base, new = (judged(prompt, half) for half in halves)
        runs.append(
            {
                "seed": seed,
                "base": base,
                "new": new,
                "harmonic_mean": harmonic_mean(base["accuracy"], new["accuracy"]),
                "validation": judged(prompt, Pictures(model, checked, codes_of(checked))) if len(checked) else None,
                "loss": [losses[0], losses[-1]],
                "n_shots": len(learned),
            }
        )
    return {
        "settings": asdict(tuning),
        "runs": runs,
        "base": over_seeds([run["base"]["accuracy"] for run in runs]),
        "new": over_seeds([run["new"]["accuracy"] for run in runs]),
        "harmonic_mean": over_seeds([run["harmonic_mean"] for run in runs]),
        "hand": {"base": hand[0], "new": hand[1], "harmonic_mean": harmonic_mean(*hand)},
        "classes": [len(half.images.class_names) for half in halves],
    }


def cross_dataset(
    model: Evaluated,
    splits: Splits,
    targets: Sequence[LabelledImages],
    tuning: Tuning,
    codes_of: CodesOf,
    *,
    seeds: Sequence[int],
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Learn on shots of all classes of a set; accuracy on its own test images and on other sets, as they are.

    Raises:
        ValueError, Diverged: as `tune`.
    """
    judges = [Pictures(model, images, codes_of(images)) for images in (splits.test, *targets)]
    runs = []
    for seed in seeds:
        shots, _ = draw_shots(splits, tuning.shots, seed=seed)
        prompt, _ = tune(tuning, Pictures(model, shots, codes_of(shots)), seed=seed, progress=progress)
        runs.append([judged(prompt, judge) for judge in judges])
    return {
        "settings": asdict(tuning),
        "source": splits.test.name,
        "sets": {
            judge.images.name: {
                "accuracy": over_seeds([run[number]["accuracy"] for run in runs]),
                "hand": float(hand_credits(judge, tuning.template).mean()),
                "runs": [run[number] for run in runs],
            }
            for number, judge in enumerate(judges)
        },
        "seeds": list(seeds),
    }


def context_left_out(
    model: Evaluated,
    images: LabelledImages,
    tuning: Tuning,
    codes_of: CodesOf,
    *,
    seeds: Sequence[int],
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Learn on shots of all classes in all contexts but one; accuracy on every image of that one, for each in turn.

    Raises:
        ValueError: one context alone; and as `tune`.
        Diverged: as `tune`.
    """
    present = np.unique(images.contexts)
    if len(present) < 2:
        raise ValueError(
            f"the set {images.name!r} has images of {len(present)} context; expected two or more, because prompts are "
            "learned in the others of the one that is left out"
        )
    contexts = {}
    for context in present:
        here = images.contexts == context
        splits = Splits(part(images, ~here), None, part(images, here))
        found = cross_dataset(model, splits, (), tuning, codes_of, seeds=seeds, progress=progress)
        contexts[images.context_names[context]] = found["sets"][images.name]
    runs = zip(*([run["accuracy"] for run in entry["runs"]] for entry in contexts.values()), strict=True)
    return {
        "contexts": contexts,
        "mean": over_seeds([float(np.mean(run)) for run in runs]),
        "hand": float(np.mean([entry["hand"] for entry in contexts.values()])),
    }


def draw_shots(splits: Splits, shots: int, *, seed: int) -> tuple[LabelledImages, LabelledImages]:
    """Shots of every class, and at most 4 a class to validate with: of the set's own, else of those not drawn."""
    drawn = few_shots(splits.train, shots, rng=stream(seed, "shots"))
    rest = splits.validation
    if rest is None:
        rest = part(splits.train, ~np.isin(np.arange(len(splits.train)), rows_within(splits.train, drawn)))
    return drawn, few_shots(rest, min(shots, VALIDATION_SHOTS), rng=stream(seed, "validation shots"))


def judged(prompt: Prompt, pictures: Pictures) -> dict[str, Any]:
    """Accuracy among the classes of the pictures, with Wilson's interval."""
    accuracy = float(tuned_credits(prompt, pictures).mean())
    return {
        "accuracy": accuracy,
        "interval": list(wilson_interval(accuracy, len(pictures.images))),
        "n": len(pictures.images),
    }


def hand_credits(pictures: Pictures, template: str) -> Float[np.ndarray, " n"]:
    """Credits of the hand-written prompt."""
    prompts = prompt_codes(pictures.model, pictures.images.class_names, (template,))
    return choice(pictures.images, pictures.codes, prompts)


def over_seeds(values: Sequence[float]) -> dict[str, Any]:
    """Mean over seeds with Student's interval (none of one seed)."""
    found = seed_mean(values)
    return {
        "mean": found.mean,
        "interval": None if found.interval is None else list(found.interval),
        "seeds": found.seeds,
    }
