"""Codes that L_MMAlign cannot tell from the right one, or prefers to it, when a condition of Theorem 2 is dropped.

Every code here is computed by both towers from the shared z_inv (exactly aligned) unless it says otherwise.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial.hermite_e import hermegauss, hermeval
from numpy.polynomial.legendre import leggauss
from scipy.special import gammaln

from identifiability.exact.darmois import code_entropy, gaussian_law, mm_align_at_darmois


class SubBlock(NamedTuple):
    """A code of some coordinates of z_inv: its loss, and the share of the others' variance that it does not explain."""

    loss: float
    unexplained: Float[np.ndarray, " others"]


def sub_block_code(covariance: Float[np.ndarray, "n n"], block: tuple[int, ...], step: float) -> SubBlock:
    """Output dimension m < n: the Darmois map of m chosen coordinates of z_inv ~ N(0, S).

    Its loss is 0 whichever coordinates are chosen, so the minimisers are not unique up to bijection; the share of
    Var z_j that no function of the code explains is 1 - S_jI S_II^-1 S_Ij / S_jj > 0 for each j outside.
    """
    kept = list(block)
    others = [i for i in range(len(covariance)) if i not in block]
    cross = covariance[np.ix_(others, kept)]
    explained = np.sum(cross * np.linalg.solve(covariance[np.ix_(kept, kept)], cross.T).T, axis=1)
    loss = mm_align_at_darmois(gaussian_law(covariance[np.ix_(kept, kept)]), step)
    return SubBlock(loss, 1 - explained / np.diag(covariance)[others])


def scaled_code_loss(covariance: Float[np.ndarray, "n n"], scale: float, step: float) -> float:
    """Unbounded codomain: the loss of c L^-1 z_inv in R^n, -n log(2 pi e) - 2 n log c, which has no minimum over c."""
    law = gaussian_law(covariance)
    nodes, _ = law.quadrature(step)
    _, log_determinant = np.linalg.slogdet(covariance)
    jacobian = np.full(len(nodes), law.dim * np.log(scale) - log_determinant / 2)
    return -2.0 * code_entropy(law, jacobian, step)


class HermiteCode(NamedTuple):
    """Second moments of (He_1(z_1), ..., He_n(z_1) / sqrt(n!)) and of z ~ N(0, I_n) itself."""

    covariance: Float[np.ndarray, "n n"]
    cross_covariance: Float[np.ndarray, "n n"]
    surrogate_loss: float


def hermite_code(n: int) -> HermiteCode:
    """A code of one coordinate that is optimal for the log-det surrogate -log det Cov f - log det Cov g.

    Normalised Hermite polynomials of z_1 are uncorrelated with unit variance, so the surrogate of standardised codes
    is at its optimum 0, like that of z itself. The code is a curve: its differential entropy is -inf, and z_2..z_n
    are independent of it.
    """
    nodes, weights = hermegauss(2 * n + 2)  # exact to degree 4 n + 3
    weights = weights / weights.sum()
    order = np.arange(1, n + 1)
    code = hermeval(nodes, np.eye(n + 1)[:, 1:]) / np.exp(gammaln(order + 1) / 2)[:, None]
    covariance = (code * weights) @ code.T - np.outer(code @ weights, code @ weights)
    # E[He_k(z_1) z_j]: z_1 by the same rule; z_j has mean 0 and is independent of z_1 for j > 1
    mean = code @ weights
    cross = np.column_stack([(code * weights) @ nodes, *[mean * (nodes @ weights)] * (n - 1)])
    return HermiteCode(covariance, cross, float(-2.0 * np.linalg.slogdet(covariance)[1]))


def surplus_coordinate_loss(private: float) -> float:
    """Output dimension n + 1: the loss of (Darmois map of z_inv, 1/2 + private * (u - 1/2)) on the cube.

    u is Uniform(0, 1) and private to each modality, private in (0, 1] its amplitude. The alignment term is
    private * E|u_img - u_tex| = private / 3, each entropy log private: the loss is private / 3 - 2 log private. Exact
    alignment (private -> 0) costs +inf, since aligned smooth codes are functions of z_inv and fill an n-dimensional
    surface only, while injecting private information in full costs 1/3.
    """
    nodes, weights = leggauss(4)
    u, weights = (nodes + 1) / 2, weights / 2
    difference = 2 * (weights @ (u * (1 - u)))  # E|u - u'| = 2 int F (1 - F)
    return float(private * difference - 2 * np.log(private))
