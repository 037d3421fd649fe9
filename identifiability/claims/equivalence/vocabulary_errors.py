"""A vocabulary drawn wrongly: class tokens erased, context tokens kept, proxies, errors that depend on the context."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.captions import CLASS, ENVIRONMENT, IMAGE, factor_of_image, image_caption_law
from identifiability.exact.infonce import population_optimum
from identifiability.exact.invariance.vocabulary import (
    CLASS_TOKEN,
    CONTEXT_ONLY,
    FULL,
    PRUNED,
    naming,
    sufficient_statistic,
    token_model,
)
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw, FiniteSCM

KINDS, BREEDS, CONTEXTS = 2, 2, 3
CLASSES = KINDS * BREEDS  # a class is a kind and a breed, class number BREEDS * kind + breed


def _model(kept: np.ndarray, *, seed: int) -> FiniteSCM:
    """A random dependent law of class, context and nuisance, with the tokens that the vocabulary keeps."""
    factors = random_law(CLASSES, CONTEXTS, 2, rng=np.random.default_rng(seed))
    return token_model(factors, kept, naming(1, CLASSES, CONTEXTS))


def _kept(model: FiniteSCM, caption: tuple[str, ...] = PRUNED) -> tuple[np.ndarray, FiniteLaw]:
    """What the optimum tells of each image, and the law of class, context and that statistic."""
    statistic = sufficient_statistic(image_caption_law(model, caption))
    shape = [model.levels(name) for name in IMAGE]
    table = statistic.reshape(shape)
    law = FiniteLaw(IMAGE, model.marginal(IMAGE))
    return statistic, law.pushforward(
        "statistic", lambda *cell: int(table[cell]), IMAGE, levels=int(statistic.max()) + 1
    )


def captions_keep_what_they_name(setting: Setting, seed: int, context: Context) -> Evidence:
    """Class-only, context-only and full captions without errors: the statistic against the factors named."""
    model = _model(naming(0, CLASSES, CONTEXTS), seed=seed)
    measured: dict[str, float] = {}
    bar: dict[str, tuple[float | None, float | None]] = {}
    named = {"class_only": (PRUNED, (CLASS,)), "context_only": (CONTEXT_ONLY, (ENVIRONMENT,))}
    for name, (caption, factors) in {**named, "full": (FULL, (CLASS, ENVIRONMENT))}.items():
        statistic, _ = _kept(model, caption)
        factor = factor_of_image(model, factors)
        levels, pairs = len(np.unique(factor)), len(np.unique(np.stack([statistic, factor]), axis=1).T)
        measured |= {f"{name}_levels": float(statistic.max() + 1), f"{name}_unmatched": float(pairs - levels)}
        bar |= {f"{name}_levels": (float(levels), float(levels)), f"{name}_unmatched": (0.0, 0.0)}
    return Evidence(measured=measured, bar=bar)


def class_token_erased(setting: Setting, seed: int, context: Context) -> Evidence:
    """The breed is listed among the context tokens: only the kind is left."""
    kind = np.eye(KINDS)[np.arange(CLASSES) // BREEDS]
    statistic, law = _kept(_model(np.repeat(kind[:, None], CONTEXTS, axis=1), seed=seed))
    return Evidence(
        measured={
            "levels": float(statistic.max() + 1),
            "class_entropy_lost": law.entropy(CLASS, "statistic"),
            "context_kept": law.conditional_mutual_information("statistic", ENVIRONMENT, CLASS),
        },
        bar={"levels": (float(KINDS), float(KINDS)), "class_entropy_lost": (0.05, None), "context_kept": (0.0, 1e-12)},
        ceiling={"class_entropy_lost": law.entropy(CLASS)},
    )


def context_token_left(setting: Setting, seed: int, context: Context) -> Evidence:
    """A context token is listed among the class tokens: the statistic is class and context."""
    both = np.eye(CLASSES * CONTEXTS).reshape(CLASSES, CONTEXTS, -1)
    statistic, law = _kept(_model(both, seed=seed))
    kept = law.conditional_mutual_information("statistic", ENVIRONMENT, CLASS)
    entropy = law.entropy(ENVIRONMENT, CLASS)
    levels = float(CLASSES * CONTEXTS)
    return Evidence(
        measured={"levels": float(statistic.max() + 1), "context_kept": kept, "context_hidden": entropy - kept},
        bar={"levels": (levels, levels), "context_kept": (0.1, None), "context_hidden": (-1e-12, 1e-12)},
        ceiling={"context_kept": entropy},
    )


def proxy_token_left(setting: Setting, seed: int, context: Context) -> Evidence:
    """A word that goes with one context more often than with the others stays in the captions ("snow")."""
    often = np.full(CONTEXTS, setting["elsewhere"])
    often[0] = setting["in_its_context"]
    proxy = np.stack([1 - often, often], axis=1)
    kept = np.einsum("yev,ew->yevw", naming(0, CLASSES, CONTEXTS), proxy).reshape(CLASSES, CONTEXTS, -1)
    model = _model(kept, seed=seed)
    statistic, _ = _kept(model)
    leak = model.conditional_mutual_information(CLASS_TOKEN, ENVIRONMENT, CLASS)
    named = float(2 * CLASSES)  # contexts that use the word equally often stay together
    return Evidence(
        measured={
            "levels": float(statistic.max() + 1),
            "leak": leak,
            "share_of_context_entropy": leak / model.entropy(ENVIRONMENT, CLASS),
        },
        bar={"levels": (named, named), "leak": (1e-3, None), "share_of_context_entropy": (None, 0.9)},
        note="leak: I(T; E | Y) of the captions that are kept, positive but below H(E | Y)",
    )


def one_sided_errors(setting: Setting, seed: int, context: Context) -> Evidence:
    """In context 1 the captions of class 0 name class 1 more often than not."""
    kept = naming(0, CLASSES, CONTEXTS)
    kept[0, 1, :2] = [1 - setting["error"], setting["error"]]
    model = _model(kept, seed=seed)
    joint = image_caption_law(model, PRUNED)
    decided = (population_optimum(joint) + np.log(joint.sum(axis=0))).argmax(axis=1)
    of, where = factor_of_image(model, (CLASS,)), factor_of_image(model, (ENVIRONMENT,))
    hit = (of == 0) & (where == 1)
    return Evidence(
        measured={
            "wrong_images_of_the_cell": float((decided[hit] == 1).mean()),
            "wrong_images_elsewhere": float((decided != of)[~hit].sum()),
            "leak": model.conditional_mutual_information(CLASS_TOKEN, ENVIRONMENT, CLASS),
        },
        bar={"wrong_images_of_the_cell": (1.0, 1.0), "wrong_images_elsewhere": (0.0, 0.0), "leak": (1e-3, None)},
    )


_ID = "vocabulary.keeps_what_it_names"
_SOURCE = "CLIP-IRM (CVPR 2026), Definition 4, restated for finite models"
_CLASS = "every token of the class is in the class vocabulary"
_CONTEXT = "every token of the context is in the context vocabulary"
_PROXY = "the other tokens say nothing about the context given the class"
_ERRORS = "token errors do not depend on the context"
_ALL = (_CLASS, _CONTEXT, _PROXY, _ERRORS)


def _without(dropped: str) -> tuple[str, ...]:
    return tuple(assumption for assumption in _ALL if assumption != dropped)


CLAIMS = (
    Claim(
        id=_ID,
        statement="What the InfoNCE optimum tells of an image is exactly what the captions name: the class for "
        "class-only captions, the context for context-only ones, both for full captions.",
        formula=r"s^*(x,\cdot)=s^*(x',\cdot)\iff y(x)=y(x')\quad(\text{captions pruned to } V)",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=_ALL,
        check=captions_keep_what_they_name,
        **every_preset({}),
    ),
    Claim(
        id=f"{_ID}.class_token_erased",
        statement="A class token listed among the context tokens leaves a coarser class: images of different classes "
        "get the same scores.",
        formula=r"\sigma(s^*(x,\cdot))=\sigma(\text{kind})\subsetneq\sigma(Y)",
        source=f"{_SOURCE} (class vocabulary incomplete)",
        form="violation",
        track="exact",
        assumptions=_without(_CLASS),
        check=class_token_erased,
        drops=(_ID, _CLASS),
        **every_preset({}),
    ),
    Claim(
        id=f"{_ID}.context_token_left",
        statement="A context token listed among the class tokens stays in the sufficient statistic.",
        formula=r"I(s^*(X,\cdot);E\mid Y)=H(E\mid Y)>0",
        source=f"{_SOURCE} (context vocabulary incomplete)",
        form="violation",
        track="exact",
        assumptions=_without(_CONTEXT),
        check=context_token_left,
        drops=(_ID, _CONTEXT),
        **every_preset({}),
    ),
    Claim(
        id=f"{_ID}.proxy_token",
        statement="A word that only correlates with the context leaks part of it.",
        formula=r"0<I(T;E\mid Y)<H(E\mid Y)",
        source=f"{_SOURCE} (a proxy of the context among the kept tokens)",
        form="violation",
        track="exact",
        assumptions=_without(_PROXY),
        check=proxy_token_left,
        drops=(_ID, _PROXY),
        **every_preset({"in_its_context": 0.8, "elsewhere": 0.1}),
    ),
    Claim(
        id=f"{_ID}.one_sided_errors",
        statement="If captions of one context name another class more often than the right one, the optimum decides "
        "for that other class there.",
        formula=r"\kappa(v\mid y,e)>\kappa(y\mid y,e)\ \Rightarrow\ \arg\max_t\, p(t)e^{s^*(x,t)}=v\neq y",
        source=f"{_SOURCE} (token errors that depend on the context)",
        form="violation",
        track="exact",
        assumptions=_without(_ERRORS),
        check=one_sided_errors,
        drops=(_ID, _ERRORS),
        **every_preset({"error": 0.6}),
    ),
)
