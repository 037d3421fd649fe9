"""Scores per environment: exact for known predictors, against plain references, by every prompt and selection rule."""

import numpy as np
import pytest
import torch

from identifiability.exact.invariance.irmv1 import irmv1_penalty
from identifiability.learning.invariance.captions import DIGIT_WORDS, coloured_captions
from identifiability.learning.invariance.evaluation import (
    EnvironmentScores,
    Evaluation,
    calibration_error,
    class_scores,
    environment_scores,
    select,
)
from identifiability.learning.invariance.images import BitImages
from identifiability.learning.invariance.problems import Problem
from scm.coloured import coloured_classes
from scm.streams import stream


@pytest.fixture(scope="module")
def problem() -> Problem:
    training, test = coloured_classes(classes=2, test=0.1)
    return Problem(training, test, BitImages(2, 2, noise=0.0, per_cell=3), coloured_captions(DIGIT_WORDS[:2]))


@pytest.fixture(scope="module")
def evaluation(problem: Problem) -> Evaluation:
    return Evaluation.of(problem, rng=stream(0, "evaluation"))


def table(evaluation: Evaluation, joint: np.ndarray) -> np.ndarray:
    """log p(y | c, s) of the images, from a law (y, c, s)."""
    cells = evaluation.images.numpy()
    c, s = cells[:, :2].argmax(axis=1), cells[:, 2:].argmax(axis=1)
    return np.log(joint / joint.sum(axis=0))[:, c, s].T


def test_the_law_of_evaluation_images_is_exact(problem: Problem, evaluation: Evaluation) -> None:
    assert evaluation.names == ("train_0", "train_1", "test")
    np.testing.assert_allclose(evaluation.joint.sum(axis=(1, 2)), 1, atol=1e-15)
    for s in range(2):
        shown = evaluation.contexts.numpy() == s
        np.testing.assert_allclose(
            evaluation.joint[:-1, shown].sum(axis=1) / 2, problem.law.sum(axis=2)[:, :, s], atol=1e-15
        )


def test_pooled_and_invariant_posteriors_have_their_known_scores(problem: Problem, evaluation: Evaluation) -> None:
    """Pooled: .90 and .80 in training, .10 in the test environment. Invariant: .75 everywhere and no penalty."""
    pooled = environment_scores(evaluation, table(evaluation, problem.law.sum(axis=0)))
    np.testing.assert_allclose(pooled.accuracy, [0.9, 0.8, 0.1], atol=1e-12)
    cells = np.log(problem.law.sum(axis=0) / problem.law.sum(axis=(0, 1))).reshape(2, 4).T
    exact = irmv1_penalty(problem.law.reshape(2, 2, 4).swapaxes(1, 2), cells)
    assert pooled.penalty == pytest.approx(exact, abs=1e-14)
    assert exact > 5e-3
    assert pooled.worst == pytest.approx(0.1)
    assert pooled.spread == pytest.approx(0.8)
    content = problem.law.sum(axis=(0, 3))[:, :, None].repeat(2, axis=2)
    invariant = environment_scores(evaluation, table(evaluation, content))
    np.testing.assert_allclose(invariant.accuracy, 0.75, atol=1e-12)
    assert invariant.penalty < 1e-25
    np.testing.assert_allclose(invariant.calibration, 0, atol=1e-12)
    assert pooled.calibration[2] > 0.5


def test_calibration_error_against_a_plain_loop() -> None:
    rng = stream(0, "calibration")
    joint = rng.dirichlet(np.ones(60)).reshape(20, 3)
    scores = rng.normal(size=(20, 3))
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    expected = 0.0
    for b in range(15):
        gap = 0.0
        for x in range(20):
            confidence = probabilities[x].max()
            if b / 15 <= confidence < (b + 1) / 15:
                gap += joint[x, probabilities[x].argmax()] - joint[x].sum() * confidence
        expected += abs(gap)
    assert calibration_error(joint, scores) == pytest.approx(expected, abs=1e-12)
    assert calibration_error(joint, scores + 7) == pytest.approx(expected, abs=1e-12)


def test_prompts_read_the_codes_that_they_name() -> None:
    generator = torch.Generator().manual_seed(0)
    f = torch.randn(5, 3, generator=generator)
    codes = {"pruned": torch.randn(2, 3, generator=generator), "full": torch.randn(2, 4, 3, generator=generator)}
    contexts = torch.tensor([0, 3, 1, 2, 3])
    for i in range(5):
        full = torch.stack([torch.stack([f[i] @ codes["full"][y, s] for s in range(4)]) for y in range(2)])
        best = int(full.flatten().argmax()) % 4
        expected = {
            "class": codes["pruned"] @ f[i],
            "fixed": full[:, 0],
            "mean": full.mean(dim=1),
            "matched": full[:, contexts[i]],
            "estimated": full[:, best],
        }
        for prompt, scores in expected.items():
            torch.testing.assert_close(class_scores(f, codes, prompt, contexts)[i], scores)
    with pytest.raises(ValueError, match="prompt 'best' is unknown; expected one of class, matched"):
        class_scores(f, codes, "best", contexts)


def test_selection_rules_choose_what_they_say() -> None:
    names = ("train_0", "train_1", "test")
    accuracies = {30: (0.9, 0.7, 0.1), 60: (0.75, 0.75, 0.75), 90: (0.9, 0.8, 0.2), 120: (0.8, 0.8, 0.4)}
    curve = {step: EnvironmentScores(names, accuracy, 0.0, (0.0, 0.0, 0.0)) for step, accuracy in accuracies.items()}
    chosen = select(curve)
    assert {rule: (c.step, c.ood) for rule, c in chosen.items()} == {
        "last": (120, 0.4),
        "training": (90, 0.2),
        "oracle": (60, 0.75),
    }
    curve[45] = curve[90]
    assert select(curve)["training"].step == 45  # the earliest of equals
