"""Swapped captions: exchanged positives change nothing; swapped negatives are invariant iff drawn from p(y'|s)."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.captions import CLASS, IMAGE, image_caption_law
from identifiability.exact.infonce import population_optimum
from identifiability.exact.invariance.batches import shown_value, swapped_optimum
from identifiability.exact.invariance.designs import (
    deviation,
    erm,
    invariant_logits,
    logits,
    positives_swapped,
    pruned,
    swapped_conditional,
    swapped_uniform,
)
from identifiability.exact.invariance.irmv1 import accuracy, irmv1_penalty
from identifiability.exact.invariance.prompts import full_caption_optimum, matched_prompt
from identifiability.exact.invariance.random_environments import content_and_context, shown
from identifiability.exact.invariance.vocabulary import CLASS_TOKEN, PRUNED, naming, token_model
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw
from scm.coloured import coloured_classes, noisy_copy

_CLASSES = 3  # of the random token models


def _exchange(group: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """A random permutation of the pairs that moves captions within a group alone."""
    order = np.arange(len(group))
    for value in np.unique(group):
        order[group == value] = rng.permutation(order[group == value])
    return order


def exchanged_positives(setting: Setting, seed: int, context: Context) -> Evidence:
    """Pairs drawn from the coloured problem, captions exchanged inside each class token: counts before and after."""
    rng = np.random.default_rng(seed)
    training, test = coloured_classes(classes=setting["classes"])
    law = training.joint()
    drawn = training.pooled().sample(setting["pairs"], rng=rng)
    order = _exchange(drawn["y"], rng=rng)
    counts = np.zeros((2, law.levels("x"), law.levels("y")))
    for place, tokens in enumerate((drawn["y"], drawn["y"][order])):
        np.add.at(counts[place], (drawn["x"], tokens), 1)
    before, after = counts / setting["pairs"]
    same = np.array_equal(population_optimum(before), population_optimum(after))
    joint = law.marginal(("x", "y"))[:, :, None] * law.conditional("s", "y")
    prompts = np.moveaxis(full_caption_optimum(joint), 2, 0)
    return Evidence(
        measured={
            "captions_that_moved": float((order != np.arange(len(order))).mean()),
            "cells_changed": float((counts[0] != counts[1]).sum()),
            "optima_bitwise_equal": float(same),
            "full_captions_minus_pruned": max(deviation(scores, pruned(law)) for scores in prompts),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), positives_swapped(law)),
        },
        bar={
            "captions_that_moved": (0.5, None),
            "cells_changed": (0.0, 0.0),
            "optima_bitwise_equal": (1.0, 1.0),
            "full_captions_minus_pruned": (0.0, 1e-12),
            "ood_accuracy": (setting["ood"] - 1e-9, setting["ood"] + 1e-9),
        },
        note="full captions after the exchange: every prompt, the matched one too, is the class-only optimum",
    )


def exchanged_between_tokens(setting: Setting, seed: int, context: Context) -> Evidence:
    """Captions exchanged within the true class although their class tokens differ from environment to environment."""
    kappa = naming(0, _CLASSES, 2)
    kappa[:, 1] = noisy_copy(_CLASSES, 1 - setting["error"])
    model = token_model(random_law(_CLASSES, 2, 2, rng=np.random.default_rng(seed)), kappa, naming(1, _CLASSES, 2))
    before = image_caption_law(model, PRUNED)
    after = np.einsum("yen,yv->yenv", model.marginal(IMAGE), model.conditional(CLASS_TOKEN, CLASS))
    after = after.reshape(before.shape)
    full = np.where(before > 0, population_optimum(before) - population_optimum(after), 0.0)
    return Evidence(
        measured={"change_of_law": float(np.abs(after - before).sum()), "change_of_optimum": float(np.abs(full).max())},
        bar={"change_of_law": (0.01, None), "change_of_optimum": (0.05, None)},
    )


def conditional_swaps_are_invariant(setting: Setting, seed: int, context: Context) -> Evidence:
    """Negatives (y', s), y' from p(y'|s): optimum at matched prompts against log p(u|y), and the coloured problems."""
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(setting["laws"]):
        law = content_and_context("any", rng=rng).sum(axis=0)
        law = law / law.sum()
        named, joint = FiniteLaw(("u", "s", "y"), law), shown(law)
        critic = swapped_optimum(joint, named.conditional("y", "s"))
        target = np.log(named.conditional("u", "y")).T.repeat(named.levels("s"), axis=0)
        errors.append(deviation(matched_prompt(critic, shown_value(joint)), target))
    training, test = coloured_classes(classes=setting["classes"])
    observed = training.joint()
    return Evidence(
        measured={
            "deviation": max(*errors, deviation(logits("swapped_conditional", observed), invariant_logits(observed))),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), swapped_conditional(observed)),
            "penalty": irmv1_penalty(
                observed.marginal(("environment", "x", "y")), logits("swapped_conditional", observed)
            ),
        },
        bar={"deviation": (0.0, 1e-12), "ood_accuracy": (0.75 - 1e-9, 0.75 + 1e-9), "penalty": (0.0, 1e-15)},
    )


