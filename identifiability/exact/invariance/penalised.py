"""Score tables that minimise the risks of the environments plus a penalty for their disagreement: IRMv1 and V-REx."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from scipy.special import logsumexp

Penalty = Literal["irmv1", "vrex"]


class Risks(NamedTuple):
    """R^e and d/dw R^e(w s) at w = 1 of a score table, and their gradients in the table."""

    risk: Float[np.ndarray, " e"]
    slope: Float[np.ndarray, " e"]
    risk_gradient: Float[np.ndarray, "e x y"]
    slope_gradient: Float[np.ndarray, "e x y"]


def risks(joint: Float[np.ndarray, "e x y"], scores: Float[np.ndarray, "x y"]) -> Risks:
    """Cross-entropies of softmax(s) in every environment, with derivatives in closed form.

    With q = softmax(s) and p_e(x, y): dR^e/ds = p_e(x) q - p_e(x, y), the slope is sum_xy s dR^e/ds, and its gradient
    dR^e/ds + p_e(x) q (s - E_q s).

    Args:
        joint: pi_e p_e(x, y), every environment with positive weight.
        scores: finite scores.
    """
    law = joint / joint.sum(axis=(1, 2), keepdims=True)
    image = law.sum(axis=2, keepdims=True)
    log_q = scores - logsumexp(scores, axis=1, keepdims=True)
    q = np.exp(log_q)
    gradient = image * q - law
    centred = scores - (q * scores).sum(axis=1, keepdims=True)
    return Risks(
        risk=-(law * log_q).sum(axis=(1, 2)),
        slope=(gradient * scores).sum(axis=(1, 2)),
        risk_gradient=gradient,
        slope_gradient=gradient + image * q * centred,
    )


def penalised_risk(
    joint: Float[np.ndarray, "e x y"], scores: Float[np.ndarray, "x y"], strength: float, penalty: Penalty
) -> tuple[float, Float[np.ndarray, "x y"]]:
    """sum_e pi_e R^e + strength * penalty, and its gradient in the scores.

    The penalty is sum_e |d/dw R^e(w s)|^2 at w = 1 ("irmv1", Arjovsky et al. 2019) or the variance of the risks over
    the environments ("vrex", Krueger et al. 2021). Both count every environment once, whatever its weight.
    """
    r, weights = risks(joint, scores), joint.sum(axis=(1, 2))
    if penalty == "irmv1":
        value, direction = (r.slope**2).sum(), np.einsum("e,exy->xy", 2 * r.slope, r.slope_gradient)
    else:
        spread = r.risk - r.risk.mean()
        value, direction = (spread**2).mean(), np.einsum("e,exy->xy", 2 * spread / len(spread), r.risk_gradient)
    gradient = np.einsum("e,exy->xy", weights, r.risk_gradient) + strength * direction
    return float(weights @ r.risk + strength * value), gradient


class Minimum(NamedTuple):
    """A score table, the largest entry of the objective's gradient there over 1 + strength, evaluations used."""

    scores: Float[np.ndarray, "x y"]
    gradient: float
    evaluations: int


def minimise(
    joint: Float[np.ndarray, "e x y"],
    start: Float[np.ndarray, "x y"],
    strength: float,
    penalty: Penalty,
    *,
    evaluations: int = 2000,
) -> Minimum:
    """A local minimum of `penalised_risk` by L-BFGS from `start`, within about the given number of evaluations."""

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = penalised_risk(joint, flat.reshape(start.shape), strength, penalty)
        return value / (1 + strength), gradient.ravel() / (1 + strength)

    options = {"maxiter": evaluations, "maxfun": evaluations, "ftol": 0.0, "gtol": 1e-15}
    found = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return Minimum(found.x.reshape(start.shape), float(np.abs(found.jac).max()), int(found.nfev))


def continuation(
    joint: Float[np.ndarray, "e x y"], strengths: Sequence[float], penalty: Penalty
) -> Iterator[tuple[float, Minimum]]:
    """Minima for growing strengths, each started at the one before, the first at the pooled log p(y | x).

    Raises:
        ValueError: a class that never occurs with an image (its log posterior is -inf, no start).
    """
    pooled = joint.sum(axis=0)
    if not (pooled > 0).all():
        x, y = np.argwhere(pooled == 0)[0].tolist()
        raise ValueError(
            f"class {y} never occurs with image {x}: the pooled optimum scores it -inf, and a minimiser over finite "
            "tables cannot start there"
        )
    scores = np.log(pooled / pooled.sum(axis=1, keepdims=True))
    for strength in sorted(strengths):
        minimum = minimise(joint, scores, strength, penalty)
        scores = minimum.scores
        yield strength, minimum
