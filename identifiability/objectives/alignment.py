"""Alignment with explicit entropy: L_MMAlign of the block-identifiability theorem, L_SMMAlign of pruned captions."""

import torch
from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.entropy import Entropy, entropy_estimate


def mm_align(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    *,
    entropy: Entropy = "kde",
    weight: float = 1.0,
    squared: bool = False,
    bandwidth: float = 0.1,
    neighbour: int = 1,
) -> Float[Tensor, ""]:
    r"""L_MMAlign = weight E|f - g| - H(f) - H(g) of paired codes, by a batch.

    On the unit cube H <= 0, so L >= 0 for exact entropies, with equality iff f = g almost surely and both are uniform.
    The codes must lie in a bounded set, see `unit_cube`: on R^d entropy grows with scale and there is no minimum.

    Args:
        f: codes of one modality, in a bounded set.
        g: codes of the other; row i belongs to row i of f.
        entropy: "kde" or "nearest_neighbour"; "log_det" is a surrogate that loses content (see `gaussian_entropy`).
        weight: of the alignment term; the minimisers over exact entropies do not depend on it, the descent does.
        squared: E|f - g|^2 in place of E|f - g|.
        bandwidth: of "kde".
        neighbour: of "nearest_neighbour".

    Raises:
        ValueError: shapes that differ, a weight that is not positive, and as the entropy estimators.

    Source: arXiv 2510.26302, theorem 2; with two mixings Daunhawer et al. 2023, theorem 1 (entropies halved there).
    """
    return smm_align(f, g, g, entropy=entropy, weight=weight, squared=squared, bandwidth=bandwidth, neighbour=neighbour)


def smm_align(
    f: Float[Tensor, "K d"],
    g_paired: Float[Tensor, "K d"],
    g_vocabulary: Float[Tensor, "N d"],
    *,
    entropy: Entropy = "kde",
    weight: float = 1.0,
    squared: bool = False,
    bandwidth: float = 0.1,
    neighbour: int = 1,
) -> Float[Tensor, ""]:
    r"""L_SMMAlign = weight E|f - g(X_{y/e})| - H(f) - H(g(X_{V/E})): captions are cleared of environment tokens.

    Args:
        f: codes of images, in a bounded set.
        g_paired: codes of each image's own caption X_{y/e}, that names its class and has its environment tokens erased.
        g_vocabulary: codes of a sample of X_{V/E}, captions over the class vocabulary without environment tokens. Their
            law must have a density: with class names alone there are finitely many codes and H = -infinity.
        entropy: as in `mm_align`, like all that follows.
        weight: of the alignment term.
        squared: E|f - g|^2 in place of E|f - g|.
        bandwidth: of "kde".
        neighbour: of "nearest_neighbour".

    Raises:
        ValueError: as `mm_align`.

    Source: CLIP-IRM (CVPR 2026), definition 4 and the objective before theorem 5.
    """
    if f.shape != g_paired.shape or f.ndim != 2:
        raise ValueError(
            f"codes have shapes {tuple(f.shape)} and {tuple(g_paired.shape)}; expected the same (K, d) twice, because "
            "row i of one belongs to row i of the other"
        )
    if not weight > 0:
        raise ValueError(f"weight is {weight}; expected a positive number: without alignment the towers are unrelated")
    difference = f - g_paired
    distance = difference.square().sum(1) if squared else torch.linalg.vector_norm(difference, dim=1)
    entropies = [
        entropy_estimate(codes, entropy=entropy, bandwidth=bandwidth, neighbour=neighbour)
        for codes in (f, g_vocabulary)
    ]
    return weight * distance.mean() - entropies[0] - entropies[1]


def unit_cube(codes: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch d"]:
    """Each coordinate mapped onto (0, 1) by the logistic function: the bounded image that the theorems need."""
    return torch.sigmoid(codes)
