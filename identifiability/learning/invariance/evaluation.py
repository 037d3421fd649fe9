"""What a trained pair of towers does in every environment, computed on unseen images with the exact law of labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import softmax
from torch import Tensor

from identifiability.exact.invariance.irmv1 import accuracy, irmv1_penalty
from identifiability.learning.invariance.problems import Problem

Prompt = Literal["class", "matched", "estimated", "mean", "fixed"]
PROMPTS: tuple[Prompt, ...] = get_args(Prompt)

BINS = 15  # of the calibration error, as in Guo et al. 2017


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Unseen images with the exact probability of every (image, class) in every environment.

    An image of cell (c, s) has p_e(x, y) = p_e(y, c, s) / (number of images of the cell), so labels and contexts are
    not sampled: what noise there is comes from the pictures alone.

    Attributes:
        images: (m, d) float32; contexts: (m,) the context that each shows.
        joint: (e, m, C) p_e(x, y), each environment of sum 1; the last is the test environment.
        names: of the environments.
    """

    images: Tensor
    contexts: Int[Tensor, " m"]
    joint: Float[np.ndarray, "e m C"]
    names: tuple[str, ...]

    @classmethod
    def of(cls, problem: Problem, *, rng: np.random.Generator) -> "Evaluation":
        """The evaluation images of a problem in its training environments and its test one."""
        contents, contexts = problem.test.levels("c"), problem.test.levels("s")
        images, c, s = problem.images.unseen(contents, contexts, rng=rng)
        counts = np.zeros((contents, contexts))
        np.add.at(counts, (c, s), 1)
        laws = [law.marginal(("c", "s", "y")) for law in (*problem.training.laws.values(), problem.test)]
        joint = np.stack([(law / counts[..., None])[c, s] for law in laws])
        return cls(torch.from_numpy(images), torch.from_numpy(s), joint, problem.environments)


@dataclass(frozen=True)
class EnvironmentScores:
    """One classifier in every environment; lists follow `environments`, whose last entry is the test one.

    Attributes:
        accuracy: ties count one half.
        penalty: IRMv1 penalty over the training environments, sum_e (dR^e/dw)^2.
        calibration: expected calibration error of the predicted class, 15 bins of confidence.
    """

    environments: tuple[str, ...]
    accuracy: tuple[float, ...]
    penalty: float
    calibration: tuple[float, ...]

    @property
    def ood(self) -> float:
        """Accuracy in the test environment."""
        return self.accuracy[-1]

    @property
    def training(self) -> float:
        """Mean accuracy over the training environments."""
        return float(np.mean(self.accuracy[:-1]))

    @property
    def worst(self) -> float:
        """Accuracy in the worst environment of all."""
        return min(self.accuracy)

    @property
    def spread(self) -> float:
        """Largest difference of accuracy between two environments: 0 for a predictor that reads content alone."""
        return max(self.accuracy) - min(self.accuracy)


def environment_scores(evaluation: Evaluation, scores: Float[np.ndarray, "m C"]) -> EnvironmentScores:
    """Accuracy, penalty and calibration of softmax(scores)."""
    joint = evaluation.joint
    training = joint[:-1] / (len(joint) - 1)
    return EnvironmentScores(
        evaluation.names,
        tuple(accuracy(law, scores) for law in joint),
        irmv1_penalty(training, scores),
        tuple(calibration_error(law, scores) for law in joint),
    )


def calibration_error(joint: Float[np.ndarray, "m C"], scores: Float[np.ndarray, "m C"], bins: int = BINS) -> float:
    """sum_b |P(bin b and correct) - E[confidence; bin b]|, confidence = the largest softmax(scores).

    Source: Naeini et al. 2015; Guo et al. 2017 (arXiv 1706.04599), eq. 3. Bins of equal width in [0, 1].
    """
    probabilities = softmax(scores, axis=1)
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    correct = joint[np.arange(len(joint)), predicted]
    bin_of = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(bin_of, correct - joint.sum(axis=1) * confidence, minlength=bins)
    return float(np.abs(gaps).sum())


def class_scores(
    f: Float[Tensor, "m d"],
    codes: Mapping[str, Tensor],
    prompt: str,
    contexts: Int[Tensor, " m"],
) -> Float[Tensor, "m C"]:
    """Zero-shot scores <f(x), code of the prompt of class y>, by what the prompt says of the context.

    class: "a seven"; fixed: "a red seven" for every image; mean: the average code over all contexts; matched: the
    context that the image has; estimated: the context of the caption that fits the image best.

    Args:
        f: image codes.
        codes: "pruned" -> (C, d) and "full" -> (C, S, d) codes of captions.
        prompt: which of `PROMPTS` classifies.
        contexts: of the images (only "matched" reads them).

    Raises:
        ValueError: another prompt.
    """
    if prompt == "class":
        return f @ codes["pruned"].T
    if prompt == "fixed":
        return f @ codes["full"][:, 0].T
    if prompt == "mean":
        return f @ codes["full"].mean(dim=1).T
    if prompt not in PROMPTS:
        raise ValueError(f"prompt {prompt!r} is unknown; expected one of {', '.join(PROMPTS)}")
    scores = torch.einsum("md,csd->mcs", f, codes["full"])
    if prompt == "estimated":
        contexts = scores.amax(dim=1).argmax(dim=1)
    return scores[torch.arange(len(f)), :, contexts]


@dataclass(frozen=True)
class Selected:
    """What a rule of model selection chose: the step, and the accuracy in the test environment there."""

    step: int
    ood: float


@dataclass(frozen=True)
class Report:
    """A finished run.

    Attributes:
        objective: its name in the catalogue.
        prompts: scores of the last step by prompt; the first prompt is the objective's own.
        selection: rule -> choice, with the first prompt. "last": the last step; "training": the best mean accuracy on
            unseen images of the training environments; "oracle": the best accuracy in the test environment, which no
            user has.
        steps, losses: the training curve.
        cpu_seconds: process time of training and evaluation.
    """

    objective: str
    prompts: Mapping[Prompt, EnvironmentScores]
    selection: Mapping[str, Selected]
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    cpu_seconds: float

    @property
    def own(self) -> EnvironmentScores:
        """Scores with the objective's own prompt at the last step."""
        return next(iter(self.prompts.values()))


def select(curve: Mapping[int, EnvironmentScores]) -> dict[str, Selected]:
    """The three rules on the scores along training; among equals the earliest step."""
    chosen = {
        "last": max(curve),
        "training": max(curve, key=lambda step: (curve[step].training, -step)),
        "oracle": max(curve, key=lambda step: (curve[step].ood, -step)),
    }
    return {rule: Selected(step, curve[step].ood) for rule, step in chosen.items()}
