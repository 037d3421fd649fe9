"""Block laws: structural equations x = F(parents, noise) with exact conditional moments, and categorical tables."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri

Values = Mapping[str, np.ndarray]


def require_positive_definite(covariance: Float[np.ndarray, "d d"], what: str) -> None:
    """Refuse a matrix that is no covariance of a law with a density.

    Raises:
        ValueError: not symmetric, or the smallest eigenvalue is not positive beyond rounding.
    """
    asymmetry = float(np.max(np.abs(covariance - covariance.T), initial=0.0))
    if asymmetry > 1e-9 * (1 + float(np.max(np.abs(covariance), initial=0.0))):
        raise ValueError(f"{what} is not symmetric (largest |S - S^T| is {asymmetry:.3g}), so it is no covariance")
    eigenvalues = np.linalg.eigvalsh(covariance) if len(covariance) else np.ones(1)
    if eigenvalues[0] <= len(covariance) * np.finfo(np.float64).eps * max(eigenvalues[-1], 0.0):
        raise ValueError(
            f"{what} is not positive definite: its smallest eigenvalue is {eigenvalues[0]:.3g} (largest "
            f"{eigenvalues[-1]:.3g}), expected > 0; along that eigenvector the variance would be negative or zero, "
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


class ContinuousLaw(ABC):
    """x = F(parents, noise) with `noise_dim` independent standard normals a sample, and exact conditional moments.

    A law is a function of its noise, so the same noise under two models gives counterfactual pairs.
    """

    @property
    @abstractmethod
    def parents(self) -> tuple[str, ...]:
        """Names of the variables that enter F."""

    @property
    @abstractmethod
    def dim(self) -> int:
        """Number of coordinates of the block."""

    @property
    @abstractmethod
    def noise_dim(self) -> int:
        """Number of standard normals that one sample uses."""

    @abstractmethod
    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """Values of the block, in the dtype of the noise."""

    @abstractmethod
    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """E[x | parents]; one row when the law does not depend on its parents."""

    @abstractmethod
    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """Cov[x | parents], (d, d) when it is constant and (n, d, d) when it varies with the parents."""

    def sample(self, parents: Values, n: int, *, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        """n independent draws given n rows of parent values."""
        return self.transform(parents, rng.standard_normal((n, self.noise_dim)))


@dataclass(frozen=True, eq=False)
class LinearGaussian(ContinuousLaw):
    """x = a + sum_p B_p z_p + eps, eps ~ N(0, S).

    Attributes:
        name: block name, for messages.
        weights: parent name -> B_p of shape (d, d_p); empty for a root.
        offset: a, shape (d,).
        noise_covariance: S, shape (d, d).

    Raises:
        ValueError: S is not positive definite.
    """

    name: str
    weights: Mapping[str, np.ndarray]
    offset: np.ndarray
    noise_covariance: np.ndarray

    def __post_init__(self) -> None:
        require_positive_definite(self.noise_covariance, f"the covariance of {self.name}")

    @property
    def parents(self) -> tuple[str, ...]:
        """The parents with a weight."""
        return tuple(self.weights)

    @property
    def dim(self) -> int:
        """Length of the offset."""
        return len(self.offset)

    @property
    def noise_dim(self) -> int:
        """One normal a coordinate."""
        return len(self.offset)

    @cached_property
    def _factor(self) -> Float[np.ndarray, "d d"]:
        return np.linalg.cholesky(self.noise_covariance)

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """a + sum_p B_p z_p + L noise, with L the Cholesky factor of S."""
        value = noise @ self._factor.T.astype(noise.dtype)
        value += self.offset.astype(noise.dtype)
        for parent, matrix in self.weights.items():
            value += parents[parent] @ matrix.T.astype(noise.dtype)
        return value

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """a + sum_p B_p z_p."""
        value = self.offset[None, :]
        for parent, matrix in self.weights.items():
            value = value + parents[parent] @ matrix.T
        return value

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """S."""
        return self.noise_covariance


@dataclass(frozen=True, eq=False)
class SineGaussian(ContinuousLaw):
    """x = sin(2 B z) + eps, eps ~ N(0, S): a nonlinear content-to-style map.

    Raises:
        ValueError: S is not positive definite.
    """

    name: str
    parent: str
    weight: np.ndarray
    noise_covariance: np.ndarray

    def __post_init__(self) -> None:
        require_positive_definite(self.noise_covariance, f"the covariance of {self.name}")

    @property
    def parents(self) -> tuple[str, ...]:
        """The one parent z."""
        return (self.parent,)

    @property
    def dim(self) -> int:
        """Number of rows of B."""
        return len(self.weight)

    @property
    def noise_dim(self) -> int:
        """One normal a coordinate."""
        return len(self.weight)

    @cached_property
    def _factor(self) -> Float[np.ndarray, "d d"]:
        return np.linalg.cholesky(self.noise_covariance)

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """sin(2 B z) + L noise, with L the Cholesky factor of S."""
        angle = parents[self.parent] @ (2 * self.weight.T).astype(noise.dtype)
        return np.sin(angle) + noise @ self._factor.T.astype(noise.dtype)

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """sin(2 B z)."""
        return np.sin(2 * parents[self.parent] @ self.weight.T)

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """S."""
        return self.noise_covariance


@dataclass(frozen=True, eq=False)
class StyleChange(ContinuousLaw):
    """x_j = s_j + b_j eta_j, b_j ~ Bernoulli(p), eta ~ N(0, I): each style coordinate changes with probability p.

    Protocol of von Kuegelgen et al. 2021 (numeric simulation). The gate b_j compares a normal with its p-quantile.
    """

    name: str
    parent: str
    size: int
    probability: float

    @property
    def parents(self) -> tuple[str, ...]:
        """The style s of the other modality."""
        return (self.parent,)

    @property
    def dim(self) -> int:
        """Number of style coordinates."""
        return self.size

    @property
    def noise_dim(self) -> int:
        """A shift and a gate for each coordinate."""
        return 2 * self.size

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """The style with the coordinates whose gate is open moved by a standard normal."""
        changed = noise[:, self.dim :] < noise.dtype.type(ndtri(self.probability))
        return parents[self.parent] + changed * noise[:, : self.dim]

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """s."""
        return parents[self.parent]

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """p I."""
        return self.probability * np.eye(self.dim)


@dataclass(frozen=True, eq=False)
class NoisyCopy(ContinuousLaw):
    """The text's copy of z: z~_j = (1 - b_j) z_j + b_j v_j^(1/2) eta_j + sd eps_j for the selected coordinates j.

    b_j ~ Bernoulli(p) for the perturbed coordinates and 0 for the others.

    Attributes:
        name: block name, for messages.
        parent: name of z.
        coordinates: indices into z that the copy keeps (selection).
        perturbed: those of `coordinates` that are redrawn with probability `probability`.
        variances: v, the marginal variance of each coordinate of z.
        probability: p, in (0, 1].
        noise_sd: sd, standard deviation of additive noise; 0 for none.
    """

    name: str
    parent: str
    coordinates: tuple[int, ...]
    perturbed: tuple[int, ...]
    variances: np.ndarray
    probability: float
    noise_sd: float

    @property
    def parents(self) -> tuple[str, ...]:
        """The one parent z."""
        return (self.parent,)

    @property
    def dim(self) -> int:
        """Number of coordinates that the copy keeps."""
        return len(self.coordinates)

    @property
    def noise_dim(self) -> int:
        """A fresh value and a gate for each perturbed coordinate, and the additive noise."""
        return 2 * len(self.perturbed) + (self.dim if self.noise_sd > 0 else 0)

    @cached_property
    def _positions(self) -> list[int]:
        return [self.coordinates.index(j) for j in self.perturbed]

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """The selected coordinates, some redrawn, with noise added."""
        dtype, k = noise.dtype, len(self.perturbed)
        value = parents[self.parent][:, list(self.coordinates)].astype(dtype)
        if k:
            positions = self._positions
            redrawn = noise[:, k : 2 * k] < dtype.type(ndtri(self.probability))
            fresh = noise[:, :k] * np.sqrt(self.variances[list(self.perturbed)]).astype(dtype)
            value[:, positions] = np.where(redrawn, fresh, value[:, positions])
        if self.noise_sd > 0:
            value += noise[:, 2 * k :] * dtype.type(self.noise_sd)
        return value

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """z_j, or (1 - p) z_j where perturbed."""
        return parents[self.parent][:, list(self.coordinates)] * self.shrinkage()

    def shrinkage(self) -> Float[np.ndarray, "d"]:
        """1 - p at perturbed coordinates, 1 elsewhere."""
        factor = np.ones(self.dim)
        factor[self._positions] = 1 - self.probability
        return factor

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """Diagonal: sd^2 + [perturbed](p v_j + p (1 - p) z_j^2)."""
        p = self.probability * (self.shrinkage() < 1)
        z = parents[self.parent][:, list(self.coordinates)]
        diagonal = self.noise_sd**2 + p * self.variances[list(self.coordinates)] + p * (1 - p) * z**2
        return diagonal[:, :, None] * np.eye(self.dim)


@dataclass(frozen=True, eq=False)
class CategoricalTable:
    """P(x = k | parents) = table[parents..., k], parents being categorical.

    Attributes:
        name: variable name, for messages.
        parents: names of the categorical parents, in the order of the table's axes.
        table: shape (levels of each parent..., levels of x).

    Raises:
        ValueError: negative entries, rows that do not sum to one, or a wrong number of axes.
    """

    name: str
    parents: tuple[str, ...]
    table: np.ndarray

    def __post_init__(self) -> None:
        if self.table.ndim != len(self.parents) + 1:
            raise ValueError(
                f"the table of {self.name} has {self.table.ndim} axes, expected {len(self.parents) + 1}: one for each "
                f"parent {self.parents} and one for its own levels"
            )
        if np.min(self.table) < 0 or not np.allclose(self.table.sum(axis=-1), 1.0, rtol=0, atol=1e-12):
            raise ValueError(
                f"the table of {self.name} is no conditional law: its smallest entry is {np.min(self.table):.3g} and "
                f"its rows sum to {np.min(self.table.sum(axis=-1)):.6g} ... {np.max(self.table.sum(axis=-1)):.6g}; "
                "expected entries >= 0 and sums 1"
            )

    def probabilities(self, parents: Values) -> Float[np.ndarray, "n levels"]:
        """One row of probabilities a sample; a single row without parents."""
        return np.atleast_2d(self.table[tuple(parents[name] for name in self.parents)])

    def sample(self, parents: Values, n: int, *, rng: np.random.Generator) -> Int[np.ndarray, "n"]:
        """n independent draws by inversion of the cumulative table."""
        cumulative = np.cumsum(self.probabilities(parents), axis=1)
        cumulative[:, -1] = 1.0
        return np.argmax(rng.random((n, 1)) < cumulative, axis=1)
