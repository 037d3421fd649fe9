r"""InfoNCE under a vocabulary: which captions are scored, which pairs are each other's negatives, with what weight.

Everywhere f are image codes and row i of g is the code of the caption of pair i, in the version the function names:
pruned (the class token alone, X_{y/e}) or full (class and context token). s_ij = sim(f_i, g_j) / temperature.
The optima named are those of unrestricted critics as K grows, up to a(x), for images x = (c, s) with context s.
"""

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike
from torch import Tensor

from identifiability.objectives.infonce import symmetric_infonce
from identifiability.objectives.negatives import hard_negative_infonce
from identifiability.objectives.similarity import Similarity
from identifiability.objectives.tokens import Tokens
from scm.environments import balancing_weights
from scm.joint import as_array

_SINGLE_PRECISION = 1e-5  # on the sum of a law: above the rounding of one in single precision


def pruned_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    tokens: Tokens,
    weights: Float[Tensor, "K"] | None = None,
    *,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "dot",
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""`symmetric_infonce` on pruned captions: the whole batch are negatives, whatever their tokens.

    Optimum log p(y | x) / p(y) under the pooled law: cross entropy of the class up to its prior, that is ERM.
    Exchanging captions between pairs of one class (the batch D_V) leaves a class-only caption as it is.

    Raises:
        ValueError: tokens of another number of pairs, and as `symmetric_infonce`.

    Source: CLIP-IRM (CVPR 2026), first term of eq. 11.
    """
    _same_pairs(f, tokens)
    return symmetric_infonce(f, g, temperature=temperature, similarity=similarity, weights=weights, symmetric=symmetric)


def full_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    tokens: Tokens,
    weights: Float[Tensor, "K"] | None = None,
    *,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "dot",
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""`symmetric_infonce` on full captions, which is CLIP.

    Optimum log p(y, s' | x) / p(y, s'). Read with the prompt whose context is the image's own, s' = s, this is
    log p(y | x) / p(y | s): balanced over contexts, provided c and s are independent given y.

    Raises:
        ValueError: as `pruned_infonce`.

    Source: Radford et al. 2021; second term of eq. 11 of CLIP-IRM (CVPR 2026).
    """
    return pruned_infonce(f, g, tokens, weights, temperature=temperature, similarity=similarity, symmetric=symmetric)


def within_environment_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    tokens: Tokens,
    weights: Float[Tensor, "K"] | None = None,
    *,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "dot",
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""Pruned captions, negatives from the pair's own environment p_e alone (`tokens.environments`).

    Optimum for scores that do not know e, from image to text: pruned InfoNCE's own where all environments have one law
    of y, because the image still shows s. It is invariant if y and s are independent within each environment; exactly
    when, the claim `negatives.index_criterion` says. From text to image the negatives follow p_e(x): another loss.
    Small groups as in `stratified_infonce`.

    Raises:
        ValueError: as `stratified_infonce`.
    """
    return _within(tokens.column("environments"), f, g, tokens, weights, temperature, similarity, symmetric)


def stratified_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    tokens: Tokens,
    weights: Float[Tensor, "K"] | None = None,
    *,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "dot",
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""Pruned captions, negatives from the pair's own context stratum alone (`tokens.contexts`).

    L = sum_s m_s L_s / sum_s m_s,   L_s = `symmetric_infonce` of the pairs of context s,   m_s their weight (number).

    A stratum with fewer than two pairs of positive weight has nothing to contrast: it adds neither to the sum nor to
    its mass. L_s is log K_s for codes that say nothing, so values compare at equal stratum sizes only.

    Optimum log p(y | x) / p(y | s), by one score in all strata; free of the law of s given y if c and s are
    independent given y and every p(y, s) > 0.

    Raises:
        ValueError: no contexts, no stratum with two pairs, and as `symmetric_infonce`.
    """
    return _within(tokens.column("contexts"), f, g, tokens, weights, temperature, similarity, symmetric)


