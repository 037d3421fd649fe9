"""Similarities between codes, written as inner products of factors so that one matrix product gives the whole matrix."""

from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

Similarity = Literal["dot", "cosine", "negative_squared_l2"]

SIMILARITIES: tuple[Similarity, ...] = get_args(Similarity)


def similarity_factors(
    f: Float[Tensor, "rows d"],
    g: Float[Tensor, "columns d"],
    *,
    similarity: Similarity = "negative_squared_l2",
    temperature: float | Tensor = 1.0,
) -> tuple[Float[Tensor, "rows m"], Float[Tensor, "columns m"], Float[Tensor, ""]]:
    """Factors p, q with p_i . q_j = sim(f_i, g_j) / temperature, and an upper bound of every p_i . q_j.

    dot: sim = f.g; cosine: sim = f.g / (|f| |g|); negative_squared_l2: sim = -|f - g|^2 = 2 f.g - |f|^2 - |g|^2, hence
    p = (2 f, -|f|^2, 1) / temperature and q = (g, 1, -|g|^2 / temperature) with m = d + 2. The common mean is taken off both
    sides first: distances do not feel it, and the Gram form loses digits when it is large.

    Differentiable in f, g and temperature. The bound carries no gradient.

    Raises:
        ValueError: unknown similarity, or a temperature that is not positive.
    """
    if similarity not in SIMILARITIES:
        raise ValueError(
            f"similarity {similarity!r} is unknown; expected one of {', '.join(SIMILARITIES)}, because the loss needs a "
            "similarity that factors into an inner product"
        )
    if not temperature > 0:
        raise ValueError(
            f"temperature is {float(temperature)}; expected a positive number, because the score sim / temperature must "
            "grow with the similarity and be finite"
        )
    if similarity == "negative_squared_l2":
        with torch.no_grad():
            centre = 0.5 * (f.mean(0) + g.mean(0))
        f, g = f - centre, g - centre
        f_square, g_square = f.square().sum(1, keepdim=True), g.square().sum(1, keepdim=True)
        p = torch.cat([2 * f, -f_square, torch.ones_like(f_square)], dim=1) / temperature
        q = torch.cat([g, torch.ones_like(g_square), -g_square], dim=1)
        return p, q, f.new_zeros(())
    if similarity == "cosine":
        f, g = normalize(f, dim=1), normalize(g, dim=1)
    p = f / temperature
    with torch.no_grad():
        bound = p.norm(dim=1).max() * g.norm(dim=1).max()
    return p, g, bound


def similarity_matrix(
    f: Float[Tensor, "rows d"],
    g: Float[Tensor, "columns d"],
    *,
    similarity: Similarity = "negative_squared_l2",
    temperature: float | Tensor = 1.0,
) -> Float[Tensor, "rows columns"]:
    """All scores s_ij = sim(f_i, g_j) / temperature (see `similarity_factors`), by one matrix product."""
    p, q, _ = similarity_factors(f, g, similarity=similarity, temperature=temperature)
    return p @ q.T
