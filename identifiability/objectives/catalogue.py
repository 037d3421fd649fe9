"""Every objective by name, behind one call, with what it needs: so that one trainer runs them all.

objective = OBJECTIVES["stratified"]
loss = objective.prepare(parameters=model.parameters())
first, *others = (encode(caption) for caption in objective.captions)
loss(f, first, tokens, weights, **dict(zip(objective.captions[1:], others)), temperature=0.1, similarity="cosine")
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.baselines import GroupDRO, and_mask, coral, erm, iga, irmv1, vrex
from identifiability.objectives.risks import Risks, class_risks
from identifiability.objectives.similarity import Similarity
from identifiability.objectives.tokens import Tokens
from identifiability.objectives.vocabulary import (
    balanced_infonce,
    full_infonce,
    mid_training,
    pruned_infonce,
    stratified_infonce,
    swapped_infonce,
    within_environment_infonce,
)

Captions = Literal["pruned", "full", "negatives", "vocabulary"]
Column = Literal["classes", "contexts", "environments"]
Loss = Callable[..., Float[Tensor, ""]]


@dataclass(frozen=True)
class Objective:
    """One objective, and what a trainer must have at hand to call it.

    Attributes:
        build: makes the loss of a run from the predictor's parameters and the options; state, if any, starts here.
        captions: the codes that the loss takes. The first is its argument g, the others are keyword arguments of these
            names. "pruned" and "full": (K, d), one caption a pair; "negatives": (K, M, d), captions (y', s_i);
            "vocabulary": (C, d), the captions of all classes.
        needs: the columns of `Tokens` that it reads.
        options: the options that `prepare` must be given; there may be others with a default.
        source: where it is from.
        description: one line.
    """

    build: Callable[..., Loss]
    captions: tuple[Captions, ...]
    needs: tuple[Column, ...]
    source: str
    description: str
    options: tuple[str, ...] = ()

    def prepare(self, parameters: Iterable[Tensor] = (), **options: object) -> Loss:
        """The loss (f, g, tokens, weights=None, *, temperature=1.0, similarity="dot", **other captions) of one run.

        Args:
            parameters: those of the predictor that are trained; "iga" and "and_mask" differentiate by them.
            options: of this objective, all of `options` among them.

        Raises:
            ValueError: an option in `options` that is missing.
        """
        missing = [name for name in self.options if name not in options]
        if missing:
            raise ValueError(
                f"options {missing} are missing of {list(self.options)}; expected all, because the objective has no "
                f"value without them: {self.description}"
            )
        return self.build(tuple(parameters), **options)


def _of_pairs(loss: Loss) -> Callable[..., Loss]:
    """Build a stateless loss of codes."""
    return lambda parameters, **options: partial(loss, **options)


def _of_risks(prepare: Callable[..., Callable[[Risks, Tensor], Tensor]]) -> Callable[..., Loss]:
    """Build a loss of class risks; `prepare(parameters, **options)` gives it as a function of risks and features."""

    def build(parameters: tuple[Tensor, ...], *, log_prior: Tensor | None = None, **options: object) -> Loss:
        of_risks = prepare(parameters, **options)

        def loss(
            f: Float[Tensor, "K d"],
            g: Float[Tensor, "C d"],
            tokens: Tokens,
            weights: Float[Tensor, "K"] | None = None,
            *,
            temperature: float | Tensor = 1.0,
            similarity: Similarity = "dot",
        ) -> Float[Tensor, ""]:
            risks = class_risks(
                f, g, tokens, weights, temperature=temperature, similarity=similarity, log_prior=log_prior
            )
            return of_risks(risks, f)

        return loss

    return build


def _group_dro(parameters: tuple[Tensor, ...], *, environments: int, step: float) -> Callable[[Risks, Tensor], Tensor]:
    state = GroupDRO(environments, step=step)
    return lambda risks, f: state(risks)


_PAIRS: tuple[Column, ...] = ("classes",)
_IN_CONTEXT: tuple[Column, ...] = ("classes", "contexts")
_IN_ENVIRONMENT: tuple[Column, ...] = ("classes", "environments")
_VOCABULARY: tuple[Captions, ...] = ("vocabulary",)
_EQ_11 = "CLIP-IRM (CVPR 2026), eq. 11"

OBJECTIVES: Mapping[str, Objective] = MappingProxyType(
    {
        "pruned": Objective(
            _of_pairs(pruned_infonce),
            ("pruned",),
            _PAIRS,
            f"{_EQ_11}, first term",
            "InfoNCE on class-only captions; its optimum is the pooled posterior over the prior",
        ),
        "full": Objective(
            _of_pairs(full_infonce),
            ("full",),
            _PAIRS,
            "Radford et al. 2021",
            "InfoNCE on captions with class and context: CLIP",
        ),
        "within_environment": Objective(
            _of_pairs(within_environment_infonce),
            ("pruned",),
            _IN_ENVIRONMENT,
            "this project",
            "class-only captions, negatives of the pair's own environment",
        ),
        "stratified": Objective(
            _of_pairs(stratified_infonce),
            ("pruned",),
            _IN_CONTEXT,
            "this project",
            "class-only captions, negatives of the pair's own context",
        ),
        "balanced": Objective(
            _of_pairs(balanced_infonce),
            ("pruned",),
            _IN_CONTEXT,
            "this project",
            "class-only captions, pairs weighted until class and context are independent; `law` or batch frequencies",
        ),
        "swapped": Objective(
            _of_pairs(swapped_infonce),
            ("full", "negatives"),
            _IN_CONTEXT,
            "this project",
            "full captions against the same context with classes drawn from a proposal (`swapped_classes`)",
        ),
        "mid_training": Objective(
            _of_pairs(mid_training),
            ("pruned", "full"),
            _PAIRS,
            _EQ_11,
            "pruned InfoNCE and `trade_off` times full InfoNCE",
            ("trade_off",),
        ),
        "erm": Objective(
            _of_risks(lambda parameters: lambda risks, f: erm(risks)),
            _VOCABULARY,
            _PAIRS,
            "Vapnik 1992",
            "cross entropy of the class over the vocabulary, pooled",
        ),
        "oracle": Objective(
            _of_risks(lambda parameters: lambda risks, f: erm(risks)),
            _VOCABULARY,
            _PAIRS,
            "Aubin et al. 2021 (arXiv 2102.10867)",
            "erm, to be run on images whose contexts were shuffled (`shuffled_contexts`)",
        ),
        "irmv1": Objective(
            _of_risks(lambda parameters, **options: lambda risks, f: irmv1(risks, **options)),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Arjovsky et al. 2019 (arXiv 1907.02893)",
            "squared slopes of the risks in a common scale of the scores, times `penalty`",
            ("penalty",),
        ),
        "vrex": Objective(
            _of_risks(lambda parameters, **options: lambda risks, f: vrex(risks, **options)),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Krueger et al. 2021 (arXiv 2003.00688)",
            "variance of the environments' risks, times `penalty`",
            ("penalty",),
        ),
        "iga": Objective(
            _of_risks(lambda parameters, **options: lambda risks, f: iga(risks, parameters=parameters, **options)),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Koyama & Yamaguchi 2020 (arXiv 2008.01883)",
            "variance of the environments' gradients, times `penalty`",
            ("penalty",),
        ),
        "and_mask": Objective(
            _of_risks(lambda parameters, **options: lambda risks, f: and_mask(risks, parameters=parameters, **options)),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Parascandolo et al. 2020 (arXiv 2009.00329)",
            "mean gradient where a share `threshold` of signs agrees, none elsewhere",
            ("threshold",),
        ),
        "coral": Objective(
            _of_risks(lambda parameters, **options: lambda risks, f: coral(risks, features=f, **options)),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Sun & Saenko 2016 (arXiv 1607.01719)",
            "distance of means and covariances of the image codes between environments, times `penalty`",
            ("penalty",),
        ),
        "group_dro": Objective(
            _of_risks(_group_dro),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Sagawa et al. 2020 (arXiv 1911.08731)",
            "risks of `environments` environments under weights that grow with them at rate `step`",
            ("environments", "step"),
        ),
    }
)
