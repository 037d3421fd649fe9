"""Differential entropy of the code of a discrete text: minus infinity for every encoder."""

import numpy as np
from jaxtyping import Float
from scipy.special import xlogy


def smoothed_entropy(codes: Float[np.ndarray, " t"], law: Float[np.ndarray, " t"], width: float) -> float:
    """Differential entropy in nats of g(T) + width * Uniform(0, 1), with g(t) = codes[t] on the real line.

    Once `width` is below the distance of any two codes it equals H_Shannon(g(T)) + log width, so it falls without
    bound as the smoothing vanishes: a law with atoms has no density, and H(g(T)) = -inf.
    """
    edges = np.unique(np.concatenate([codes, codes + width]))
    left = edges[:-1]
    inside = (codes[:, None] <= left) & (left < (codes + width)[:, None])
    density = law @ inside / width
    return float(-(xlogy(density, density) * np.diff(edges)).sum())
