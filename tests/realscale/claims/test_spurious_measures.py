"""What is measured of a classifier under a spurious context, on answers made up here."""

import numpy as np
import pytest

from realscale.claims.spurious_context import style_laws
from realscale.claims.spurious_measures import (
    Answers,
    accuracies_by_test,
    calibrations,
    confusion,
    context_leakage,
    word_law,
    worst_context,
)

COUNT, EACH, NOISE = 4, 30, 0.25
LAWS = {"id": np.full((COUNT, COUNT), 0.1 / 3)}
np.fill_diagonal(LAWS["id"], 0.9)
LAWS |= {"uniform": np.full((COUNT, COUNT), 0.25), "reversed": np.roll(LAWS["id"], -1, axis=0)}
CONTENTS, CONTEXTS = (np.repeat(part, EACH) for part in np.divmod(np.arange(COUNT**2), COUNT))


def answers(scores: np.ndarray, codes: np.ndarray | None = None) -> Answers:
    return Answers(scores if codes is None else codes, scores, CONTENTS, CONTEXTS)


def noisy(labels: np.ndarray, seed: int) -> np.ndarray:
    return np.eye(COUNT)[labels] + 0.1 * np.random.default_rng(seed).standard_normal((len(labels), COUNT))


BY_CONTENT, BY_CONTEXT = answers(np.eye(COUNT)[CONTENTS]), answers(np.eye(COUNT)[CONTEXTS])


def test_reading_the_context_is_right_where_it_goes_with_the_content() -> None:
    assert accuracies_by_test(BY_CONTENT, LAWS) == pytest.approx({"id": 1, "uniform": 1, "reversed": 1})
    assert accuracies_by_test(BY_CONTEXT, LAWS) == pytest.approx({"id": 0.9, "uniform": 0.25, "reversed": 0.1 / 3})


def test_the_worst_context_counts_every_content_alike() -> None:
    wrong_in_one = np.eye(COUNT)[np.where((CONTEXTS == 2) & (CONTENTS == 1), 0, CONTENTS)]
    assert worst_context(BY_CONTENT) == 1
    assert worst_context(answers(wrong_in_one)) == 0.75
    kept = ~((CONTEXTS == 2) & (CONTENTS != 1)) | (np.arange(len(CONTENTS)) % EACH == 0)  # many of the content missed
    few = Answers(wrong_in_one[kept], wrong_in_one[kept], CONTENTS[kept], CONTEXTS[kept])
    assert worst_context(few) == 0.75


def test_reversed_pictures_are_called_the_next_class_by_their_context() -> None:
    found = confusion(BY_CONTEXT, LAWS["reversed"])
    np.testing.assert_allclose(found, LAWS["reversed"])
    assert (found.argmax(axis=1) == (np.arange(COUNT) + 1) % COUNT).all()
    np.testing.assert_allclose(confusion(BY_CONTENT, LAWS["reversed"]), np.eye(COUNT))


def test_the_reversed_style_of_any_seed_is_the_next_class_s_own() -> None:
    laws = style_laws(0.9, 101, COUNT)
    assert (laws["reversed"].argmax(axis=1) == np.roll(laws["id"].argmax(axis=1), -1)).all()


def test_a_context_may_be_in_the_code_and_in_no_score() -> None:
    seen, unseen = (
        answers(noisy(CONTENTS, seed), np.hstack([noisy(CONTENTS, seed), noisy(CONTEXTS, seed + 2)])) for seed in (0, 1)
    )
    found = context_leakage(seen, unseen)
    assert found["context_in_code"] == 1
    assert found["context_in_scores"] < 0.4
    lifted = context_leakage(*(answers(part.scores + CONTEXTS[:, None]) for part in (seen, unseen)))
    assert lifted["context_in_scores"] < 0.4  # an offset of all classes decides nothing


def test_the_law_of_the_words_is_that_of_training() -> None:
    joint = word_law(LAWS["id"], CONTENTS, CONTEXTS, NOISE)
    assert joint.sum() == pytest.approx(1)
    by_context = np.stack([joint[context == CONTEXTS].sum(axis=0) for context in range(COUNT)], axis=1)
    np.testing.assert_allclose(by_context, LAWS["id"] / COUNT)
    right = joint[np.arange(len(joint)), CONTENTS].sum()
    assert right == pytest.approx(1 - NOISE + NOISE / COUNT)


def test_the_posterior_of_training_is_calibrated_there_alone() -> None:
    joint = word_law(LAWS["id"], CONTENTS, CONTEXTS, NOISE)
    erm = calibrations(answers(np.log(joint / joint.sum(axis=1, keepdims=True))), LAWS, NOISE)
    assert erm["calibration_error_id"] == pytest.approx(0, abs=1e-9)
    assert erm["calibration_error_reversed"] > 0.3
    channel = word_law(LAWS["uniform"], CONTENTS, CONTEXTS, NOISE)
    invariant = calibrations(answers(np.log(channel)), LAWS, NOISE)
    for name in LAWS:
        assert invariant[f"calibration_error_{name}"] == pytest.approx(0, abs=1e-9)
    assert invariant["recalibration"] == pytest.approx(0, abs=1e-9)


def test_contexts_that_need_different_classifiers_are_rejected() -> None:
    half = np.where(np.arange(len(CONTENTS)) % 2, CONTENTS, CONTEXTS)
    mixed = calibrations(answers(np.eye(COUNT)[half]), LAWS, NOISE)
    assert mixed["rejected"] == 1
    assert mixed["recalibration"] > 0.02
    assert calibrations(BY_CONTENT, LAWS, NOISE)["rejected"] == 0
