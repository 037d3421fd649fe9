"""Negatives that belong to one pair alone: swapped captions (y', s_i), and hard negatives of any other making."""

from functools import reduce
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy

from identifiability.objectives.infonce import check_negatives, positive_weights, symmetric_infonce
from identifiability.objectives.similarity import Similarity, paired_similarity
from identifiability.objectives.tokens import Tokens

Proposal = Literal["uniform", "conditional"]

PROPOSALS: tuple[Proposal, ...] = get_args(Proposal)


def hard_negative_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    negatives: Float[Tensor, "K M d"],
    *,
    in_batch: bool,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "negative_squared_l2",
    weights: Float[Tensor, "K"] | None = None,
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""InfoNCE with M negatives n_im for each pair, in place of the batch's captions or beside them.

    L = (L_fg + L_gf) / 2,   L_fg = sum_i a_i [-s_ii + log(B_i + sum_m e^{sim(f_i, n_im) / temperature})],

    B_i = e^{s_ii} (in_batch False) or sum_j K a_j e^{s_ij} (True); a_i = w_i / sum w. L_gf is that of
    `symmetric_infonce` either way: negatives are captions and have no image.

    With in_batch True nothing larger than (K, M, d) is held, and a second derivative is refused. Codes that are not
    finite, or whose scores overflow, give a loss that is not finite, never a wrong number: to look for them would make
    every step wait for the device. Codes and negatives of different precisions are scored in the highest of them, and
    in single precision at least.

    Args:
        f: image codes.
        g: codes of the captions; row i belongs to row i of f.
        negatives: codes of the negatives of each pair. Drawn from a proposal q(t' | x_i) that may give the caption of
            pair i, they leave the optimum log p(t | x) / q(t | x) + a(x) that InfoNCE has; when the pair's own caption
            is excluded the optimum moves (see `swapped_classes`).
        in_batch: whether the batch's captions are candidates too: then, as K and M grow, q is the mixture
            (K p(t) + M q(t | x)) / (K + M).
        temperature: as in `symmetric_infonce`.
        similarity: as in `symmetric_infonce`.
        weights: importance of each pair as an anchor and as the batch's candidate, not of its own negatives.
        symmetric: False gives L_fg alone.

    Raises:
        ValueError: codes or negatives of other shapes, no pair of positive weight, and as `symmetric_infonce`.

    Source: in-batch hard negatives as in Yuksekgonul et al. 2023 (NegCLIP, arXiv 2210.01936).
    """
    check_negatives(f, negatives)
    if f.shape != g.shape or not len(f) or (weights is not None and not positive_weights(weights, len(f))[0].any()):
        raise ValueError(
            f"codes have shapes {tuple(f.shape)} and {tuple(g.shape)}, with {'equal' if weights is None else 'given'} "
            "weights; expected the same (K, d) twice and one pair of positive weight at least, because the loss is the "
            "mean over pairs"
        )
    precision = reduce(torch.promote_types, (f.dtype, g.dtype, negatives.dtype), torch.float32)
    f, g, negatives = f.to(precision), g.to(precision), negatives.to(precision)
    if in_batch:
        return symmetric_infonce(
            f,
            g,
            temperature=temperature,
            similarity=similarity,
            weights=weights,
            negatives=negatives,
            symmetric=symmetric,
        )
    candidates = torch.cat([g[:, None], negatives], dim=1)
    scores = paired_similarity(f[:, None], candidates, similarity=similarity, temperature=temperature)
    losses = cross_entropy(scores, scores.new_zeros(len(scores), dtype=torch.int64), reduction="none")
    if weights is None:
        to_text = losses.mean()
    else:
        kept, log_weights = positive_weights(weights, len(f))
        to_text = (losses[kept] * log_weights.softmax(0).to(losses)).sum()
    if not symmetric:
        return to_text
    to_image = symmetric_infonce(g, f, temperature=temperature, similarity=similarity, weights=weights, symmetric=False)
    return 0.5 * (to_text + to_image)


def swapped_classes(
    tokens: Tokens,
    law: Float[np.ndarray, "C S"],
    *,
    proposal: Proposal,
    count: int,
    generator: torch.Generator,
) -> Int[Tensor, "K M"]:
    r"""M classes y' for each pair, independent draws from the proposal q: uniform, or p(y' | s_i), s_i its context.

    y' = y is drawn with its probability, and must be: then InfoNCE against (y', s) has the optimum
    log p(y | x) / q(y) + a(x), for any M. Were y' != y enforced, q would be q(y') / (1 - q(y)) and depend on the
    positive; for two classes that leaves nothing of q, the optimum at M = 1 is log p(y | x), ERM, and the context is
    no longer divided out.

    Args:
        tokens: classes and, for "conditional", contexts.
        law: p(t_y, t_e); of "uniform" only the number of its rows counts.
        proposal: "uniform" or "conditional".
        count: M, at least 1.
        generator: of the device of the tokens.

    Raises:
        ValueError: unknown proposal, M below 1, or a context of probability 0.
    """
    if proposal not in PROPOSALS or count < 1:
        raise ValueError(
            f"proposal {proposal!r} with {count} swaps a pair; expected one of {', '.join(PROPOSALS)} with at least 1"
        )
    table = torch.as_tensor(law, device=tokens.classes.device)
    if proposal == "uniform":
        odds = torch.ones(len(tokens), len(table), dtype=torch.float64, device=table.device)
    else:
        contexts = tokens.column("contexts")
        beyond = contexts >= table.shape[1]
        if beyond.any() or not (table.sum(0)[contexts] > 0).all():
            raise ValueError(
                f"contexts up to {int(contexts.max())} with a law of contexts {table.sum(0).tolist()}; expected every "
                "context of the batch to have positive probability, because classes are drawn from p(y' | s)"
            )
        odds = table.T[contexts]
    return torch.multinomial(odds, count, replacement=True, generator=generator)
