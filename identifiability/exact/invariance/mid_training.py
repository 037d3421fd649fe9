"""Equation 11 of CLIP-IRM, L(D_V) + lambda L(D), at its population optimum: when does lambda matter?

D_V holds pruned captions, D full ones; L is the sum of both directions of InfoNCE for many negatives. With a score of
its own for every image and string the two terms share nothing unless a string occurs in both versions, and then only if
they disagree about it. Otherwise lambda acts through what the two terms share: the image code, if it is too small to
serve both.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize

from identifiability.exact.invariance.sphere import limit_and_gradient


class Critics(NamedTuple):
    """Scores of pruned and of full captions, each of mean 0 (a constant changes no loss), and the loss."""

    pruned: Float[np.ndarray, "x v"]
    full: Float[np.ndarray, "x t"]
    loss: float


@dataclass(frozen=True)
class MidTraining:
    """The two laws of equation 11 and the strings that occur in both.

    Attributes:
        pruned: law p(x, v) of images and pruned captions, without zeros.
        full: law p(x, t) of images and full captions, without zeros.
        shared: (v, t) of each string that is in both versions.

    Raises:
        ValueError: laws of different images.
    """

    pruned: Float[np.ndarray, "x v"]
    full: Float[np.ndarray, "x t"]
    shared: tuple[tuple[int, int], ...] = field(default=())

    def __post_init__(self) -> None:
        if not np.allclose(self.pruned.sum(axis=1), self.full.sum(axis=1), rtol=0.0, atol=1e-12):
            raise ValueError(
                f"p(x) is {self.pruned.sum(axis=1)} with pruned and {self.full.sum(axis=1)} with full captions; "
                "expected the same, because both batches show the same images"
            )

    @property
    def strings(self) -> Int[np.ndarray, " t"]:
        """Number of the string of each full caption: that of the pruned one if shared, else the next after those."""
        pruned_of = {full: pruned for pruned, full in self.shared}
        fresh = count(self.pruned.shape[1])
        return np.array([pruned_of[t] if t in pruned_of else next(fresh) for t in range(self.full.shape[1])])

    def tables(self, weight: float, *, rng: np.random.Generator) -> Critics:
        """Minimum over all tables of scores, from a random start (a convex problem)."""
        images, pruned = self.pruned.shape
        full = self.strings
        width = max(pruned, int(full.max()) + 1)

        def value(flat: Float[np.ndarray, " n"]) -> tuple[float, np.ndarray]:
            table = flat.reshape(images, width)
            loss, by_pruned, by_full = self._value(table[:, :pruned], table[:, full], weight)
            gradient = np.zeros_like(table)
            gradient[:, :pruned] += by_pruned
            gradient[:, full] += by_full
            return loss, gradient.ravel()

        flat, loss = _minimum(value, rng.standard_normal(images * width))
        table = flat.reshape(images, width)
        return _centred(table[:, :pruned], table[:, full], loss)

    def codes(self, weight: float, dim: int, *, starts: int, rng: np.random.Generator) -> Critics:
        """Best of several descents over codes f(x), g_t in R^dim, scores <f(x), g_t>: one image code serves both."""
        images, pruned = self.pruned.shape
        full = self.strings
        texts = max(pruned, int(full.max()) + 1)

        def split(flat: Float[np.ndarray, " n"]) -> tuple[np.ndarray, np.ndarray]:
            return flat[: images * dim].reshape(images, dim), flat[images * dim :].reshape(texts, dim)

        def value(flat: Float[np.ndarray, " n"]) -> tuple[float, np.ndarray]:
            image, text = split(flat)
            score = image @ text.T
            loss, by_pruned, by_full = self._value(score[:, :pruned], score[:, full], weight)
            residual = np.zeros_like(score)
            residual[:, :pruned] += by_pruned
            residual[:, full] += by_full
            return loss, np.concatenate([(residual @ text).ravel(), (residual.T @ image).ravel()])

        runs = [_minimum(value, rng.standard_normal((images + texts) * dim)) for _ in range(starts)]
        flat, loss = min(runs, key=lambda run: run[1])
        image, text = split(flat)
        return _centred((image @ text.T)[:, :pruned], (image @ text.T)[:, full], loss)

    def _value(
        self, pruned: Float[np.ndarray, "x v"], full: Float[np.ndarray, "x t"], weight: float
    ) -> tuple[float, Float[np.ndarray, "x v"], Float[np.ndarray, "x t"]]:
        pruned_loss, by_pruned = _both_directions(self.pruned, pruned)
        full_loss, by_full = _both_directions(self.full, full)
        return pruned_loss + weight * full_loss, by_pruned, weight * by_full


def _both_directions(
    joint: Float[np.ndarray, "x t"], critic: Float[np.ndarray, "x t"]
) -> tuple[float, Float[np.ndarray, "x t"]]:
    forward, by_forward = limit_and_gradient(joint, critic)
    backward, by_backward = limit_and_gradient(joint.T, critic.T)
    return forward + backward, by_forward + by_backward.T


def _minimum(
    value: Callable[[np.ndarray], tuple[float, np.ndarray]], start: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " n"], float]:
    options = {"maxiter": 4000, "maxfun": 8000, "ftol": 1e-18, "gtol": 1e-11, "maxcor": 40}
    result = minimize(value, start, jac=True, method="L-BFGS-B", options=options)
    return result.x, float(result.fun)


def _centred(pruned: Float[np.ndarray, "x v"], full: Float[np.ndarray, "x t"], loss: float) -> Critics:
    return Critics(pruned - pruned.mean(), full - full.mean(), loss)