def balanced_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    tokens: Tokens,
    weights: Float[Tensor, "K"] | None = None,
    *,
    law: ArrayLike | Tensor | None = None,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "dot",
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""Pruned captions, pairs weighted by p(t_y) p(t_e) / p(t_y, t_e), as anchors and as negatives.

    Optimum log q(y | x) / p(y) under the balanced law q, in which class and context are independent; this is
    log p(y | c) / p(y) if c and s are independent given y.

    Args:
        f: image codes.
        g: codes of pruned captions.
        tokens: classes and contexts.
        weights: importance of each pair before balancing; multiplied by the balancing weights.
        law: p(t_y, t_e) of the pairs with their `weights`, law[class, context]: an array, a tensor or nested lists, of
            sum 1. None takes the (weighted) frequencies of this batch: then
            the loss is a ratio estimate, biased at finite K, and a batch that misses a combination of a class and a
            context that it holds apart is refused. Use the law of the whole training set where it is known.
        temperature: as in `symmetric_infonce`.
        similarity: as in `symmetric_infonce`.
        symmetric: as in `symmetric_infonce`.

    Raises:
        ValueError: no contexts, tokens beyond the law or of probability 0, empty cells, what is no law, and as
            `symmetric_infonce`.
    """
    _same_pairs(f, tokens)
    balancing = token_balancing_weights(tokens, weights, law=law)
    return pruned_infonce(
        f,
        g,
        tokens,
        balancing if weights is None else balancing * weights,
        temperature=temperature,
        similarity=similarity,
        symmetric=symmetric,
    )


def token_balancing_weights(
    tokens: Tokens, weights: Float[Tensor, "K"] | None = None, *, law: ArrayLike | Tensor | None = None
) -> Float[Tensor, "K"]:
    """p(t_y) p(t_e) / p(t_y, t_e) of each pair, in float64, of a given law or of the batch's weighted frequencies.

    A law of lower precision is divided by its sum.

    Raises:
        ValueError: no contexts, tokens beyond the law or of probability 0, empty cells (positivity), what is no law.
    """
    classes, contexts = tokens.classes.numpy(force=True), tokens.column("contexts").numpy(force=True)
    if law is None:
        table = np.zeros((classes.max() + 1, contexts.max() + 1))
        np.add.at(table, (classes, contexts), 1.0 if weights is None else weights.numpy(force=True))
        table /= table.sum()
    else:
        table = _table_of_tokens(law)
    drawn = slice(None) if weights is None else weights.numpy(force=True) > 0
    beyond = classes.max() >= table.shape[0] or contexts.max() >= table.shape[1]
    if beyond or (table[classes, contexts][drawn] <= 0).any():
        raise ValueError(
            f"tokens up to class {classes.max()} and context {contexts.max()} with a law of shape {table.shape}; "
            "expected a law[class, context] that gives every pair positive probability, because the batch was drawn "
            "from it"
        )
    try:
        balancing = balancing_weights(table)
    except ValueError as error:
        if law is not None:
            raise
        raise ValueError(
            f"the batch of {len(tokens)} pairs cannot be balanced by its own frequencies: {error}; give the law of the "
            "whole training set as law=, a table law[class, context], or take larger batches"
        ) from error
    return torch.as_tensor(balancing[classes, contexts], device=tokens.classes.device)


def _table_of_tokens(law: ArrayLike | Tensor) -> Float[np.ndarray, "C S"]:
    table = as_array(law.numpy(force=True) if isinstance(law, Tensor) else law, "the law")  # type: ignore[arg-type]
    if table.ndim != 2 or not (table >= 0).all() or not abs(table.sum() - 1) <= _SINGLE_PRECISION:
        raise ValueError(
            f"the law has shape {table.shape}, minimum {table.min(initial=np.inf):.6g} and sum {table.sum():.6g}; "
            "expected law[class, context], probabilities of sum 1"
        )
    return table / table.sum()


def swapped_infonce(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    tokens: Tokens,
    weights: Float[Tensor, "K"] | None = None,
    *,
    negatives: Float[Tensor, "K M d"],
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "dot",
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""Full captions against captions (y', s_i) of another class and the pair's own context (`swapped_classes`).

    Optimum at the matched context log p(y | x) / q(y), q the proposal of y': with q(y') = p(y' | s) that of
    `stratified_infonce`, with q uniform log p(y | x), that is ERM.
    The other direction (`symmetric`) has the batch's images as candidates. It leaves log p(x | y, s) / p(x) + b(y, s),
    any b: it agrees with either proposal at the image's own context, and scores other contexts down.

    Args:
        f: image codes.
        g: codes of full captions.
        tokens: of the pairs.
        weights: importance of each pair.
        negatives: codes of M swapped captions of each pair.
        temperature: as in `symmetric_infonce`.
        similarity: as in `symmetric_infonce`.
        symmetric: False gives image to text alone.

    Raises:
        ValueError: tokens of another number of pairs, and as `hard_negative_infonce`.
    """
    _same_pairs(f, tokens)
    return hard_negative_infonce(
        f,
        g,
        negatives,
        in_batch=False,
        temperature=temperature,
        similarity=similarity,
        weights=weights,
        symmetric=symmetric,
    )