def uniform_swaps_are_erm(setting: Setting, seed: int, context: Context) -> Evidence:
    """The natural hard negatives, every other class with the same context: log p(y|x), prior and colour included."""
    training, test = coloured_classes(classes=2, prior=setting["prior"])
    law, table = training.joint(), test.marginal(("x", "y"))
    scores = swapped_uniform(law)
    return Evidence(
        measured={
            "deviation_from_erm": deviation(scores, erm(law)),
            "deviation": deviation(scores, invariant_logits(law)),
            "ood_accuracy": accuracy(table, scores),
            "penalty": irmv1_penalty(law.marginal(("environment", "x", "y")), scores),
        },
        bar={
            "deviation_from_erm": (0.0, 1e-12),
            "deviation": (0.5, None),
            "ood_accuracy": (setting["ood"] - 1e-9, setting["ood"] + 1e-9),
            "penalty": (4e-3, None),
        },
        ceiling={"ood_accuracy": 0.75},
    )


_EXCHANGE, _SWAP = "swap.positive_captions", "negatives.conditional_swap"
_SAME = "exchanged captions carry the same class token"
_PROPOSAL = "swapped classes are drawn from p(y'|s)"
_OTHERS = (
    "content and context independent given the class",
    "every class occurs with every context",
    "the prompt names the context of the image",
)
_EQ11 = "CLIP-IRM (CVPR 2026), batches of Eq. 11"

CLAIMS = (
    Claim(
        id=_EXCHANGE,
        statement="Exchanging captions between pairs of the same class token changes no count of (image, class token), "
        "so the class-only optimum is bit for bit the same; on full captions it throws the context away.",
        formula=r"p'(x,t_y)=p(x,t_y)\ \Rightarrow\ s'^*=s^*;\quad p'(x,(y,s'))=p(x,y)\,p(s'\mid y)\ \Rightarrow\ "
        r"s'^*(x,(y,s'))=\log\frac{p(y\mid x)}{p(y)}",
        source=_EQ11,
        form="extra",
        track="exact",
        assumptions=(_SAME,),
        check=exchanged_positives,
        **every_preset({"classes": 2, "pairs": 2000, "ood": 0.1}, {"classes": 10, "pairs": 2000, "ood": 1 / 90}),
    ),
    Claim(
        id=f"{_EXCHANGE}.same_true_class",
        statement="Exchanging captions within the true class changes the law of image and class token when token "
        "errors depend on the environment.",
        formula=r"p'(x,t)=\sum_y p(x,y)\,p(t\mid y)\neq p(x,t)",
        source=f"{_EQ11} (same class token dropped)",
        form="violation",
        track="exact",
        assumptions=(),
        check=exchanged_between_tokens,
        drops=(_EXCHANGE, _SAME),
        **every_preset({"error": 0.3}),
    ),
    Claim(
        id=_SWAP,
        statement="Hard negatives that keep the caption's context and swap its class give log p(u|y) at the image's "
        "context if the class is drawn from p(y'|s).",
        formula=r"s^*(x,(y,s))=\log\frac{p(y\mid x)}{q(y\mid s)}+a(x),\quad "
        r"q=p(y\mid s)\ \Rightarrow\ s^*=\log p(u\mid y)+c(x)",
        source="own; hard negatives as in arXiv 2210.01936, here over class and context tokens",
        form="extra",
        track="exact",
        assumptions=(_PROPOSAL, *_OTHERS),
        check=conditional_swaps_are_invariant,
        **every_preset({"laws": 20, "classes": 2}, {"laws": 20, "classes": 10}),
    ),
    Claim(
        id=f"{_SWAP}.uniform_swap",
        statement="If the swapped class is uniform, the optimum is log p(y|x): ERM, with its class prior and colour.",
        formula=r"q(y'\mid s)=\frac{1}{C}\ \Rightarrow\ s^*(x,(y,s(x)))=\log p(y\mid x)+a(x)",
        source="own (proposal p(y'|s) dropped)",
        form="violation",
        track="exact",
        assumptions=_OTHERS,
        check=uniform_swaps_are_erm,
        drops=(_SWAP, _PROPOSAL),
        **every_preset({"prior": [0.5, 0.5], "ood": 0.1}, {"prior": [0.7, 0.3], "ood": 0.565}),
    ),
)
