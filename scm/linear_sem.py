"""The linear structural equations of Arjovsky et al. 2019, section 5.1: a chain X -> Y -> Z seen at several scales.

With e the scale of an environment and standard normal noise of dim / 2 coordinates each:
H = e N, X = H W_hx + e N, Y = X + H W_hy + s_y N, Z = Y + H W_hz + s_z N, and the label is the sum of Y's coordinates.
Homoskedastic Y: s_y = 1, s_z = e; heteroskedastic Y: s_y = e, s_z = 1. Without a hidden confounder W_hx is the
identity (X = e N of variance 2 e^2) and W_hy, W_hz are 0; with one, all three have entries N(0, 1 / dim^2).

Source: Arjovsky, Bottou, Gulrajani and Lopez-Paz 2019, arXiv 1907.02893, section 5.1; the scale 1 / dim of the
couplings is that of the official code.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import ortho_group

SCALES = (0.2, 2.0, 5.0)  # of the three environments


@dataclass(frozen=True, eq=False)
class ChainSEM:
    """One draw of the model; inputs are rows (x, z) @ scramble."""

    heteroskedastic: bool
    to_cause: Float[np.ndarray, "h h"]
    to_target: Float[np.ndarray, "h h"]
    to_effect: Float[np.ndarray, "h h"]
    scramble: Float[np.ndarray, "d d"]

    @classmethod
    def draw(
        cls,
        dim: int = 10,
        *,
        heteroskedastic: bool = False,
        hidden: bool = False,
        scrambled: bool = False,
        rng: np.random.Generator,
    ) -> "ChainSEM":
        """Draw the confounder's couplings and the rotation.

        Raises:
            ValueError: a number of inputs that is not even and positive.
        """
        if dim < 2 or dim % 2:
            raise ValueError(f"dim={dim}, expected an even number of at least 2: half are causes, half effects")
        half = dim // 2
        couplings = np.stack([np.eye(half), np.zeros((half, half)), np.zeros((half, half))])
        if hidden:
            couplings = rng.standard_normal((3, half, half)) / dim
        scramble = ortho_group.rvs(dim, random_state=rng) if scrambled else np.eye(dim)
        return cls(heteroskedastic, couplings[0], couplings[1], couplings[2], scramble)

    @property
    def solution(self) -> Float[np.ndarray, "d"]:
        """Coefficients of the label's own equation: 1 on every cause, 0 on every effect, turned by the scramble."""
        half = len(self.to_cause)
        return self.scramble.T @ np.repeat([1.0, 0.0], half)

    def sample(
        self, n: int, scale: float, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n"]]:
        """n inputs and labels of the environment at a scale.

        Raises:
            ValueError: a scale that is not positive.
        """
        rows = rng.standard_normal((n, 4 * len(self.to_cause))) @ self._factor(scale)
        return rows[:, :-1] @ self.scramble, rows[:, -1]

    def moments(self, scale: float) -> Float[np.ndarray, "v v"]:
        """E[v v^T] of v = (1, input, label) in the population.

        Raises:
            ValueError: a scale that is not positive.
        """
        factor = self._factor(scale)
        factor[:, :-1] = factor[:, :-1] @ self.scramble
        moments = np.zeros((factor.shape[1] + 1,) * 2)
        moments[0, 0], moments[1:, 1:] = 1.0, factor.T @ factor
        return moments

    def _factor(self, scale: float) -> Float[np.ndarray, "m v"]:
        """What (x, z, label) hold of the independent standard normals of H, X, Y and Z."""
        if not scale > 0:
            raise ValueError(f"scale={scale} of an environment, expected > 0: it is a standard deviation")
        half = len(self.to_cause)
        identity, nothing = np.eye(half), np.zeros((half, half))
        noise_y, noise_z = (scale, 1.0) if self.heteroskedastic else (1.0, scale)
        x = np.vstack([scale * self.to_cause, scale * identity, nothing, nothing])
        y = x + np.vstack([scale * self.to_target, nothing, noise_y * identity, nothing])
        z = y + np.vstack([scale * self.to_effect, nothing, nothing, noise_z * identity])
        return np.hstack([x, z, y.sum(axis=1, keepdims=True)])
