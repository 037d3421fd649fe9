"""Critic against representation: an invariant predictor does not make the features invariant."""

import numpy as np
from jaxtyping import Float

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.infonce import infonce_limit, infonce_loss
from identifiability.exact.invariance.hidden_context import (
    Codes,
    context_dependence,
    factored_optimum,
    hide_context,
    probe_accuracy,
    seen_part,
)
from identifiability.exact.invariance.sphere import limit_and_gradient
from identifiability.exact.random_laws import random_law
from scm.streams import stream


def _law(setting: Setting, seed: int, *, by_context: float = 0.0) -> Float[np.ndarray, "x t"]:
    """p(x, t) of images (class, context) and words t ~ kappa(. | class), mixed with kappa(. | class, context)."""
    rng = stream(seed, "law")
    classes, contexts = setting["classes"], setting["contexts"]
    images = random_law(classes, contexts, rng=rng)
    words = random_law(classes, 1, classes, rng=rng) * classes
    own = random_law(classes, contexts, classes, rng=rng)
    words = words / words.sum(axis=2, keepdims=True)
    own /= own.sum(axis=2, keepdims=True)
    law = images[:, :, None] * ((1 - by_context) * words + by_context * own)
    return law.reshape(classes * contexts, classes)


def _measure(setting: Setting, seed: int, *, by_context: float = 0.0) -> tuple[dict[str, float], dict[str, float]]:
    """Numbers of codes at the optimum with the context hidden in them, and their floors."""
    joint = _law(setting, seed, by_context=by_context)
    classes, contexts = np.divmod(np.arange(len(joint)), setting["contexts"])
    plain = factored_optimum(joint)
    hidden = hide_context(plain, contexts, rng=stream(seed, "hide"))
    images = joint.sum(axis=1)
    scores = [codes.image @ codes.text.T for codes in (plain, hidden)]
    changes = [abs(infonce_limit(joint, scores[1]) - infonce_limit(joint, scores[0]))]
    changes += [abs(infonce_loss(joint, scores[1], k) - infonce_loss(joint, scores[0], k)) for k in (2, 5)]
    _, residual = limit_and_gradient(joint, np.zeros_like(joint))
    push = residual @ hidden.text  # descent direction of the image codes at scores 0
    measured = {
        "loss_change": max(changes),
        "probe_accuracy": probe_accuracy(hidden.image, contexts, images),
        "image_dependence": context_dependence(hidden.image, classes),
        "seen_dependence": context_dependence(seen_part(hidden), classes),
        "push_on_hidden_part": float(np.abs(push - seen_part(Codes(push, hidden.text))).max()),
    }
    return measured, {"probe_accuracy": probe_accuracy(plain.image, contexts, images)}


def features_hide_the_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """As printed: features that minimise the loss tell no more of the context than the class does."""
    measured, floor = _measure(setting, seed)
    return Evidence(
        measured=measured,
        bar={"probe_accuracy": (None, floor["probe_accuracy"] + 1e-9), "image_dependence": (0.0, 1e-9)},
        floor=floor,
        note="the loss of these features is the minimum (loss_change); floor: a linear probe on the class alone",
    )


def only_the_seen_part_is_free(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same features, projected on span{g_t - g_t'}."""
    measured, floor = _measure(setting, seed)
    return Evidence(
        measured=measured,
        bar={
            "loss_change": (0.0, 1e-12),
            "seen_dependence": (0.0, 1e-12),
            "push_on_hidden_part": (0.0, 1e-12),
            "probe_accuracy": (1.0 - 1e-12, None),
        },
        floor=floor,
        note="push_on_hidden_part: the gradient with respect to f has nothing off span{g_t - g_t'}, so that descent "
        "with fixed words keeps whatever context the start held",
    )


def words_that_follow_the_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """Class words chosen by the context too."""
    measured, floor = _measure(setting, seed, by_context=setting["by_context"])
    return Evidence(measured=measured, bar={"loss_change": (0.0, 1e-12), "seen_dependence": (0.05, None)}, floor=floor)


_CORRECTED = "features.seen_part"
_SOURCE = "CLIP-IRM (CVPR 2026), Theorem 5"
_WORDS = "class words depend on the image through its class alone"
_OTHERS = ("finitely many images and words, all pairs possible", "scores are inner products of codes", "codes optimal")
_SIZES: tuple[Setting, ...] = ({"classes": 3, "contexts": 2}, {"classes": 4, "contexts": 3})

CLAIMS = (
    Claim(
        id="features.invariant",
        statement="An image encoder that minimises InfoNCE over class words has features free of the environment.",
        formula=r"f^*\in\arg\min L_\infty\ \Rightarrow\ f^*(y,e)=f^*(y,e')",
        source=f"{_SOURCE}, read for the encoder",
        form="printed",
        track="exact",
        assumptions=(*_OTHERS, _WORDS),
        check=features_hide_the_context,
        **every_preset(*_SIZES),
    ),
    Claim(
        id=_CORRECTED,
        statement="Free of the environment is the projection of the image code on the differences of text codes; the "
        "rest of the code may hold the environment in full at the same loss.",
        formula=r"P f^*(y,e)=P f^*(y,e'),\ P\ \text{onto}\ \operatorname{span}\{g_t-g_{t'}\};\quad "
        r"L(f^*+u,g)=L(f^*,g)\ \ \forall u\perp g_t-g_{t'}",
        source=f"{_SOURCE}, restated",
        form="corrected",
        track="exact",
        assumptions=(*_OTHERS, _WORDS),
        check=only_the_seen_part_is_free,
        **every_preset(*_SIZES),
    ),
    Claim(
        id=f"{_CORRECTED}.words_follow_the_context",
        statement="If the choice of class words depends on the environment, the part of the code that texts see "
        "carries it.",
        formula=r"\kappa(v\mid y,e)\ne\kappa(v\mid y,e')\ \Rightarrow\ P f^*(y,e)\ne P f^*(y,e')",
        source=f"{_SOURCE} (class words that depend on the class alone dropped)",
        form="violation",
        track="exact",
        assumptions=_OTHERS,
        check=words_that_follow_the_context,
        drops=(_CORRECTED, _WORDS),
        **every_preset({**_SIZES[0], "by_context": 0.5}),
    ),
)
