"""Random finite laws on which the exact statements are tried."""

import numpy as np
from jaxtyping import Float


def random_law(*shape: int, zeros: float = 0.0, rng: np.random.Generator) -> Float[np.ndarray, "..."]:
    """A random law of the given shape: exponential weights, each cell 0 with probability `zeros` (never all)."""
    weights = rng.exponential(size=shape) * (rng.random(shape) >= zeros)
    if not weights.any():
        weights.flat[rng.integers(weights.size)] = 1.0
    return weights / weights.sum()


def independent_given_shared(
    levels: int, left: int, right: int, *, zeros: float = 0.0, rng: np.random.Generator
) -> Float[np.ndarray, "z a b"]:
    """A random law p(z) p(a | z) p(b | z)."""
    shared = random_law(levels, rng=rng)
    first = np.stack([random_law(left, zeros=zeros, rng=rng) for _ in range(levels)])
    second = np.stack([random_law(right, zeros=zeros, rng=rng) for _ in range(levels)])
    return shared[:, None, None] * first[:, :, None] * second[:, None, :]