def mid_training(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "K d"],
    tokens: Tokens,
    weights: Float[Tensor, "K"] | None = None,
    *,
    full: Float[Tensor, "K d"],
    trade_off: float,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "dot",
) -> Float[Tensor, ""]:
    r"""L(D_V) + lambda L(D): `pruned_infonce` of g and `full_infonce` of `full`, on the same images.

    Each L is the MEAN of its two directions and eq. 11 adds them, so this is half of eq. 11. With unrestricted critics
    the two terms have disjoint captions and lambda is immaterial at the optimum; it acts through shared parameters.

    Args:
        f: image codes.
        g: codes of pruned captions.
        tokens: of the pairs.
        weights: importance of each pair, for both terms.
        full: codes of full captions.
        trade_off: lambda, not negative.
        temperature: as in `symmetric_infonce`.
        similarity: as in `symmetric_infonce`.

    Raises:
        ValueError: a negative lambda, and as `pruned_infonce`.

    Source: CLIP-IRM (CVPR 2026), eq. 11.
    """
    if not trade_off >= 0:
        raise ValueError(
            f"trade_off is {trade_off}; expected a number from 0 on: a negative lambda rewards misaligned captions "
            "without bound"
        )
    pruned = pruned_infonce(f, g, tokens, weights, temperature=temperature, similarity=similarity)
    if trade_off == 0:
        return pruned
    return pruned + trade_off * full_infonce(f, full, tokens, weights, temperature=temperature, similarity=similarity)


def _within(
    groups: Tensor,
    f: Tensor,
    g: Tensor,
    tokens: Tokens,
    weights: Tensor | None,
    temperature: float | Tensor,
    similarity: Similarity,
    symmetric: bool,
) -> Float[Tensor, ""]:
    """Mean of the losses of the groups by mass, over the groups with at least two pairs of positive weight."""
    _same_pairs(f, tokens)
    losses, masses = [], []
    for group in groups.unique().tolist():
        members = (groups == group).nonzero()[:, 0]
        own = None if weights is None else weights[members]
        pairs = len(members) if own is None else int((own > 0).sum())
        if pairs >= 2:
            losses.append(
                symmetric_infonce(
                    f[members],
                    g[members],
                    temperature=temperature,
                    similarity=similarity,
                    weights=own,
                    symmetric=symmetric,
                )
            )
            masses.append(losses[-1].new_tensor(pairs) if own is None else own.detach().sum().to(losses[-1]))
    if not losses:
        raise ValueError(
            f"none of the {len(groups.unique())} groups among {len(groups)} pairs holds two pairs of positive weight; "
            "negatives come from a pair's own group, so take larger batches or fewer groups a batch"
        )
    mass = torch.stack(masses)
    return (torch.stack(losses) * mass).sum() / mass.sum()


def _same_pairs(f: Tensor, tokens: Tokens) -> None:
    if len(f) != len(tokens):
        raise ValueError(
            f"{len(f)} codes and tokens of {len(tokens)} pairs; expected one number, because token i belongs to pair i"
        )
