"""Caption versions and batch designs by name, each with the class scores of its population optimum.

A law here is about an image x, its class token y, its context token s and the index "environment" of its environment;
for `invariant_logits` also about the content c.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from identifiability.exact.infonce import population_optimum
from identifiability.exact.invariance.batches import (
    balanced_law,
    proposal_optimum,
    shown_value,
    stratified_optimum,
    swapped_optimum,
    within_strata,
)
from identifiability.exact.invariance.prompts import (
    averaged_prompt,
    fixed_prompt,
    full_caption_optimum,
    joint_prompt,
    matched_prompt,
    mixed_prompt,
)
from scm import FiniteLaw

Scores = Float[np.ndarray, "x y"]


class Design(NamedTuple):
    """What the batches and captions of an objective are, and the class scores of its optimum (up to offsets a(x))."""

    description: str
    scores: Callable[[FiniteLaw], Scores]
    prior_in_scores: bool = False  # else a calibrated classifier adds log p(y)


def erm(law: FiniteLaw) -> Scores:
    """log p(y | x), the minimiser of the pooled cross-entropy."""
    with np.errstate(divide="ignore"):
        return np.log(law.conditional("y", "x", undefined="nan"))


def pruned(law: FiniteLaw) -> Scores:
    """log p(y | x) / p(y)."""
    return population_optimum(law.marginal(("x", "y")))


def positives_swapped(law: FiniteLaw) -> Scores:
    """Context tokens exchanged within the class make the caption law p(x, y) p(s | y); context-matched prompts."""
    joint = law.marginal(("x", "y"))[:, :, None] * law.conditional("s", "y")
    return matched_prompt(full_caption_optimum(joint), shown_value(law.marginal(("x", "y", "s"))))


def within_index(law: FiniteLaw) -> Scores:
    """Every batch from one environment, one score for all."""
    return stratified_optimum(law.marginal(("x", "y", "environment")))


def within_context(law: FiniteLaw) -> Scores:
    """log p(y | x) / p(y | s(x))."""
    joint = law.marginal(("x", "y", "s"))
    return proposal_optimum(joint.sum(axis=2), within_strata(joint))


def within_context_fitted(law: FiniteLaw) -> Scores:
    """The same objective, minimised numerically."""
    return stratified_optimum(law.marginal(("x", "y", "s")))


def balanced(law: FiniteLaw) -> Scores:
    """Class-only captions under the weights p(y) p(s) / p(y, s)."""
    return population_optimum(balanced_law(law.marginal(("x", "y", "s"))).sum(axis=2))


def _full(law: FiniteLaw, token: str) -> Float[np.ndarray, "x y z"]:
    return full_caption_optimum(law.marginal(("x", "y", token)))


def full_matched(law: FiniteLaw) -> Scores:
    """Captions (y, s), prompts that name the image's own context."""
    return matched_prompt(_full(law, "s"), shown_value(law.marginal(("x", "y", "s"))))


def full_joint(law: FiniteLaw) -> Scores:
    """Captions (y, s), the best caption decides class and context."""
    return joint_prompt(_full(law, "s"))


def _swapped(law: FiniteLaw, proposal: Float[np.ndarray, "z y"]) -> Scores:
    joint = law.marginal(("x", "y", "s"))
    return matched_prompt(swapped_optimum(joint, proposal), shown_value(joint))


def swapped_uniform(law: FiniteLaw) -> Scores:
    """Negatives (y', s) with every class y' equally often: log p(y | x)."""
    return _swapped(law, np.full((law.levels("s"), law.levels("y")), 1 / law.levels("y")))


def swapped_conditional(law: FiniteLaw) -> Scores:
    """Negatives (y', s) with y' from p(y' | s): log p(y | x) / p(y | s(x))."""
    return _swapped(law, law.conditional("y", "s"))


DESIGNS: Mapping[str, Design] = {
    "erm": Design("pooled cross-entropy on the class token", erm, prior_in_scores=True),
    "pruned": Design("class-only captions", pruned),
    "positives_swapped": Design("context tokens exchanged between captions of a class", positives_swapped),
    "within_index": Design("class-only captions, batches within an environment index", within_index),
    "index_mixed": Design(
        "captions (class, environment index), prompts mixed by p(e | y)",
        lambda law: mixed_prompt(_full(law, "environment"), law.conditional("environment", "y")),
    ),
    "index_averaged": Design(
        "captions (class, environment index), scores averaged over prompts",
        lambda law: averaged_prompt(_full(law, "environment")),
    ),
    "index_fixed": Design(
        "captions (class, environment index), prompts name environment 0",
        lambda law: fixed_prompt(_full(law, "environment"), 0),
    ),
    "swapped_uniform": Design("negatives (y', s), y' uniform", swapped_uniform, prior_in_scores=True),
    "swapped_conditional": Design("negatives (y', s), y' from p(y' | s)", swapped_conditional),
    "full_matched": Design("captions (class, context), prompts name the image's context", full_matched),
    "full_joint": Design("captions (class, context), the best caption decides both", full_joint),
    "balanced": Design("class-only captions, pairs weighted by p(y) p(s) / p(y, s)", balanced),
    "within_context": Design("class-only captions, batches within a context", within_context),
    "within_context_fitted": Design("the same, minimised numerically", within_context_fitted),
}


def calibrated(design: Design, scores: Scores, law: FiniteLaw) -> Scores:
    """Scores of a design as logits of a classifier: log p(y) added where they lack it."""
    return scores if design.prior_in_scores else scores + np.log(law.marginal("y"))


def logits(name: str, law: FiniteLaw) -> Scores:
    """Logits of the classifier of a design: its scores, with log p(y) where they lack it."""
    design = DESIGNS[name]
    return calibrated(design, design.scores(law), law)


def invariant_logits(law: FiniteLaw) -> Scores:
    """log p(c(x) | y) p(y), c(x) the content that the image shows.

    Raises:
        ValueError: an image that occurs with two contents.
    """
    content = shown_value(law.marginal(("x", "y", "c")))
    with np.errstate(divide="ignore"):
        table = np.log(law.conditional("c", "y")).T + np.log(law.marginal("y"))
    return table[content]


def deviation(scores: Scores, target: Scores) -> float:
    """max |s(x, y) - target(x, y) - a(x)|, a(x) the mean difference of the row; inf where only one is finite."""
    finite = np.isfinite(scores)
    if (finite != np.isfinite(target)).any():
        return np.inf
    difference = np.subtract(scores, target, out=np.zeros_like(scores), where=finite)
    offset = difference.sum(axis=1, keepdims=True) / np.maximum(finite.sum(axis=1, keepdims=True), 1)
    return float(np.abs(np.where(finite, difference - offset, 0.0)).max())
