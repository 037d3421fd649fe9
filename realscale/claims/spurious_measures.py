"""What a classifier makes of a spurious context: accuracies, leakage of the context, calibration in every test."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from identifiability.claims.claim import Context
from identifiability.exact.invariance import is_irm_optimal
from identifiability.exact.invariance.calibration import calibration
from identifiability.learning.invariance.evaluation import calibration_error
from identifiability.metrics import accuracy_linear
from realscale.claims.once import once
from scm.coloured import noisy_copy

LEVEL = 0.01  # of a false "not invariant", a share of the splits


@dataclass(frozen=True, eq=False)
class Answers:
    """Pictures as a model sees them: codes, scores of the classes, and the content and context that each shows."""

    codes: Float[np.ndarray, "m d"]
    scores: Float[np.ndarray, "m C"]
    contents: Int[np.ndarray, " m"]
    contexts: Int[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a recipe came to on one split: numbers by name, and p(class named | class) with the contexts reversed."""

    numbers: Mapping[str, float]
    reversed_confusion: Float[np.ndarray, "C C"]


def outcomes_once(context: Context, of: Hashable, measure: Callable[[], Mapping[Any, Outcome]]) -> dict[str, Outcome]:
    """Outcomes that several checks of a run measure alike, by name (`once`)."""

    def document() -> dict[str, Any]:
        return {
            name: {"numbers": dict(one.numbers), "reversed_confusion": one.reversed_confusion.tolist()}
            for name, one in measure().items()
        }

    found = once(context, of, document)
    return {name: Outcome(one["numbers"], np.array(one["reversed_confusion"])) for name, one in found.items()}


def outcome_of(
    seen: Answers, unseen: Answers, laws: Mapping[str, Float[np.ndarray, "C S"]], token_noise: float, fit: float
) -> Outcome:
    """Accuracies in the tests, leakage of the context and calibration on unseen pictures; `fit` is of the training."""
    numbers = {
        "fit": fit,
        **accuracies_by_test(unseen, laws),
        "worst_context": worst_context(unseen),
        **context_leakage(seen, unseen),
        **calibrations(unseen, laws, token_noise),
    }
    return Outcome(numbers, confusion(unseen, laws["reversed"]))


def design_weights(
    law: Float[np.ndarray, "C S"], classes: Int[np.ndarray, " n"], styles: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Weights of mean 1 under which classes are uniform and p(style | class) is `law` exactly: p(y, s) / count(y, s).

    Raises:
        ValueError: a class and a style that the law has and no picture shows.
    """
    counts = np.zeros_like(law)
    np.add.at(counts, (classes, styles), 1)
    if ((counts == 0) & (law > 0)).any():
        raise ValueError(
            f"{int(((counts == 0) & (law > 0)).sum())} pairs of class and style have no picture; expected one of each "
            "at least, because no weights put mass where there is none"
        )
    weights = (law / np.maximum(counts, 1))[classes, styles]
    return weights / weights.mean()


def accuracies_by_test(answers: Answers, laws: Mapping[str, Float[np.ndarray, "C S"]]) -> dict[str, float]:
    """Accuracy of naming the content under each law p(context | content), contents uniform."""
    right = answers.scores.argmax(axis=1) == answers.contents
    weights = {name: design_weights(law, answers.contents, answers.contexts) for name, law in laws.items()}
    return {name: float((right * own).mean()) for name, own in weights.items()}


def worst_context(answers: Answers) -> float:
    """Accuracy of naming the content in the context where it is least, contents alike."""
    right = answers.scores.argmax(axis=1) == answers.contents
    in_context = []
    for context in np.unique(answers.contexts):
        own = answers.contexts == context
        contents = answers.contents[own]
        in_context.append(np.mean([right[own][contents == content].mean() for content in np.unique(contents)]))
    return float(min(in_context))


def confusion(answers: Answers, law: Float[np.ndarray, "C S"]) -> Float[np.ndarray, "C C"]:
    """p(named | content) under the law: row c is what pictures of content c are called."""
    weights = design_weights(law, answers.contents, answers.contexts)
    found = np.zeros((len(law), len(law)))
    np.add.at(found, (answers.contents, answers.scores.argmax(axis=1)), weights)
    return found / found.sum(axis=1, keepdims=True)


def context_leakage(seen: Answers, unseen: Answers) -> dict[str, float]:
    """Accuracy of linear probes for the context: on the codes, and on the scores of the classes up to an offset.

    The second is what the classifier itself tells of the context: a code may hold what no score reads.
    """
    read = {
        "code": (seen.codes, unseen.codes),
        "scores": tuple(part.scores - part.scores.mean(axis=1, keepdims=True) for part in (seen, unseen)),
    }
    return {
        f"context_in_{name}": accuracy_linear(fitted, seen.contexts, tested, unseen.contexts)
        for name, (fitted, tested) in read.items()
    }


def word_law(
    law: Float[np.ndarray, "C S"], contents: Int[np.ndarray, " m"], contexts: Int[np.ndarray, " m"], token_noise: float
) -> Float[np.ndarray, "m C"]:
    """p(picture, class word): words uniform, the context drawn given the WORD as in training, the content its own.

    A word is drawn anew with probability `token_noise`; pictures of one content in one context are alike.
    """
    classes = len(law)
    channel = noisy_copy(classes, 1 - token_noise + token_noise / classes)  # p(content | word)
    counts = np.zeros_like(law)
    np.add.at(counts, (contents, contexts), 1)
    return (channel[:, contents] * law[:, contexts] / counts[contents, contexts] / classes).T


def calibrations(
    answers: Answers, laws: Mapping[str, Float[np.ndarray, "C S"]], token_noise: float
) -> dict[str, float]:
    """Calibration of the scores as log-odds of the class words, in every test, and what mending it would save.

    calibration_error_*: of 15 bins of confidence. recalibration: nats, I(word; test | class named) with the tests for
    environments, which is 0 iff one classifier of the named class is optimal in all. rejected: 1 if `is_irm_optimal`
    finds, in the table of contents, contexts and named classes, that contexts need different classifiers.
    """
    joints = {name: word_law(law, answers.contents, answers.contexts, token_noise) for name, law in laws.items()}
    named = answers.scores.argmax(axis=1)
    classes = answers.scores.shape[1]
    table = np.stack([np.eye(classes)[named].T @ joint for joint in joints.values()]) / len(joints)
    counts = np.zeros((classes, answers.contexts.max() + 1, classes), dtype=np.int64)
    np.add.at(counts, (answers.contents, answers.contexts, named), 1)
    decision = is_irm_optimal(counts, level=LEVEL)
    errors = {f"calibration_error_{name}": calibration_error(joint, answers.scores) for name, joint in joints.items()}
    return {**errors, "recalibration": calibration(table).cost, "rejected": float(decision.optimal is False)}
