"""What the text makes of a block of the image: style that changes with some probability, content copied with errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from scm.laws import ContinuousLaw, Values, Weights


def _open_gates(noise: Float[np.ndarray, "n k"], probability: float) -> np.ndarray:
    """Independent Bernoulli(p) gates made of standard normals: a normal lies below its p-quantile with probability p.

    Gates made of normals let a row of a sample use a fixed number of normals, whatever its gates turn out to be.
    """
    return noise < noise.dtype.type(ndtri(probability))


@dataclass(frozen=True, eq=False)
class StyleChange(ContinuousLaw):
    """x_j = s_j + b_j eta_j, b_j ~ Bernoulli(p), eta ~ N(0, I): each style coordinate moves with probability p.

    Protocol of von Kuegelgen et al. 2021, numeric simulation.

    Attributes:
        parent: name of s.
        size: number of style coordinates.
        probability: p, in [0, 1].
    """

    parent: str
    size: int
    probability: float

    @property
    def gate_probabilities(self) -> tuple[float, ...]:
        """p for each coordinate; no gates at p = 0 and 1, where the law is Gaussian."""
        return (self.probability,) * self.size if 0 < self.probability < 1 else ()

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
        """A move and a gate for each coordinate."""
        return 2 * self.size

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """The style, with a standard normal added where the gate is open."""
        moves, gates = noise[:, : self.size], noise[:, self.size :]
        return parents[self.parent] + _open_gates(gates, self.probability) * moves

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """s."""
        return parents[self.parent]

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """p I."""
        return self.probability * np.eye(self.size)

    def linear_mean(self) -> Weights:
        """The identity."""
        return {self.parent: np.eye(self.size)}

    def given_gates(self, gates: Sequence[bool]) -> tuple[Weights, Float[np.ndarray, "d d"]]:
        """s plus a standard normal where the gate is open."""
        return self.linear_mean(), np.diag(np.array(gates, dtype=float)) if gates else self.covariance({})


@dataclass(frozen=True, eq=False)
class NoisyCopy(ContinuousLaw):
    """The text's copy of z: z~_j = (1 - b_j) z_j + b_j v_j^(1/2) eta_j + sd eps_j for the selected coordinates j.

    b_j ~ Bernoulli(p) for the perturbed coordinates and 0 for the others; selection and perturbation as in
    Cai et al. 2025 (arXiv 2504.10143).

    Attributes:
        parent: name of z, a block with mean zero.
        coordinates: indices into z that the copy keeps.
        perturbed: those of `coordinates` that are redrawn with probability `probability`.
        variances: v, the marginal variance of each coordinate of z, shape (d_z,).
        probability: p, in (0, 1].
        noise_sd: sd, standard deviation of the additive noise; 0 for none.
    """

    parent: str
    coordinates: tuple[int, ...]
    perturbed: tuple[int, ...]
    variances: np.ndarray
    probability: float = 1.0
    noise_sd: float = 0.0

    @property
    def gate_probabilities(self) -> tuple[float, ...]:
        """p for each perturbed coordinate; no gates at p = 1, where the law is Gaussian."""
        return (self.probability,) * len(self.perturbed) if self.probability < 1 else ()

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
        """Where the perturbed coordinates stand in the copy."""
        return [self.coordinates.index(j) for j in self.perturbed]

    def _redraw_probability(self) -> Float[np.ndarray, "d"]:
        """P at perturbed coordinates, 0 elsewhere."""
        probability = np.zeros(self.dim)
        probability[self._positions] = self.probability
        return probability

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """The selected coordinates, some redrawn, with noise added."""
        dtype, k = noise.dtype, len(self.perturbed)
        value = parents[self.parent][:, list(self.coordinates)].astype(dtype)
        if k:
            fresh = noise[:, :k] * np.sqrt(self.variances[list(self.perturbed)]).astype(dtype)
            redrawn = _open_gates(noise[:, k : 2 * k], self.probability)
            value[:, self._positions] = np.where(redrawn, fresh, value[:, self._positions])
        if self.noise_sd > 0:
            value += noise[:, 2 * k :] * dtype.type(self.noise_sd)
        return value

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """z_j, or (1 - p) z_j where perturbed."""
        return parents[self.parent][:, list(self.coordinates)] * (1 - self._redraw_probability())

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """Diagonal: sd^2 + p_j v_j + p_j (1 - p_j) z_j^2."""
        p, z = self._redraw_probability(), parents[self.parent][:, list(self.coordinates)]
        diagonal = self.noise_sd**2 + p * self.variances[list(self.coordinates)] + p * (1 - p) * z**2
        return diagonal[:, :, None] * np.eye(self.dim)

    def linear_mean(self) -> Weights:
        """The selection, shrunk by 1 - p where perturbed."""
        return self._weights(1 - self._redraw_probability())

    def average_covariance(self) -> Float[np.ndarray, "d d"]:
        """Diagonal: sd^2 + p_j (2 - p_j) v_j, from E z_j^2 = v_j."""
        p = self._redraw_probability()
        return np.diag(self.noise_sd**2 + p * (2 - p) * self.variances[list(self.coordinates)])

    def given_gates(self, gates: Sequence[bool]) -> tuple[Weights, Float[np.ndarray, "d d"]]:
        """A copy of the coordinates whose gate is closed; the others are fresh draws."""
        redrawn = np.zeros(self.dim)
        redrawn[self._positions] = np.array(gates, dtype=float) if gates else 1.0
        noise = self.noise_sd**2 + redrawn * self.variances[list(self.coordinates)]
        return self._weights(1 - redrawn), np.diag(noise)

    def _weights(self, kept: Float[np.ndarray, "d"]) -> Weights:
        return {self.parent: kept[:, None] * np.eye(len(self.variances))[list(self.coordinates)]}
