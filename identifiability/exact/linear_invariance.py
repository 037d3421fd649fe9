"""Linear predictors in the population: optima by normal equations, exact errors, when a spurious direction separates.

Coefficients are (offset, weights), a prediction is offset + <weights, x>. Moments are E[v v^T] of v = (1, x, y).
"""

from math import comb

import numpy as np
from jaxtyping import Float
from scipy.optimize import linprog
from scipy.special import ndtr

from scm.unit_tests import Mixture


def least_squares(moments: Float[np.ndarray, "*batch v v"]) -> Float[np.ndarray, "*batch w"]:
    """argmin_c E(<c, u> - y)^2 from E[(u, y)(u, y)^T], the last coordinate being y: E[u u^T]^-1 E[u y].

    Given moments of (1, x, y) this is regression with an offset, given those of (x, y) it is regression through 0. The
    mean over environments of their moments gives pooled ERM.

    Raises:
        ValueError: E[u u^T] is singular, so that several predictors are optimal.
    """
    gram = moments[..., :-1, :-1]
    condition = float(np.max(np.linalg.cond(gram)))
    if not condition < 1e12:
        raise ValueError(
            f"the second moments of the inputs have condition number {condition:.3g}, expected below 1e12: with inputs "
            "that are linearly dependent the least squares predictor is not unique"
        )
    return np.linalg.solve(gram, moments[..., :-1, -1:])[..., 0]


def mean_squared_error(
    moments: Float[np.ndarray, "*#batch v v"], coefficients: Float[np.ndarray, "*#batch w"]
) -> Float[np.ndarray, "*result"]:
    """E(<c, u> - y)^2 = r^T E[(u, y)(u, y)^T] r with r = (c, -1); leading dimensions broadcast."""
    residual = np.concatenate([coefficients, -np.ones((*coefficients.shape[:-1], 1))], axis=-1)
    return np.asarray(np.einsum("...i,...ij,...j->...", residual, moments, residual))


def classification_error(
    mixture: Mixture, scramble: Float[np.ndarray, "d d"], coefficients: Float[np.ndarray, "*batch v"]
) -> Float[np.ndarray, "*batch"]:
    """P([offset + <weights, x> > 0] != y) of Gaussian components: sum_i p_i Phi(-m_i / s) with signed margins m_i.

    x are rows (latent @ scramble), so that the score of component i is N(offset + <mean_i, Q w>, |noise * Q w|^2).
    """
    latent = coefficients[..., 1:] @ scramble.T
    spread = np.linalg.norm(mixture.noise * latent, axis=-1, keepdims=True)
    margins = (2 * mixture.labels - 1) * (coefficients[..., :1] + latent @ mixture.means.T)
    # a constant predictor (spread 0) says class 1 only above 0: at 0 exactly it says class 0
    margins = np.where(margins == 0, 0.5 - mixture.labels, margins)
    with np.errstate(divide="ignore"):
        return np.asarray(ndtr(-margins / spread) @ mixture.weights)


def common_margin(shifts: Float[np.ndarray, "e s"]) -> float:
    """max_w min_e <w, shifts[e]> over |w|_inf <= 1: positive iff one spurious direction separates every environment.

    In Example 3 such a direction predicts the label in all environments with a margin that grows with |shifts| / noise,
    so that no training error tells it from the invariant one. Up to n_spu shifts in general position it always exists.
    """
    environments, dim = shifts.shape
    objective = np.append(np.zeros(dim), -1.0)
    constraints = np.hstack([-shifts, np.ones((environments, 1))])
    bounds = [(-1.0, 1.0)] * dim + [(None, None)]
    return -float(linprog(objective, constraints, np.zeros(environments), bounds=bounds).fun)


def half_space_probability(environments: int, dim: int) -> float:
    """P(E symmetric random directions of R^d lie in one half-space) = 2^(1-E) sum_{k<d} C(E - 1, k).

    Source: Wendel 1962, "A problem in geometric probability" (Math. Scand. 11).
    """
    return sum(comb(environments - 1, k) for k in range(dim)) / 2 ** (environments - 1)
