"""IRMv1 of score tables, exactly, and a predictor with zero penalty in every environment that is not invariant."""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import softmax

from scm import FiniteLaw

LARGEST_LABEL_NOISE = (2 - math.sqrt(2)) / 4  # .1464466: up to here the non-invariant root is real


def irmv1_penalty(joint: Float[np.ndarray, "e x y"], scores: Float[np.ndarray, "x y"]) -> float:
    """sum_e |d/dw R^e(w s)|^2 at w = 1, R^e the cross-entropy of softmax(w s) under p_e.

    d/dw R^e = E_e[-s(x, y) + sum_y' softmax(s)(y' | x) s(x, y')], which an offset a(x) of the scores does not change.
    Every environment that occurs counts once, whatever its weight. A score of -inf is allowed where the class never
    occurs with the image; where it does, the risk and the penalty are +inf.

    Args:
        joint: pi_e p_e(x, y), of sum 1.
        scores: s(x, y) of the classifier softmax(s).

    Raises:
        ValueError: a table that is not a law, or scores that are nan or +inf.

    Source: Arjovsky et al. 2019 (arXiv 1907.02893), eq. (IRMv1).
    """
    FiniteLaw(("environment", "x", "y"), joint)
    if not (scores < np.inf).all():
        where = tuple(int(i) for i in np.argwhere(~(scores < np.inf))[0])
        raise ValueError(
            f"the score at {where} is {scores[where]}, expected a number or -inf: softmax has no such limit"
        )
    pooled = joint.sum(axis=0)
    if (scores[pooled > 0] == -np.inf).any():
        return math.inf
    occurs = pooled.any(axis=1)
    table, law = scores[occurs], joint[:, occurs]
    finite = np.where(np.isfinite(table), table, 0.0)  # a class of probability 0 adds nothing to the mean
    slopes = (softmax(table, axis=1) * finite).sum(axis=1, keepdims=True) - finite
    mass = law.sum(axis=(1, 2))
    gradients = (law * slopes).sum(axis=(1, 2))[mass > 0] / mass[mass > 0]
    return float((gradients**2).sum())


def accuracy(joint: Float[np.ndarray, "x y"], scores: Float[np.ndarray, "x y"], *, tolerance: float = 1e-12) -> float:
    """Probability that the class of highest score is the true one; m tied classes count 1/m each.

    Args:
        joint: p(x, y), of sum 1.
        scores: s(x, y); -inf is allowed.
        tolerance: scores this near to the highest are tied with it, so that rounding does not break ties.

    Raises:
        ValueError: a table that is not a law, or scores that are nan.
    """
    FiniteLaw(("x", "y"), joint)
    if np.isnan(scores).any():
        raise ValueError(f"the score at {tuple(np.argwhere(np.isnan(scores))[0].tolist())} is nan; it ranks no class")
    best = scores.max(axis=1, keepdims=True)
    tied = (scores == best) | (scores >= best - tolerance)
    return float((joint * tied / tied.sum(axis=1, keepdims=True)).sum())
