"""Rows of the tables of recipes from scratch: what each is, its runs, the numbers and series of a record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from identifiability.claims.claim import Context
from realscale.claims.scratch_clip import Pairs, Prompt, ScratchTask, scratch_outcomes
from realscale.claims.scratch_emoji import EmojiPairs
from realscale.claims.spurious_measures import Outcome, outcomes_once
from realscale.midtraining.recipes import Recipe

TESTS = ("id", "uniform", "reversed")


@dataclass(frozen=True)
class Row:
    """A recipe and how it is asked.

    trade_off: lambda of eq. 11; resampled: pairs drawn with words independent; augmented: pictures altered.
    """

    recipe: Recipe
    prompt: Prompt = "class"
    trade_off: float = 0.0
    resampled: bool = False
    augmented: bool = False


ROWS: Mapping[str, Row] = {
    "pruned": Row("pruned"),
    "balanced": Row("balanced"),
    "stratified": Row("stratified"),
    "full_matched": Row("plain", "matched"),
    "full_mean": Row("plain", "mean"),
    "hardneg_matched": Row("hardneg", "matched"),
    "resampled": Row("pruned", resampled=True),
    "pruned_and_full": Row("pruned", trade_off=1.0),
    "pruned_and_full_matched": Row("pruned", "matched", trade_off=1.0),
    "pruned_and_10_full": Row("pruned", trade_off=10.0),
    "balanced_and_full": Row("balanced", trade_off=1.0),
    "pruned_augmented": Row("pruned", augmented=True),
    "resampled_augmented": Row("pruned", resampled=True, augmented=True),
}


def outcomes(names: Sequence[str], pairs: Pairs, seed: int, context: Context, *, steps: int) -> dict[str, Outcome]:
    """What each row comes to on one seed; rows of one training share it, and so do the checks of a run.

    Raises:
        MissingData: open_clip or the pictures are missing.
    """
    asked: dict[Row, list[str]] = {}
    for name in names:
        asked.setdefault(replace(ROWS[name], prompt="class"), []).append(name)
    found: dict[str, Outcome] = {}
    for row, its_names in asked.items():
        task = ScratchTask(row.recipe, trade_off=row.trade_off, augmented=row.augmented, steps=steps)
        trained_on = _pairs_of(row, pairs)
        prompts = tuple(ROWS[name].prompt for name in its_names)
        measure = partial(scratch_outcomes, trained_on, task, prompts, seed)
        by_prompt = outcomes_once(context, (trained_on, task, prompts, seed), measure)
        found |= {name: by_prompt[ROWS[name].prompt] for name in its_names}
        if context.progress is not None:
            context.progress(len(found), len(names))
    return {name: found[name] for name in names}


def _pairs_of(row: Row, pairs: Pairs) -> Pairs:
    """The pairs that a row is trained on; where it reads no context words, it does not matter what they name."""
    if not isinstance(pairs, EmojiPairs):
        return pairs
    if row.resampled:
        return replace(pairs, draws="balanced")
    return pairs if _reads(row) else replace(pairs, contexts="named")


def _reads(row: Row) -> bool:
    """Whether a row's training reads context words."""
    return row.recipe != "pruned" or row.trade_off > 0 or row.resampled


def numbers(found: Mapping[str, Outcome]) -> dict[str, float]:
    """Every number of every row, and what each row gains over "pruned" in each test."""
    measured = {f"{key}_{name}": value for name, one in found.items() for key, value in one.numbers.items()}
    for name, one in found.items():
        if name != "pruned" and "pruned" in found:
            for test in TESTS:
                measured[f"gain_{test}_{name}"] = one.numbers[test] - found["pruned"].numbers[test]
    return measured


def chance(found: Mapping[str, Outcome], classes: int) -> dict[str, float]:
    """What a guess would come to."""
    guessed = (*TESTS, "worst_context", "context_in_code", "context_in_scores")
    return {f"{key}_{name}": 1 / classes for name in found for key in guessed}


def series_of(
    test_bed: str, runs: Sequence[Mapping[str, Outcome]], *, regime: str = "", random_words: bool = False
) -> dict[str, Any]:
    """What the figures show: the test bed, a word on what is special, each row's numbers and mean confusion matrix.

    random_words: context words did not tell the context, which matters to rows that read them.
    """
    rows: dict[str, dict[str, list[float]]] = {}
    confusion: dict[str, list[list[float]]] = {}
    for row in runs[0]:
        name = f"{row}_random_words" if random_words and _reads(ROWS[row]) else row
        outcomes_of_row = [found[row] for found in runs]
        rows[name] = {key: [one.numbers[key] for one in outcomes_of_row] for key in outcomes_of_row[0].numbers}
        confusion[name] = np.mean([one.reversed_confusion for one in outcomes_of_row], axis=0).tolist()
    return {"test_bed": test_bed, "regime": regime, "rows": rows, "confusion": confusion}


NOTE = (
    "id: contexts as in training; uniform: every context equally often; reversed: each class has the context that "
    "another one had. worst_context: in the context where it is least. gain: the row minus pruned captions. "
    "context_in_code, context_in_scores: accuracy of a linear probe for the context on the image codes, on the scores "
    "of the classes. calibration_error: of the scores as log-odds of the class words, in each test. recalibration: "
    "nats, I(word; test | class named). rejected: 1 if `is_irm_optimal` rejects that one classifier of the class named "
    "is best in every context; where the class named tells the context it has nothing to compare. A small CLIP of "
    "open_clip's class, 32 x 32 pixels, from random weights. "
)
