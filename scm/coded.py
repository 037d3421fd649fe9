"""Continuous blocks of the token-level model: Gaussian laws whose parents may be categorical, coded as simplices."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scm.grammar import TokenConfig, simplex_code
from scm.laws import ContinuousLaw, LinearGaussian, Values


@dataclass(frozen=True, eq=False)
class CodedGaussian(ContinuousLaw):
    """x = sum_p B_p c_p + eps, eps ~ N(0, I): c_p is the simplex code of a categorical parent, or the parent itself.

    Attributes:
        linear: the law of x given the codes c_p.
        codes: categorical parent -> its codes, shape (levels, levels - 1).
    """

    linear: LinearGaussian
    codes: Mapping[str, np.ndarray]

    @property
    def parents(self) -> tuple[str, ...]:
        """The content variables."""
        return self.linear.parents

    @property
    def dim(self) -> int:
        """Number of coordinates of x."""
        return self.linear.dim

    @property
    def noise_dim(self) -> int:
        """One normal a coordinate."""
        return self.linear.noise_dim

    def _coded(self, parents: Values) -> dict[str, np.ndarray]:
        return {p: self.codes[p][parents[p]] if p in self.codes else parents[p] for p in self.parents}

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """sum_p B_p c_p + noise."""
        coded = self._coded(parents)
        return self.linear.transform({p: value.astype(noise.dtype) for p, value in coded.items()}, noise)

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """sum_p B_p c_p."""
        return self.linear.mean(self._coded(parents))

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """I."""
        return self.linear.covariance(parents)

    def linear_mean(self) -> None:
        """None: the mean is linear in the codes, not in the numbers of the levels."""


def continuous_laws(config: TokenConfig, *, rng: np.random.Generator) -> dict[str, ContinuousLaw]:
    """Laws of content_continuous, z_dp_img (linear in the content codes) and z_pr_img; empty blocks are left out."""
    laws: dict[str, ContinuousLaw] = {}

    def normal(name: str, dim: int) -> LinearGaussian:
        return LinearGaussian(name, {}, np.zeros(dim), np.eye(dim))

    codes = {name: simplex_code(config.levels) for name in config.content_names}
    dims = {name: code.shape[1] for name, code in codes.items()}
    if config.continuous_dim:
        laws["content_continuous"] = normal("content_continuous", config.continuous_dim)
        dims["content_continuous"] = config.continuous_dim
    if config.dependent_dim:
        weights = {name: rng.standard_normal((config.dependent_dim, dim)) for name, dim in dims.items()}
        zeros, identity = np.zeros(config.dependent_dim), np.eye(config.dependent_dim)
        laws["z_dp_img"] = CodedGaussian(LinearGaussian("z_dp_img", weights, zeros, identity), codes)
    if config.private_dim:
        laws["z_pr_img"] = normal("z_pr_img", config.private_dim)
    return laws
