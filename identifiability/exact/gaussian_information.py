"""Mutual information of Gaussian blocks in closed form, and finite discretisations that approach it from below."""

import numpy as np
from jaxtyping import Float
from numpy.polynomial.legendre import leggauss
from scipy.special import ndtr, ndtri

from scm import FiniteLaw


def block_information(covariance: Float[np.ndarray, "n n"], split: int) -> float:
    """I(A; B) = (log det S_AA + log det S_BB - log det S) / 2 in nats, A the first `split` coordinates.

    Raises:
        ValueError: a covariance that is not positive definite, or an empty block.
    """
    _check(covariance, split)
    blocks = covariance[:split, :split], covariance[split:, split:], covariance
    first, second, joint = (np.linalg.slogdet(block)[1] for block in blocks)
    return float((first + second - joint) / 2)


def canonical_correlations(covariance: Float[np.ndarray, "n n"], split: int) -> Float[np.ndarray, " pairs"]:
    """Correlations rho_i of the canonical pairs of A and B, which are independent: I = -sum log(1 - rho_i^2) / 2.

    Raises:
        ValueError: a covariance that is not positive definite, or an empty block.
    """
    _check(covariance, split)
    first, second = (np.linalg.cholesky(block) for block in (covariance[:split, :split], covariance[split:, split:]))
    whitened = np.linalg.solve(second, np.linalg.solve(first, covariance[:split, split:]).T)
    return np.linalg.svd(whitened, compute_uv=False)


def discretised_pair(correlation: float, cells: int, *, nodes: int = 48) -> Float[np.ndarray, "cells cells"]:
    """Law of two standard Gaussians of the given correlation, each cut into cells of equal probability.

    p(i, j) = int over cell i of phi(x) P(y in cell j | x) dx, by Gauss quadrature on each cell; the outer cells are
    cut where nothing is left.
    """
    edges = np.concatenate([[-9.0], ndtri(np.arange(1, cells) / cells), [9.0]])
    unit, weight = leggauss(nodes)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1] + edges[1:])[:, None] / 2 + half * unit
    below = ndtr((edges[:, None, None] - correlation * x) / np.sqrt(1 - correlation**2))
    below[0], below[-1] = 0.0, 1.0
    mass = half * weight * np.exp(-(x**2) / 2)
    table = np.einsum("jiq,iq->ij", np.diff(below, axis=0), mass)
    return table / table.sum()


def discretised_information(covariance: Float[np.ndarray, "n n"], split: int, cells: int) -> float:
    """Mutual information of the canonical pairs of two blocks, each variable cut into equally probable cells.

    A function of A and a function of B: at most I(A; B) (data processing), growing with each refinement of the cells.
    """
    return sum(
        FiniteLaw(("a", "b"), discretised_pair(float(correlation), cells)).mutual_information("a", "b")
        for correlation in canonical_correlations(covariance, split)
    )


def _check(covariance: Float[np.ndarray, "n n"], split: int) -> None:
    if not 0 < split < len(covariance):
        raise ValueError(f"split {split} leaves an empty block of {len(covariance)} coordinates")
    if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance)[0] <= 0:
        raise ValueError(
            f"the covariance {covariance.tolist()} is not symmetric positive definite; a degenerate Gaussian has no "
            "density and its mutual information may be infinite"
        )
