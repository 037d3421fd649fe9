"""InfoNCE whose negatives are redrawn until they differ from the positive: negatives that depend on the pair."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from scipy.special import logsumexp, xlogy

from identifiability.exact.infonce import enumerate_batches
from scm import FiniteLaw


class DistinctNegatives(NamedTuple):
    """InfoNCE of a critic, and what its softmax lacks of the posterior of the positive's position.

    Args:
        loss: L_K(s) without the constant log K.
        divergence: E KL(law of the positive's position given the batch || softmax of s over the batch).
        gradient: derivative of the loss by each score.
    """

    loss: float
    divergence: float
    gradient: Float[np.ndarray, "x t"]


def distinct_negatives_loss(
    joint: Float[np.ndarray, "x t"], critic: Float[np.ndarray, "x t"], k: int
) -> DistinctNegatives:
    """L_K(s) with t_1 ~ p(t | x) and K - 1 negatives i.i.d. from p(t) given t != t_1, over all batches.

    A batch with counts c that holds t once has t as its positive with weight
    w_t = p(t | x) / p(t) (1 - p(t))^(1 - K) Mult(c; K, p) / K; the posterior of the position is w / sum w. From K = 3
    on the counts tell more than the texts (a text that is there twice is no positive), which no critic of pairs sees.

    Args:
        joint: law p(x, t), every image and every text with positive probability.
        critic: finite scores s(x, t).
        k: number of candidates, the positive included, at least 2.

    Raises:
        ValueError: a table that is not a law, a text that always or never occurs, or too many batches.
    """
    text = FiniteLaw(("x", "t"), joint).marginal("t")
    if not ((text > 0) & (text < 1)).all():
        raise ValueError(
            f"p(t) is {text.tolist()}, expected probabilities in (0, 1): a negative other than the positive must exist"
        )
    counts, probability = enumerate_batches(text, k)
    factor = probability[:, None] / k * (counts == 1) / (text * (1 - text) ** (k - 1))
    weight = factor * joint[:, None, :]  # of image x, batch and positive t; sums to 1
    score = critic[:, None, :]
    partition = logsumexp(np.broadcast_to(score, weight.shape), b=counts, axis=2, keepdims=True)
    log_softmax = np.broadcast_to(score, weight.shape) - partition
    loss = -float((weight * log_softmax).sum())
    batch = weight.sum(axis=2, keepdims=True)
    entropy = float(xlogy(batch, batch).sum() - xlogy(weight, weight).sum())  # of the position given image and batch
    gradient = (batch * counts * np.exp(log_softmax) - weight).sum(axis=1)
    return DistinctNegatives(loss, loss - entropy, gradient)


def best_distinct_negatives(joint: Float[np.ndarray, "x t"], k: int) -> DistinctNegatives:
    """The same at the critic that minimises the loss, which is convex in the scores; its gradient says how well.

    Raises:
        ValueError: as `distinct_negatives_loss`.
    """

    def loss(scores: Float[np.ndarray, " cells"]) -> tuple[float, Float[np.ndarray, " cells"]]:
        value = distinct_negatives_loss(joint, scores.reshape(joint.shape), k)
        return value.loss, value.gradient.ravel()

    found = minimize(loss, np.zeros(joint.size), jac=True, method="BFGS", options={"gtol": 1e-9})
    return distinct_negatives_loss(joint, found.x.reshape(joint.shape), k)
