"""Similarities between codes, written as inner products of factors: one matrix product gives every pair's score."""

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
) -> tuple[Float[Tensor, "rows m"], Float[Tensor, "columns m"], float]:
    """Factors p, q with <p_i, q_j> = sim(f_i, g_j) / temperature, and a number that no score exceeds.

    dot: sim = <f, g>; cosine: sim = <f, g> / (|f| |g|); negative_squared_l2: sim = -|f - g|^2,
    with p = (2 f, -|f|^2, 1) / temperature and q = (g, 1, -|g|^2), m = d + 2. The common mean is first taken off both
    sides: distances do not feel it, and the expanded square loses digits when it is large.

    Differentiable in f, g and temperature.

    Raises:
        ValueError: unknown similarity, or a temperature that is not positive.
    """
    check_similarity(similarity, temperature)
    if similarity == "negative_squared_l2":
        centre = 0.5 * (f.detach().mean(0) + g.detach().mean(0))
        f, g = f - centre, g - centre
        f_square, g_square = f.square().sum(1, keepdim=True), g.square().sum(1, keepdim=True)
        p = torch.cat([2 * f, -f_square, torch.ones_like(f_square)], dim=1) / temperature
        return p, torch.cat([g, torch.ones_like(g_square), -g_square], dim=1), 0.0
    if similarity == "cosine":
        f, g = normalize(f, dim=1), normalize(g, dim=1)
    p = f / temperature
    bound = p.detach().norm(dim=1).max() * g.detach().norm(dim=1).max()
    return p, g, bound.item()


def paired_similarity(
    f: Float[Tensor, "*#pairs d"],
    g: Float[Tensor, "*#pairs d"],
    *,
    similarity: Similarity = "negative_squared_l2",
    temperature: float | Tensor = 1.0,
) -> Float[Tensor, "*pairs"]:
    """The scores sim(f_i, g_i) / temperature of the pairs alone, without the cancellation of the expanded square."""
    check_similarity(similarity, temperature)
    if similarity == "negative_squared_l2":
        return -(f - g).square().sum(-1) / temperature
    if similarity == "cosine":
        f, g = normalize(f, dim=-1), normalize(g, dim=-1)
    return (f * g).sum(-1) / temperature


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


def check_similarity(similarity: str, temperature: float | Tensor) -> None:
    """Refuse what defines no score.

    Raises:
        ValueError: unknown similarity, or a temperature that is not positive.
    """
    if similarity not in SIMILARITIES:
        raise ValueError(
            f"similarity {similarity!r} is unknown; expected one of {', '.join(SIMILARITIES)}: the loss needs "
            "a similarity that is an inner product of functions of each code"
        )
    if not temperature > 0:
        raise ValueError(
            f"temperature is {float(temperature)}; expected a positive number, because the score sim / temperature "
            "must be finite and grow with the similarity"
        )
