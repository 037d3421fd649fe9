"""Linear algebra of blocks: random covariances, the check that they have a density, matrices acting on rows."""

import numpy as np
from jaxtyping import Float
from numpy.typing import DTypeLike


def require_positive_definite(covariance: Float[np.ndarray, "d d"], what: str) -> None:
    """Refuse a matrix that is no covariance of a law with a density.

    Raises:
        ValueError: not symmetric, or the smallest eigenvalue is not positive beyond rounding.
    """
    largest = float(np.max(np.abs(covariance), initial=0.0))
    asymmetry = float(np.max(np.abs(covariance - covariance.T), initial=0.0))
    if not asymmetry <= 1e-9 * largest:
        raise ValueError(f"{what} is not symmetric (largest |S - S^T| is {asymmetry:.3g}), so it is no covariance")
    eigenvalues = np.linalg.eigvalsh(covariance)
    if len(eigenvalues) and eigenvalues[0] <= len(covariance) * np.finfo(np.float64).eps * largest:
        raise ValueError(
            f"{what} is not positive definite: its smallest eigenvalue is {eigenvalues[0]:.3g} (the largest is "
            f"{eigenvalues[-1]:.3g}), expected > 0; along that eigenvector the variance would be zero or negative, "
            "so the block has no density, which the identifiability theorems assume"
        )


def random_correlation(dim: int, *, rng: np.random.Generator) -> Float[np.ndarray, "d d"]:
    """Correlation matrix uniform over all correlation matrices: D^-1/2 W D^-1/2 with W ~ Wishart(d + 1, I).

    Normalising Wishart(k, I) leaves a density proportional to det(R)^((k - d - 1) / 2), flat at k = d + 1.
    """
    factor = rng.standard_normal((dim, dim + 1))
    factor /= np.linalg.norm(factor, axis=1, keepdims=True)
    correlation = factor @ factor.T
    np.fill_diagonal(correlation, 1.0)
    return correlation


def wishart_covariance(dim: int, *, rng: np.random.Generator) -> Float[np.ndarray, "d d"]:
    """Covariance W / mean(diag W) with W ~ Wishart(d, I): unit variance on average over the coordinates."""
    factor = rng.standard_normal((dim, dim))
    covariance = factor @ factor.T
    return covariance / np.mean(np.diag(covariance))


def row_operator(matrix: Float[np.ndarray, "d k"], dtype: DTypeLike) -> Float[np.ndarray, "k d"]:
    """M^T, contiguous, so that `rows @ row_operator(M, dtype)` applies M to every row (a strided M^T is slower)."""
    return np.ascontiguousarray(matrix.T, dtype=dtype)
