"""A scorer of windows whose every score is known: images of two bits, words with the optimal critic's scores.

Words are the classes, the contexts and one function word, in this order. A window's code is the mean of the codes of
its class and context words, so that its score is the mean of theirs; a window without any scores 0.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from identifiability.exact.infonce import population_optimum
from identifiability.exact.invariance.models import bits_table
from identifiability.exact.reasoning.completions import Completions
from identifiability.objectives.process_reward import (
    Form,
    balancing_correction,
    correction_of_windows,
    process_rewards,
    step_scores,
    window_log_likelihood,
)

TWO_BIT_CONTENT = np.array([0, 0, 1, 1])  # c and s of the images x = 2 c + s
TWO_BIT_CONTEXT = np.array([0, 1, 0, 1])


@dataclass(frozen=True, eq=False)
class FiniteScorer:
    r"""What InfoNCE has learned of finitely many images, each of one context, from captions of one word.

    Attributes:
        joint: law p(x, y) of images and class words in training, pooled over environments.
        context: number of the context that each image shows.
        context_error: chance that a caption names another context than the image's.
        balanced: scores of the classes are corrected to those of the token-balanced law.
    """

    joint: np.ndarray
    context: np.ndarray
    context_error: float = 0.05
    balanced: bool = False

    @property
    def classes(self) -> int:
        """Number of class words."""
        return self.joint.shape[1]

    @property
    def contexts(self) -> int:
        """Number of context words."""
        return int(self.context.max()) + 1

    @property
    def words(self) -> int:
        """Class words, context words, and the function word."""
        return self.classes + self.contexts + 1

    @property
    def shows(self) -> Float[np.ndarray, "x s"]:
        """p(s | x), one-hot."""
        return np.eye(self.contexts)[self.context]

    @property
    def law(self) -> Float[np.ndarray, "y s"]:
        """p(y, s) of class words and the contexts of their images."""
        return self.joint.T @ self.shows

    @cached_property
    def word_scores(self) -> Float[np.ndarray, "x words"]:
        """log p(word | x) / p(word) of classes and contexts; 0 for the function word, which says nothing."""
        names = (1 - self.context_error) * self.shows + self.context_error * (1 - self.shows) / (self.contexts - 1)
        image = self.joint.sum(axis=1)
        found = [population_optimum(self.joint), population_optimum(image[:, None] * names)]
        return np.column_stack([*found, np.zeros(len(self.joint))])

    @cached_property
    def correction(self) -> Float[np.ndarray, "x y"]:
        """What balancing adds to the scores of the classes; 0 for a pooled scorer."""
        if not self.balanced:
            return np.zeros_like(self.joint)
        classes, contexts = torch.from_numpy(self.word_scores[:, : self.classes].copy()), torch.from_numpy(self.shows)
        return balancing_correction(classes, self.law, contexts).numpy()

    def likelihoods(self, tokens: Int[np.ndarray, "N T"], width: int) -> Float[np.ndarray, "x N T"]:
        """`window_log_likelihood` of the window of `width` tokens that ends at each token, with each image."""
        counts = self._counts(tokens, width)
        said = np.maximum(counts[..., :-1].sum(axis=2), 1)
        windows = torch.from_numpy(np.einsum("ntw,xw->xnt", counts, self.word_scores) / said)
        images, rows = len(self.joint), len(tokens)
        correction = torch.from_numpy(self.correction).repeat_interleave(rows, dim=0)
        classes = torch.from_numpy(self.word_scores[:, : self.classes]).repeat_interleave(rows, dim=0) + correction
        named = torch.from_numpy(counts[..., : self.classes]).repeat(images, 1, 1)
        corrected = windows.reshape(images * rows, -1) + correction_of_windows(correction, named)
        return window_log_likelihood(corrected, classes).view(windows.shape).numpy()

    def overlap(self, tokens: Int[np.ndarray, "N T"], width: int) -> Int[np.ndarray, "N T"]:
        """How many context words the window that ends at each token holds."""
        return self._counts(tokens, width)[..., self.classes : self.words - 1].sum(axis=2)

    def _counts(self, tokens: Int[np.ndarray, "N T"], width: int) -> Int[np.ndarray, "N T words"]:
        written = (tokens[..., None] == np.arange(self.words)).astype(np.int64)
        total = written.cumsum(axis=1)
        return total - np.pad(total, ((0, 0), (width, 0), (0, 0)))[:, : tokens.shape[1]]

    def rewards(
        self,
        tokens: Int[np.ndarray, "N T"],
        *,
        form: Form,
        width: int,
        penalty: float = 0.0,
        discount: float = 1.0,
    ) -> Float[np.ndarray, "x N T"]:
        """`process_rewards` of the completions with each image.

        Every word is a step, and the end token of a completion without words.
        """
        likelihood = torch.from_numpy(self.likelihoods(tokens, width))
        steps, mask, overlap = (
            torch.from_numpy(array).repeat(len(self.joint), 1)
            for array in (self.steps(tokens), tokens >= 0, self.overlap(tokens, width))
        )
        scores = step_scores(likelihood.flatten(0, 1), overlap, penalty=penalty)
        rewards = process_rewards(scores, steps, mask, form=form, discount=discount)
        return rewards.view(likelihood.shape).numpy()

    def steps(self, tokens: Int[np.ndarray, "N T"]) -> Bool[np.ndarray, "N T"]:
        """Words, and the end token of a completion without any."""
        words = (tokens >= 0) & (tokens < self.words)
        silent = ~words.any(axis=1, keepdims=True)
        return words | (silent & (tokens == self.words))


def answers(completions: Completions, classes: int) -> Int[np.ndarray, " N"]:
    """The class that each completion answers: its last word, if that is a class and the end token follows; else -1."""
    lengths = completions.wrote.sum(axis=1)
    last = completions.tokens[np.arange(len(lengths)), np.maximum(lengths - 1, 0)]
    return np.where(completions.ended & (lengths > 0) & (last < classes), last, -1)


def two_bits(label_noise: float, agreement: Float[np.ndarray, " e"], *, balanced: bool = False) -> FiniteScorer:
    """The scorer of the 2-bit coloured images x = 2 c + s, trained on environments where s = y with these chances."""
    joint = bits_table(label_noise, agreement).sum(axis=0)
    return FiniteScorer(joint, context=TWO_BIT_CONTEXT, balanced=balanced)
