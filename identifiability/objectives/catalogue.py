"""Every objective by name, behind one call, with what it needs: so that one trainer runs them all.

objective = OBJECTIVES["stratified"]
loss = objective.prepare(parameters=model.parameters())
first, *others = (encode(caption) for caption in objective.captions)
loss(f, first, tokens, weights, **dict(zip(objective.captions[1:], others)), temperature=0.1, similarity="cosine")
"""

import inspect
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
from scm.spelling import nearest_names

Captions = Literal["pruned", "full", "negatives", "vocabulary"]
Column = Literal["classes", "contexts", "environments"]
Loss = Callable[..., Float[Tensor, ""]]

_AT_CALL = {"temperature", "similarity", "full", "negatives"}  # keywords of a loss that are no options of a run
_FROM_TRAINER = {"parameters", "features"}


@dataclass(frozen=True)
class Build:
    """How the loss of a run is made: `make(parameters, **options)`, and the names of all options that it takes."""

    make: Callable[..., Loss]
    options: tuple[str, ...]


@dataclass(frozen=True)
class Objective:
    """One objective, and what a trainer must have at hand to call it.

    Attributes:
        build: makes the loss of a run from the predictor's parameters and the options; state, if any, starts with it.
        captions: the codes that the loss takes. The first is its argument g, the others are keyword arguments of these
            names. "pruned" and "full": (K, d), one caption a pair; "negatives": (K, M, d), captions (y', s_i);
            "vocabulary": (C, d), the captions of all classes.
        needs: the columns of `Tokens` that it reads.
        options: the options that `prepare` must be given; `build.options` are all, the others have a default.
        source: where it is from.
        description: one line.
    """

    build: Build
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
            ValueError: an option in `options` that is missing, or one that the objective does not have. The loss raises
                it for tokens without a column of `needs`.
        """
        missing = [name for name in self.options if name not in options]
        if missing:
            raise ValueError(
                f"options {missing} are missing of {list(self.options)}; expected all, because the objective has no "
                f"value without them: {self.description}"
            )
        unknown = [name for name in options if name not in self.build.options]
        if unknown:
            at_call = ", given to the loss at each call" if _AT_CALL & set(unknown) else ""
            raise ValueError(
                f"options {unknown} are unknown{at_call}; expected of {list(self.build.options)}, which this objective "
                f"has: {self.description}"
            )
        loss = self.build.make(tuple(parameters), **options)

        def checked(
            f: Float[Tensor, "K d"],
            g: Float[Tensor, "..."],
            tokens: Tokens,
            weights: Float[Tensor, "K"] | None = None,
            **at_call: object,
        ) -> Float[Tensor, ""]:
            for column in self.needs:
                tokens.column(column)
            return loss(f, g, tokens, weights, **at_call)

        return checked


def _keywords(function: Callable[..., object]) -> tuple[str, ...]:
    """The options that a loss or a baseline takes."""
    parameters = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
    return tuple(name for name in names if name not in _AT_CALL | _FROM_TRAINER)


def _of_pairs(loss: Loss) -> Build:
    """Build a stateless loss of codes."""
    return Build(lambda parameters, **options: partial(loss, **options), _keywords(loss))


def _of_risks(baseline: Callable[..., Tensor]) -> Build:
    """Build a stateless loss of class risks; parameters and features are given to a baseline that asks for them."""
    asked = inspect.signature(baseline).parameters

    def start(parameters: tuple[Tensor, ...], **options: object) -> Callable[[Risks, Tensor], Tensor]:
        if "parameters" in asked:
            options["parameters"] = parameters
        if "features" in asked:
            return lambda risks, f: baseline(risks, features=f, **options)
        return lambda risks, f: baseline(risks, **options)

    return _of_class_risks(start, _keywords(baseline))


def _of_class_risks(start: Callable[..., Callable[[Risks, Tensor], Tensor]], options: tuple[str, ...]) -> Build:
    """Build a loss of class risks; `start(parameters, **options)` gives it as a function of risks and features."""

    def make(parameters: tuple[Tensor, ...], *, log_prior: Tensor | None = None, **options: object) -> Loss:
        of_risks = start(parameters, **options)

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

    return Build(make, (*options, "log_prior"))


def _group_dro(parameters: tuple[Tensor, ...], *, environments: int, step: float) -> Callable[[Risks, Tensor], Tensor]:
    state = GroupDRO(environments, step=step)
    return lambda risks, f: state(risks)


class UnknownObjectiveError(KeyError, ValueError):
    """No objective of the catalogue has this name; the message names the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


class _Catalogue(dict[str, Objective]):
    def __missing__(self, name: str) -> Objective:
        near = nearest_names(str(name), self)
        raise UnknownObjectiveError(
            f"no objective is called {name!r}; expected {'one of ' + ', '.join(self) if not near else ', '.join(near)}"
            f"{' (the nearest of ' + str(len(self)) + ')' if near else ''}: the names of OBJECTIVES"
        )


_PAIRS: tuple[Column, ...] = ("classes",)
_IN_CONTEXT: tuple[Column, ...] = ("classes", "contexts")
_IN_ENVIRONMENT: tuple[Column, ...] = ("classes", "environments")
_VOCABULARY: tuple[Captions, ...] = ("vocabulary",)
_EQ_11 = "CLIP-IRM (CVPR 2026), eq. 11"

_CATALOGUE = _Catalogue(
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
            _of_risks(erm),
            _VOCABULARY,
            _PAIRS,
            "Vapnik 1992",
            "cross entropy of the class over the vocabulary, pooled",
        ),
        "oracle": Objective(
            _of_risks(erm),
            _VOCABULARY,
            _PAIRS,
            "Aubin et al. 2021 (arXiv 2102.10867)",
            "erm, to be run on images whose contexts were shuffled (`shuffled_contexts`)",
        ),
        "irmv1": Objective(
            _of_risks(irmv1),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Arjovsky et al. 2019 (arXiv 1907.02893)",
            "squared slopes of the risks in a common scale of the scores, times `penalty`",
            ("penalty",),
        ),
        "vrex": Objective(
            _of_risks(vrex),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Krueger et al. 2021 (arXiv 2003.00688)",
            "variance of the environments' risks, times `penalty`",
            ("penalty",),
        ),
        "iga": Objective(
            _of_risks(iga),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Koyama & Yamaguchi 2020 (arXiv 2008.01883)",
            "variance of the environments' gradients, times `penalty`",
            ("penalty",),
        ),
        "and_mask": Objective(
            _of_risks(and_mask),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Parascandolo et al. 2020 (arXiv 2009.00329)",
            "mean gradient where a share `threshold` of signs agrees, none elsewhere",
            ("threshold",),
        ),
        "coral": Objective(
            _of_risks(coral),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Sun & Saenko 2016 (arXiv 1607.01719)",
            "distance of means and covariances of the image codes between environments, times `penalty`",
            ("penalty",),
        ),
        "group_dro": Objective(
            _of_class_risks(_group_dro, ("environments", "step")),
            _VOCABULARY,
            _IN_ENVIRONMENT,
            "Sagawa et al. 2020 (arXiv 1911.08731)",
            "risks of `environments` environments under weights that grow with them at rate `step`",
            ("environments", "step"),
        ),
    }
)
OBJECTIVES: Mapping[str, Objective] = MappingProxyType(_CATALOGUE)
