"""Invertible mixings of latent blocks into observations, with exact inverse and condition control."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy.typing import DTypeLike
from scipy.special import expit

from scm.linear import row_operator

MixingKind = Literal["leaky", "smooth", "linear"]

_NEWTON_STEPS = 60


def smooth_leaky(x: Float[np.ndarray, "n d"], slope: float) -> Float[np.ndarray, "n d"]:
    """Smooth leaky ReLU: slope x + (1 - slope) log(1 + e^x), analytic with derivative in (slope, 1)."""
    softplus = np.maximum(x, x.dtype.type(0)) + np.log1p(np.exp(-np.abs(x)))  # no overflow at large |x|
    return x.dtype.type(slope) * x + x.dtype.type(1 - slope) * softplus


def smooth_leaky_inverse(y: Float[np.ndarray, "n d"], slope: float) -> Float[np.ndarray, "n d"]:
    """Inverse of `smooth_leaky` by Newton's method, to a step below 1e-12 (relative, float64).

    The function is convex and increasing, and the start lies right of the root, so Newton's method decreases to it.

    Raises:
        ValueError: values that are not finite.
    """
    target = np.asarray(y, dtype=np.float64)
    if not np.all(np.isfinite(target)):
        raise ValueError("the inverse of the smooth mixing got a value that is not finite; it has no preimage")
    x = np.where(target > 0, target, target / slope)
    for _ in range(_NEWTON_STEPS):
        derivative = slope + (1 - slope) * expit(x)
        step = (smooth_leaky(x, slope) - target) / derivative
        x = x - step
        if np.all(np.abs(step) <= 1e-12 * (1 + np.abs(x))):
            break
    return x.astype(y.dtype)


@dataclass(frozen=True, eq=False)
class Mixing:
    """x = (h(z) - shift) / scale, h = W_L a(W_{L-1} ... a(W_1 z)), with a an invertible scalar activation.

    a(u) = max(u, slope u) for "leaky", slope u + (1 - slope) log(1 + e^u) for "smooth", u for "linear". There is no
    activation after the last layer. `condition_numbers` are those of W_1 ... W_L.
    """

    weights: tuple[np.ndarray, ...]
    kind: MixingKind
    slope: float
    shift: np.ndarray
    scale: np.ndarray
    condition_numbers: tuple[float, ...]

    @classmethod
    def draw(
        cls,
        dim: int,
        *,
        layers: int,
        kind: MixingKind = "leaky",
        slope: float = 0.2,
        condition_quantile: float = 0.001,
        rng: np.random.Generator,
    ) -> "Mixing":
        """Random mixing of `dim` coordinates; each W is the best conditioned of ceil(1 / condition_quantile) draws.

        Entries are U(-1, 1), then columns are scaled to unit length (protocol of Daunhawer et al. 2023, numeric
        simulation). The best of N draws has expected quantile 1 / (N + 1) among condition numbers.

        Raises:
            ValueError: a dimension or number of layers below 1, a slope or quantile outside (0, 1].
        """
        if dim < 1 or layers < 1:
            raise ValueError(f"a mixing needs dim >= 1 and layers >= 1, got dim={dim}, layers={layers}")
        if kind not in ("leaky", "smooth", "linear"):
            raise ValueError(f"mixing kind {kind!r} is unknown; expected 'leaky', 'smooth' or 'linear'")
        if not 0 < slope <= 1:
            raise ValueError(f"slope={slope} is outside (0, 1]; the activation would not be strictly increasing")
        if not 0 < condition_quantile <= 1:
            raise ValueError(f"condition_quantile={condition_quantile} is outside (0, 1]; it is a quantile")
        draws = int(np.ceil(1 / condition_quantile))
        weights, condition_numbers = [], []
        for _ in range(layers):
            candidates = rng.uniform(-1, 1, size=(draws, dim, dim))
            candidates /= np.linalg.norm(candidates, axis=1, keepdims=True)
            conditions = np.linalg.cond(candidates)
            best = int(np.argmin(conditions))
            weights.append(candidates[best])
            condition_numbers.append(float(conditions[best]))
        return cls(tuple(weights), kind, slope, np.zeros(dim), np.ones(dim), tuple(condition_numbers))

    @property
    def dim(self) -> int:
        """Number of coordinates, the same on both sides."""
        return len(self.shift)

    def standardised(self, latents: Float[np.ndarray, "n d"]) -> "Mixing":
        """The same mixing followed by the fixed affine map that gives these latents' images mean 0 and sd 1."""
        mixed = self(latents) * self.scale + self.shift
        return replace(self, shift=mixed.mean(axis=0), scale=mixed.std(axis=0))

    def _check(self, array: np.ndarray) -> None:
        if array.shape[-1] != self.dim:
            raise ValueError(
                f"the mixing has {self.dim} coordinates but got {array.shape[-1]}; an invertible mixing maps R^d to R^d"
            )

    def __call__(self, latents: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Mix rows of latents; computed in the dtype of the input."""
        self._check(latents)
        dtype = latents.dtype
        x = latents
        for layer, operator in enumerate(self._operators(dtype)):
            if layer and self.kind == "leaky":
                np.maximum(x, x * dtype.type(self.slope), out=x)
            elif layer and self.kind == "smooth":
                x = smooth_leaky(x, self.slope)
            x = x @ operator
        x -= (self.shift / self.scale).astype(dtype)
        return x

    def _operators(self, dtype: DTypeLike) -> list[np.ndarray]:
        """The weights acting on rows, the last one with the standardising scale folded in."""
        *inner, last = self.weights
        return [row_operator(weight, dtype) for weight in (*inner, last / self.scale[:, None])]

    def inverse(self, observations: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Latents that the mixing maps to these observations: `inverse(self(z)) == z` up to rounding."""
        self._check(observations)
        x = observations * self.scale.astype(observations.dtype) + self.shift.astype(observations.dtype)
        for layer in reversed(range(len(self.weights))):
            x = np.linalg.solve(self.weights[layer].astype(x.dtype), x.T).T
            if layer and self.kind == "leaky":
                x = np.minimum(x, x / x.dtype.type(self.slope))
            elif layer and self.kind == "smooth":
                x = smooth_leaky_inverse(x, self.slope)
        return x
