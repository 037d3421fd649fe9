"""Recipes: which captions a step scores, against which negatives and with which weights; eq. 11 and its kin."""

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.catalogue import OBJECTIVES
from identifiability.objectives.negatives import hard_negative_infonce
from identifiability.objectives.tokens import Tokens
from identifiability.objectives.vocabulary import full_infonce
from realscale.midtraining.masks import masked_infonce

Recipe = Literal["plain", "pruned", "balanced", "stratified", "hardneg", "smartclip-mask"]
Version = Literal["full", "pruned", "negatives"]

RECIPES: tuple[Recipe, ...] = get_args(Recipe)


def versions_of(recipe: Recipe, trade_off: float) -> tuple[Version, ...]:
    """The versions of the captions whose codes the recipe's loss takes."""
    if recipe in ("plain", "smartclip-mask"):
        return ("full",)
    if recipe == "hardneg":
        return ("full", "negatives")
    return ("pruned", "full") if trade_off > 0 else ("pruned",)


def term_weights(recipe: Recipe, trade_off: float, sparsity: float) -> dict[str, float]:
    """What each term of `recipe_loss` is weighted by: lambda of L(D) in eq. 11, sparsity of the share of masks."""
    if recipe == "smartclip-mask":
        return {"D": 1.0, "m": sparsity}
    return {"D": 1.0} if recipe in ("plain", "hardneg") else {"D_V": 1.0, "D": trade_off}


def recipe_loss(
    recipe: Recipe,
    f: Float[Tensor, "K d"],
    codes: Mapping[Version, Tensor],
    tokens: Tokens,
    *,
    temperature: Tensor,
    trade_off: float,
    law: Float[np.ndarray, "C S"] | None = None,
    sparsity: float = 0.0,
) -> dict[str, Float[Tensor, ""]]:
    r"""The terms of a step's loss, which is their sum; cosine similarity, each term the mean of its two directions.

    plain: {D: L(D)}, CLIP. pruned: {D_V: L(D_V), D: lambda L(D)}, half of eq. 11. balanced, stratified: the same with
    token-balancing weights under `law`, or negatives of the pair's own context, in L(D_V). hardneg: {D: L(D) with each
    pair's wrong captions among its candidates}. smartclip-mask: {D: `masked_infonce`, m: `sparsity` times the share of
    coordinates that masks keep}.

    Args:
        recipe: one of `RECIPES`.
        f: codes of the pictures.
        codes: of the captions, by version: (K, d), "negatives" (K, M, d); of smartclip-mask (K, 2 d), code and mask.
        tokens: classes and contexts.
        temperature: of the scores.
        trade_off: lambda.
        law: p(t_y, t_e) of the training set; None: of the batch. Of meaning to balanced alone.
        sparsity: of meaning to smartclip-mask alone.

    Source: CLIP-IRM (CVPR 2026), eq. 11; hard negatives as in Yuksekgonul et al. 2023 (arXiv 2210.01936); masks as in
    Xie et al. 2025 (arXiv 2507.22264).
    """
    weights = term_weights(recipe, trade_off, sparsity)
    if recipe == "smartclip-mask":
        g, masks = codes["full"].tensor_split(2, dim=1)
        return {"D": masked_infonce(f, g, masks, temperature=temperature), "m": weights["m"] * masks.mean()}
    if recipe == "hardneg":
        loss = hard_negative_infonce(
            f, codes["full"], codes["negatives"], in_batch=True, temperature=temperature, similarity="cosine"
        )
        return {"D": loss}
    terms: dict[str, Tensor] = {}
    if recipe != "plain":
        objective = OBJECTIVES[recipe]
        first = objective.prepare(law=law) if recipe == "balanced" else objective.prepare()
        terms["D_V"] = first(f, codes["pruned"], tokens, temperature=temperature, similarity="cosine")
    if "full" in codes:
        whole = full_infonce(f, codes["full"], tokens, temperature=temperature, similarity="cosine")
        terms["D"] = weights["D"] * whole
    return terms
