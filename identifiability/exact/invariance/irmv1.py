"""IRMv1 of score tables, exactly, and a predictor with zero penalty in every environment that is not invariant."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.special import softmax

from identifiability.exact.invariance.joint import AXES, as_joint
from scm import FiniteLaw
from scm.joint import as_array

LARGEST_LABEL_NOISE = (2 - math.sqrt(2)) / 4  # .1464466: up to here a non-invariant predictor has zero penalty


def irmv1_penalty(joint: ArrayLike | FiniteLaw, scores: ArrayLike) -> float:
    """sum_e |d/dw R^e(w s)|^2 at w = 1, R^e the cross-entropy of softmax(w s) under p_e.

    d/dw R^e = E_e[-s(x, y) + sum_y' softmax(s)(y' | x) s(x, y')], which an offset a(x) of the scores does not change.
    Every environment that occurs counts once, whatever its weight. A score of -inf is allowed where the class never
    occurs with the image; where it does, the risk and the penalty are +inf.

    Args:
        joint: pi_e p_e(x, y), of sum 1, as `irm_by_enumeration` takes it.
        scores: s(x, y) of the classifier softmax(s).

    Raises:
        ValueError: a table that is not a law, scores of another shape, or that are nan or +inf.

    Source: Arjovsky et al. 2019 (arXiv 1907.02893), eq. (IRMv1).
    """
    joint = as_joint(joint)
    scores = _scores(scores, joint)
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


def accuracy(joint: ArrayLike | FiniteLaw, scores: ArrayLike, *, tolerance: float = 1e-12) -> float:
    """Probability that the class of highest score is the true one; m tied classes count 1/m each.

    Args:
        joint: p(x, y), of sum 1: joint[image, class] as an array or nested lists, or a law with variables "x", "y".
        scores: s(x, y); -inf is allowed.
        tolerance: scores this near to the highest are tied with it, so that rounding does not break ties.

    Raises:
        ValueError: a table that is not a law, scores of another shape, or that are nan.
    """
    joint = as_joint(joint, AXES[1:])
    scores = _scores(scores, joint)
    if np.isnan(scores).any():
        raise ValueError(f"the score at {tuple(np.argwhere(np.isnan(scores))[0].tolist())} is nan; it ranks no class")
    best = scores.max(axis=1, keepdims=True)
    tied = (scores == best) | (scores >= best - tolerance)
    return float((joint * tied / tied.sum(axis=1, keepdims=True)).sum())


class OddPredictor(NamedTuple):
    """f(x1, x2) = x1 * agree where x1 = x2, x1 * differ where not, for x1, x2 in {-1, 1}.

    The odd functions of two signs. It ignores x2 iff agree = differ.
    """

    agree: float
    differ: float


def sign_risk(predictor: OddPredictor, label_noise: float, flip: float, *, scale: float = 1.0) -> float:
    """E (w f(X) - Y)^2 / 2 at w = scale; Y a fair sign, X1 = -Y with probability label_noise, X2 = -Y with `flip`."""
    return sum(mass * (scale * value - 1) ** 2 / 2 for mass, value in _signed_values(predictor, label_noise, flip))


def sign_slope(predictor: OddPredictor, label_noise: float, flip: float) -> float:
    """d/dw E (w f(X) - Y)^2 / 2 at w = 1, which is E[f^2 - f Y]; the IRMv1 penalty is the sum of its squares."""
    return sum(mass * value * (value - 1) for mass, value in _signed_values(predictor, label_noise, flip))


def zero_penalty_predictors(label_noise: float) -> tuple[OddPredictor, ...]:
    r"""Every odd predictor f(X1, X2) whose slope is zero in ALL environments, whatever P(X2 = -Y) = beta_e there.

    The slope is linear in beta, so that it vanishes for all beta iff it does for two. Its coefficient of beta vanishes
    iff agree = differ or agree + differ = c = 1 / (1 - 2 alpha). The first case leaves f = 0 and the invariant f =
    (1 - 2 alpha) X1, the second {agree, differ} = (c +- sqrt(2 - c^2)) / 2: real iff c^2 <= 2, that is iff alpha <=
    (2 - sqrt 2) / 4 = .1464466. These two use X2, and no number of environments excludes them.

    Args:
        label_noise: alpha = P(X1 = -Y), in [0, 1/2).

    Raises:
        ValueError: alpha outside [0, 1/2).

    Source: Kamath et al. 2021 (arXiv 2101.01134), two-bit environments; the closed form is derived here.
    """
    if not 0 <= label_noise < 0.5:
        raise ValueError(
            f"label_noise={label_noise}, expected it in [0, 1/2): X1 must agree with Y more often than not"
        )
    invariant = 1 - 2 * label_noise
    found = [OddPredictor(0.0, 0.0), OddPredictor(invariant, invariant)]
    discriminant = 2 - invariant**-2
    if discriminant >= 0:
        high, low = ((1 / invariant + sign * math.sqrt(discriminant)) / 2 for sign in (1, -1))
        found += [OddPredictor(high, low), OddPredictor(low, high)]
    return tuple(found)


def _scores(scores: ArrayLike, joint: Float[np.ndarray, "... x y"]) -> Float[np.ndarray, "x y"]:
    table = as_array(scores, "the table of scores")  # type: ignore[arg-type]
    if table.shape != joint.shape[-2:]:
        raise ValueError(
            f"the scores have shape {table.shape}; expected {joint.shape[-2:]}, scores[image, class] of the images and "
            "classes of the law"
        )
    return table


def _signed_values(predictor: OddPredictor, label_noise: float, flip: float) -> list[tuple[float, float]]:
    """Probability and value of Y f(X) in the four cases; f is odd, so Y = 1 and Y = -1 give the same."""
    return [
        ((1 - label_noise) * (1 - flip), predictor.agree),
        ((1 - label_noise) * flip, predictor.differ),
        (label_noise * flip, -predictor.agree),
        (label_noise * (1 - flip), -predictor.differ),
    ]
