"""Symmetric InfoNCE, exact in value and gradient, in memory that does not grow as the square of the batch."""

import torch
from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.blockwise import BLOCK_ENTRIES, BlockwiseContrast
from identifiability.objectives.similarity import Similarity, similarity_factors


def symmetric_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    *,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "negative_squared_l2",
    weights: Float[Tensor, "K"] | None = None,
    rows: int | None = None,
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""InfoNCE of K pairs of codes, the mean of its two directions.

    L = (L_fg + L_gf) / 2,   L_fg = sum_i a_i [-s_ii + log sum_j K a_j e^{s_ij}],   s_ij = sim(f_i, g_j) / temperature,

    and L_gf the same with s transposed; a_i = 1/K. There is no -log K: at random codes L is about log K.

    `weights` (any scale; a_i = w_i / sum w) make the batch estimate the loss of the law reweighted by w: the pair i counts
    w_i times as an anchor AND as everybody's negative, because the negatives are drawn from the same reweighted law. It
    is the loss of the batch that holds pair i w_i times (whole w_i of mean 1). Token-balanced InfoNCE takes
    w = p(t_y) p(t_e) / p(t_y, t_e). A pair of weight 0 takes no part. Weights are constants: no gradient flows to them.

    Gradients flow to f, g and, if it is a tensor, temperature; once only (a second derivative is refused). Half-precision
    codes are scored in single precision, also under autocast.

    Args:
        f: codes of one modality.
        g: codes of the other; row i belongs to row i of f.
        temperature: positive; of the scale of the similarity.
        similarity: "negative_squared_l2" (the identifiability theorems' choice), "dot" or "cosine" (CLIP's choice).
        weights: importance of each pair, not negative.
        rows: rows of the K x K score matrix held at once; by default about 2^18 scores. Value and gradient do not depend
            on it but for rounding.
        symmetric: False gives L_fg alone.

    Raises:
        ValueError: shapes that differ, fewer than two pairs, bad weights, rows below 1, and as `similarity_factors`.

    Source: van den Oord et al. 2018 (arXiv 1807.03748), eq. 4; the symmetric form is Radford et al. 2021, figure 3.
    """
    if f.shape != g.shape or f.ndim != 2:
        raise ValueError(
            f"codes have shapes {tuple(f.shape)} and {tuple(g.shape)}; expected the same (K, d) twice, because row i of one "
            "is the positive of row i of the other"
        )
    if rows is not None and rows < 1:
        raise ValueError(f"rows is {rows}; expected a block of at least one row of the score matrix, or None")
    if f.dtype in (torch.float16, torch.bfloat16):
        f, g = f.float(), g.float()
    offset = None
    if weights is not None:
        f, g, anchor = _weighted(f, g, weights)
        offset = (len(weights) * anchor).log()
    if len(f) < 2:
        raise ValueError(
            f"the batch holds {len(f)} pairs of positive weight; expected at least 2, because a pair is contrasted with the "
            "others"
        )
    with torch.autocast(f.device.type, enabled=False):
        p, q, bound = similarity_factors(f, g, similarity=similarity, temperature=temperature)
        if offset is None:
            anchor = f.new_full((len(f),), 1 / len(f))
        else:
            # log-weights enter as scores t_ij = s_ij + l_i + l_j: then the weighted loss is an unweighted one plus a constant
            one = torch.ones_like(offset)
            p = torch.cat([p, torch.stack([offset, one], dim=1)], dim=1)
            q = torch.cat([q, torch.stack([one, offset], dim=1)], dim=1)
            bound = bound + 2 * offset.max()
        differentiate = torch.is_grad_enabled() and (p.requires_grad or q.requires_grad)
        block = rows or max(1, BLOCK_ENTRIES // len(f))
        loss = BlockwiseContrast.apply(
            p.T.contiguous(), q.T.contiguous(), anchor, bound.item(), block, symmetric, differentiate
        )
        return loss if offset is None else loss + anchor @ offset


def _weighted(f: Tensor, g: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs of positive weight and their weights, which sum to 1."""
    if weights.shape != f.shape[:1] or not bool((torch.isfinite(weights) & (weights >= 0)).all()):
        raise ValueError(
            f"weights have shape {tuple(weights.shape)} and minimum {float(weights.min()) if weights.numel() else None}; "
            f"expected {len(f)} finite numbers, none negative: they are the ratio of two laws at each pair"
        )
    kept = weights > 0
    weights = weights.detach()[kept].to(f.dtype)
    return f[kept], g[kept], weights / weights.sum()
