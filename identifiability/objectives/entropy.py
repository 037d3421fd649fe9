"""Differential entropy of a sample of codes, differentiable: two estimators, and one surrogate that is not entropy."""

import math
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.blockwise import BLOCK_ENTRIES, contrast
from identifiability.objectives.similarity import similarity_factors

Entropy = Literal["kde", "nearest_neighbour", "log_det"]

ENTROPIES: tuple[Entropy, ...] = get_args(Entropy)


def entropy_estimate(
    codes: Float[Tensor, "K d"], *, entropy: Entropy, bandwidth: float = 0.1, neighbour: int = 1
) -> Float[Tensor, ""]:
    """Entropy in nats by name: `kde_entropy`, `nearest_neighbour_entropy` or `gaussian_entropy` ("log_det").

    Raises:
        ValueError: unknown name, and as the estimator.
    """
    if entropy == "kde":
        return kde_entropy(codes, bandwidth=bandwidth)
    if entropy == "nearest_neighbour":
        return nearest_neighbour_entropy(codes, neighbour=neighbour)
    if entropy == "log_det":
        return gaussian_entropy(codes)
    raise ValueError(f"entropy {entropy!r} is unknown; expected one of {', '.join(ENTROPIES)}")


def kde_entropy(codes: Float[Tensor, "K d"], *, bandwidth: float = 0.1, rows: int | None = None) -> Float[Tensor, ""]:
    r"""Entropy by kernel density, each point left out of its own density.

    H = -1/K sum_i log 1/(K-1) sum_{j != i} N(x_i; x_j, h^2 I).

    Its limit is the cross entropy CE(p, p * N(0, h^2 I)) = H(p) + KL >= H(p): too much by O(h^2) where p is smooth, by
    O(h) a face on a cube. At finite K the logarithm of a mean adds about Var[kernel] / (2 K E[kernel]^2), of order
    1 / (K h^d). Exact gradient in memory that does not grow as K^2 (see `contrast`).

    Raises:
        ValueError: fewer than two codes, or a bandwidth that is not positive.
    """
    count, dimension = _shape(codes, fewest=2)
    if not bandwidth > 0:
        raise ValueError(f"bandwidth is {bandwidth}; expected a positive length, the width of the kernel on the codes")
    p, q, bound = similarity_factors(codes, codes, temperature=2 * bandwidth**2)
    anchor = codes.new_full((count,), 1 / count)
    log_kernel_sum = contrast(p, q, anchor, positive=None, bound=bound, rows=rows, symmetric=False)
    return math.log(count - 1) + dimension / 2 * math.log(2 * math.pi * bandwidth**2) - log_kernel_sum


def nearest_neighbour_entropy(
    codes: Float[Tensor, "K d"], *, neighbour: int = 1, rows: int | None = None
) -> Float[Tensor, ""]:
    r"""Kozachenko-Leonenko entropy from the distance r_i of each code to its k-th neighbour.

    H = psi(K) - psi(k) + log V_d + d/K sum_i log r_i,  V_d the volume of the unit ball. Asymptotically unbiased for
    smooth densities, standard deviation about sqrt((Var log p + psi'(k)) / K). A code equal to its neighbour counts as
    at the smallest distance that the number format holds, without gradient (a law with atoms has entropy -infinity).

    Raises:
        ValueError: `neighbour` below 1, or not more codes than it.

    Source: Kozachenko & Leonenko 1987; k-th neighbour as in Kraskov et al. 2004 (cond-mat/0305641), eq. 20.
    """
    count, dimension = _shape(codes, fewest=2)
    if not 1 <= neighbour < count:
        raise ValueError(f"neighbour is {neighbour}; expected between 1 and {count - 1}, the number of other codes")
    with torch.no_grad():
        rows = rows or max(1, BLOCK_ENTRIES // count)
        nearest = torch.cat([_kth_neighbour(codes, block, neighbour) for block in torch.arange(count).split(rows)])
    square = (codes - codes[nearest]).square().sum(1).clamp(min=torch.finfo(codes.dtype).tiny)
    log_ball = dimension / 2 * math.log(math.pi) - math.lgamma(dimension / 2 + 1)
    ranks = torch.tensor([count, neighbour], dtype=torch.float64).digamma().diff().item()
    return log_ball - ranks + dimension / 2 * square.log().mean()


def gaussian_entropy(codes: Float[Tensor, "K d"]) -> Float[Tensor, ""]:
    r"""1/2 log det(2 pi e Cov): the entropy of the Gaussian with the codes' covariance. A SURROGATE, not entropy.

    It bounds H from above with equality for Gaussians alone. Its maximum does not make codes invertible: uncorrelated
    functions of ONE coordinate (Hermite polynomials) have full covariance and hold nothing of the others.

    Raises:
        ValueError: fewer codes than coordinates + 1: their covariance is singular.
    """
    count, dimension = _shape(codes, fewest=2)
    if count <= dimension:
        raise ValueError(
            f"{count} codes of {dimension} coordinates; expected at least {dimension + 1}, because the covariance "
            "of fewer is singular and its log det is -infinity"
        )
    centred = codes - codes.mean(0)
    return 0.5 * torch.logdet(2 * math.pi * math.e / (count - 1) * (centred.T @ centred))


def _kth_neighbour(codes: Tensor, block: Tensor, neighbour: int) -> Tensor:
    """Index of the `neighbour`-th nearest other code of each code in `block`."""
    distance = torch.cdist(codes[block], codes, compute_mode="donot_use_mm_for_euclid_dist")
    distance[torch.arange(len(block)), block] = math.inf
    return distance.topk(neighbour, largest=False).indices[:, -1]


def _shape(codes: Tensor, fewest: int) -> tuple[int, int]:
    if codes.ndim != 2 or len(codes) < fewest:
        raise ValueError(f"codes have shape {tuple(codes.shape)}; expected (K, d) with at least {fewest} codes")
    return codes.shape[0], codes.shape[1]
