"""Symmetric InfoNCE, exact in value and gradient, in memory that does not grow with the square of the batch."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from identifiability.objectives.blockwise import contrast
from identifiability.objectives.similarity import Similarity, paired_similarity, similarity_factors


def symmetric_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    *,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "negative_squared_l2",
    weights: Float[Tensor, "K"] | None = None,
    negatives: Float[Tensor, "K M d"] | None = None,
    rows: int | None = None,
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""InfoNCE of K pairs of codes, the mean of its two directions.

    L = (L_fg + L_gf) / 2,   L_fg = sum_i a_i [-s_ii + log sum_j K a_j e^{s_ij}],   s_ij = sim(f_i, g_j) / temperature,

    and L_gf the same with s transposed; a_i = 1/K. There is no -log K: codes that say nothing have L = log K.

    `weights` (of any scale; a_i = w_i / sum w) make the batch estimate the loss of the law reweighted by w. Pair i
    counts w_i times as an anchor AND as everybody's negative, since negatives are draws of the same law: for whole w_i
    of mean 1 it is the loss of the batch that holds pair i w_i times. Token-balanced InfoNCE takes
    w = p(t_y) p(t_e) / p(t_y, t_e). A pair of weight 0 takes no part. Weights are constants: no gradient flows to them.

    `negatives` join the candidates of their own row: in L_fg, sum_j K a_j e^{s_ij} + sum_m e^{sim(f_i, n_im) / T}, and
    nothing is added to L_gf (see `hard_negative_infonce`).

    Gradients flow to f, g, negatives and, if it is a tensor, temperature; once only (a second derivative is refused).
    Half-precision codes are scored in single precision, under autocast too.

    Args:
        f: codes of one modality.
        g: codes of the other; row i belongs to row i of f.
        temperature: positive, in units of the similarity.
        similarity: "negative_squared_l2" (the identifiability theorems), "dot", or "cosine" (CLIP).
        weights: importance of each pair, not negative.
        negatives: codes of M further candidates of each row of f, of g's modality.
        rows: rows of the K x K score matrix held at once; by default as many as are fastest. The result depends on it
            only by rounding.
        symmetric: False gives L_fg alone.

    Raises:
        ValueError: shapes that differ, fewer than two pairs, bad weights, rows below 1, and as `similarity_factors`.

    Source: van den Oord et al. 2018 (arXiv 1807.03748), eq. 4; symmetric as in Radford et al. 2021, figure 3.
    """
    if f.shape != g.shape or f.ndim != 2:
        raise ValueError(
            f"codes have shapes {tuple(f.shape)} and {tuple(g.shape)}; expected the same (K, d) twice, because row i "
            "of one is the positive of row i of the other"
        )
    if rows is not None and rows < 1:
        raise ValueError(f"rows is {rows}; expected at least one row of the score matrix in a block, or None")
    if negatives is not None:
        check_negatives(f, negatives)
    precision = torch.promote_types(torch.promote_types(f.dtype, g.dtype), torch.float32)
    f, g = f.to(precision), g.to(precision)
    log_weights = None
    if weights is not None:
        kept, log_weights = positive_weights(weights, len(f))
        f, g, log_weights = f[kept], g[kept], log_weights.to(f)
        negatives = None if negatives is None else negatives[kept]
    if len(f) < 2:
        raise ValueError(
            f"{len(f)} pairs (of positive weight); expected at least 2, because a pair is contrasted with others"
        )
    own_similarity = similarity
    if similarity == "cosine":
        f, g, similarity = normalize(f, dim=1), normalize(g, dim=1), "dot"
    p, q, bound = similarity_factors(f, g, similarity=similarity, temperature=temperature)
    with torch.no_grad():
        positive = paired_similarity(f, g, similarity=similarity, temperature=temperature)
    extra = None
    if negatives is not None:
        own = paired_similarity(f[:, None], negatives.to(f), similarity=own_similarity, temperature=temperature)
        extra = own.logsumexp(1)
    if log_weights is None:
        anchor = f.new_full((len(f),), 1 / len(f))
        return contrast(p, q, anchor, positive=positive, bound=bound, extra=extra, rows=rows, symmetric=symmetric)
    # With l = log(K a): log sum_j K a_j e^{s_ij} = -l_i + log sum_j e^{l_i + s_ij + l_j}, so that weights are two
    # more coordinates of the factors.
    one = torch.ones_like(log_weights)
    p = torch.cat([p, torch.stack([log_weights, one], dim=1)], dim=1)
    q = torch.cat([q, torch.stack([one, log_weights], dim=1)], dim=1)
    positive += 2 * log_weights
    bound += 2 * log_weights.max().item()
    anchor = log_weights.softmax(0)
    extra = None if extra is None else extra + log_weights
    loss = contrast(p, q, anchor, positive=positive, bound=bound, extra=extra, rows=rows, symmetric=symmetric)
    return loss + (anchor * log_weights).sum()  # a product of matrices would round under autocast


def check_negatives(f: Tensor, negatives: Tensor) -> None:
    """Refuse negatives that do not belong to the rows of f.

    Raises:
        ValueError: a shape other than (K, M, d) with M >= 1.
    """
    if negatives.ndim != 3 or negatives.shape[::2] != f.shape or not negatives.shape[1]:
        raise ValueError(
            f"negatives have shape {tuple(negatives.shape)} for codes of shape {tuple(f.shape)}; expected (K, M, d) "
            "with M >= 1, because each row of f has M negatives of its own"
        )


def positive_weights(weights: Tensor, pairs: int) -> tuple[Tensor, Tensor]:
    """Which weights are positive, and the logarithms of those, scaled so that all weights have mean 1.

    Raises:
        ValueError: another shape than one number a pair, negative numbers, or numbers that are not finite.
    """
    wrong = int((~torch.isfinite(weights) | (weights < 0)).sum())
    if weights.shape != (pairs,) or wrong:
        raise ValueError(
            f"weights have shape {tuple(weights.shape)} and {wrong} are negative or not finite; expected {pairs} "
            "finite numbers, none negative, because each is a ratio of two laws at a pair"
        )
    weights = weights.detach().double()
    kept = weights > 0
    return kept, (weights[kept] / weights.mean()).log()
