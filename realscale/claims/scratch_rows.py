"""Rows of the tables of recipes from scratch: what each is, its runs, the numbers and series of a record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from identifiability.claims.claim import Context
from realscale.claims.scratch_clip import Pairs, Prompt, ScratchTask, scratch_outcomes
from realscale.claims.scratch_emoji import EmojiPairs
from realscale.claims.spurious_measures import Outcome
from realscale.midtraining.recipes import Recipe

TESTS = ("id", "uniform", "reversed")


@dataclass(frozen=True)
class Row:
    """A recipe and how it is asked; `resampled`: pairs drawn with words independent; `augmented`: pictures altered."""

    recipe: Recipe
    prompt: Prompt = "class"
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
    "pruned_augmented": Row("pruned", augmented=True),
    "resampled_augmented": Row("pruned", resampled=True, augmented=True),
}


def outcomes(names: Sequence[str], pairs: Pairs, seed: int, context: Context, *, steps: int) -> dict[str, Outcome]:
    """What each row comes to on one seed; rows of one training share it.

    Raises:
        MissingData: open_clip or the pictures are missing.
    """
    prompts: dict[Row, list[Prompt]] = {}
    for name in names:
        prompts.setdefault(_training(name), []).append(ROWS[name].prompt)
    found = {}
    for done, name in enumerate(names):
        row = ROWS[name]
        drawn = replace(pairs, draws="balanced") if row.resampled and isinstance(pairs, EmojiPairs) else pairs
        task = ScratchTask(row.recipe, augmented=row.augmented, steps=steps)
        found[name] = scratch_outcomes(drawn, task, tuple(prompts[_training(name)]), seed)[row.prompt]
        if context.progress is not None:
            context.progress(done + 1, len(names))
    return found


def _reads(name: str) -> bool:
    """Whether a row's training reads context words."""
    return ROWS[name].recipe != "pruned" or ROWS[name].resampled


def _training(name: str) -> Row:
    return replace(ROWS[name], prompt="class")


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
    guessed = (*TESTS, "context_in_code", "context_in_scores")
    return {f"{key}_{name}": 1 / classes for name in found for key in guessed}


def series_of(
    test_bed: str, found: Mapping[str, Outcome], *, regime: str = "", random_words: bool = False
) -> dict[str, Any]:
    """What the figures show: the test bed, a word on what is special, each row's numbers and its confusion matrix.

    random_words: context words did not tell the context, which matters to rows that read them.
    """
    found = {f"{name}_random_words" if random_words and _reads(name) else name: one for name, one in found.items()}
    return {
        "test_bed": test_bed,
        "regime": regime,
        "rows": {name: {key: [value] for key, value in one.numbers.items()} for name, one in found.items()},
        "confusion": {name: one.reversed_confusion.tolist() for name, one in found.items()},
    }


NOTE = (
    "id: contexts as in training; uniform: every context equally often; reversed: each class has the context that "
    "another one had. gain: the row minus pruned captions. context_in_code, context_in_scores: accuracy of a linear "
    "probe for the context on the image codes, on the scores of the classes. calibration_error: of the scores as "
    "log-odds of the class words, in each test. recalibration: nats, I(word; test | class named). rejected: 1 if "
    "`is_irm_optimal` rejects that one classifier of the class named is best in every context; where the class named "
    "tells the context it has nothing to compare. A small CLIP of open_clip's class, 32 x 32 pixels, from random "
    "weights. "
)
