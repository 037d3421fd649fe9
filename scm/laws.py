"""Laws of real-valued blocks: structural equations x = F(parents, noise) with exact conditional moments."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from scm.joint import TableLike, as_array
from scm.linear import require_positive_definite, row_operator
from scm.sampling import check_sampling

Values = Mapping[str, np.ndarray]
Weights = Mapping[str, np.ndarray]


class ContinuousLaw(ABC):
    """x = F(parents, noise) with `noise_dim` independent standard normals a sample, and exact conditional moments.

    A law is a function of its noise, so the same noise under two models gives counterfactual pairs. A law may have
    Bernoulli gates; given its gates a law with a linear mean is linear-Gaussian.
    """

    @property
    def gate_probabilities(self) -> tuple[float, ...]:
        """Probability that each Bernoulli gate is open; none unless the law says so."""
        return ()

    @property
    def whole_batch(self) -> bool:
        """Whether a row of the value depends on its index or on other rows."""
        return False

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

    @abstractmethod
    def linear_mean(self) -> Weights | None:
        """B_p with E[x | parents] = a + sum_p B_p z_p, or None where the mean is not linear."""

    def average_covariance(self) -> Float[np.ndarray, "d d"]:
        """E Cov[x | parents] over the observational law of the parents."""
        return self.covariance({})

    def given_gates(self, gates: Sequence[bool]) -> tuple[Weights | None, Float[np.ndarray, "d d"]]:
        """Weights and noise covariance of the linear-Gaussian law that remains when the gates are known."""
        return self.linear_mean(), self.average_covariance()

    def sample(self, parents: Values, n: int, *, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        """n independent draws given n rows of parent values.

        Raises:
            ValueError: n that is no integer >= 0, or no generator.
        """
        check_sampling(n, rng)
        return self.transform(parents, rng.standard_normal((n, self.noise_dim)))


def total_noise_dim(laws: Mapping[str, ContinuousLaw]) -> int:
    """Number of standard normals that one joint sample uses."""
    return sum(law.noise_dim for law in laws.values())


def evaluate(laws: Mapping[str, ContinuousLaw], noise: Float[np.ndarray, "n k"]) -> dict[str, np.ndarray]:
    """Solve the structural equations in order (parents first), each on its own columns of the noise."""
    values: dict[str, np.ndarray] = {}
    first = 0
    for name, law in laws.items():
        values[name] = law.transform(values, noise[:, first : first + law.noise_dim])
        first += law.noise_dim
    return values


@dataclass(frozen=True, eq=False)
class LinearGaussian(ContinuousLaw):
    """x = a + sum_p B_p z_p + eps, eps ~ N(0, S).

    Attributes:
        name: block name, for messages.
        weights: parent name -> B_p of shape (d, d_p); empty for a root.
        offset: a, shape (d,).
        noise_covariance: S, shape (d, d).

    Arrays or nested lists; kept as float64.

    Raises:
        ValueError: shapes that do not fit each other, entries that are no numbers, or S not positive definite.
    """

    name: str
    weights: Weights
    offset: np.ndarray
    noise_covariance: np.ndarray

    def __init__(
        self, name: str, weights: Mapping[str, TableLike], offset: TableLike, noise_covariance: TableLike
    ) -> None:
        matrices = {parent: as_array(matrix, f"the weight of {parent} in {name}") for parent, matrix in weights.items()}
        centre, covariance = (
            as_array(offset, f"the offset of {name}"),
            as_array(noise_covariance, f"the covariance of {name}"),
        )
        if centre.ndim != 1 or covariance.shape != (len(centre),) * 2:
            raise ValueError(
                f"{name} has an offset of shape {centre.shape} and a noise covariance of shape {covariance.shape}; "
                "expected (d,) and (d, d), because both are of the d coordinates of the block"
            )
        for parent, matrix in matrices.items():
            if matrix.ndim != 2 or len(matrix) != len(centre):
                raise ValueError(
                    f"the weight of {parent} in {name} has shape {matrix.shape}, expected ({len(centre)}, d_p): it "
                    f"maps the d_p coordinates of the parent to the {len(centre)} of the block"
                )
        require_positive_definite(covariance, f"the covariance of {name}")
        for field, value in (
            ("name", name),
            ("weights", matrices),
            ("offset", centre),
            ("noise_covariance", covariance),
        ):
            object.__setattr__(self, field, value)

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
    def _factor(self) -> Float[np.ndarray, "d d"] | None:
        """Cholesky factor of S; None for S = I, which saves a product for every block of rows."""
        factor = np.linalg.cholesky(self.noise_covariance)
        return None if np.array_equal(factor, np.eye(self.dim)) else factor

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """a + sum_p B_p z_p + L noise, with L the Cholesky factor of S."""
        value = noise.copy() if self._factor is None else noise @ row_operator(self._factor, noise.dtype)
        for parent, matrix in self.weights.items():
            value += parents[parent] @ row_operator(matrix, noise.dtype)
        if np.any(self.offset):
            value += self.offset.astype(noise.dtype)
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

    def linear_mean(self) -> Weights:
        """The weights themselves."""
        return self.weights


def correlated_copy(name: str, parent: str, size: int, correlation: float) -> LinearGaussian:
    """x = rho s + (1 - rho^2)^(1/2) eps: N(0, I) again if s is, with corr(x_j, s_j) = rho; no parent at rho = 0."""
    weights = {parent: correlation * np.eye(size)} if correlation else {}
    return LinearGaussian(name, weights, np.zeros(size), (1 - correlation**2) * np.eye(size))


@dataclass(frozen=True, eq=False)
class SineGaussian(ContinuousLaw):
    """x = sin(2 B z) + eps, eps ~ N(0, S): a nonlinear map from content to style.

    Attributes:
        name: block name, for messages.
        parent: name of z.
        weight: B, shape (d, d_z).
        noise_covariance: S, shape (d, d).

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
        angle = parents[self.parent] @ row_operator(2 * self.weight, noise.dtype)
        return np.sin(angle) + noise @ row_operator(self._factor, noise.dtype)

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """sin(2 B z)."""
        return np.sin(2 * parents[self.parent] @ self.weight.T)

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """S."""
        return self.noise_covariance

    def linear_mean(self) -> None:
        """The mean is not linear."""
        return None
