"""Theorem 5 of CLIP-IRM for representations: the optimum of L_SMMAlign against those of IRM."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.invariance.bridging import CaptionedModel, captioned, factored_law
from identifiability.exact.invariance.irm import irm_by_enumeration
from identifiability.exact.invariance.projection import optimal_representation, relabels
from identifiability.exact.random_laws import random_law
from scm.streams import stream


def _images(seed: int, label: np.ndarray) -> tuple[CaptionedModel, tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """z_cls named by captions of its own, labels p_e(y | z_cls, z_env); the SMMAlign and the IRM optima."""
    rng = stream(seed, "model")
    place = 0.1 + random_law(2, 3, 2, rng=rng)
    law = factored_law(np.full((2, 3), 1 / 3), place / place.sum(axis=2, keepdims=True), label)
    model = captioned(law, tuple(f"label {y}" for y in range(label.shape[3])), ("snow", "grass"))
    pruned = model.law.pushforward("named", lambda content: content, "z_cls").marginal(("x", "named"))
    return model, optimal_representation(pruned), irm_by_enumeration(model.joint).optima


def alignment_is_invariant(setting: Setting, seed: int, context: Context) -> Evidence:
    """Labels that are a function of z_cls: is the SMMAlign optimum among the IRM optima, and are the others like it?"""
    label = np.broadcast_to(np.eye(2)[[0, 1, 1]][:, None], (2, 3, 2, 2))
    _, aligned, optima = _images(seed, label)
    contents = np.repeat(np.arange(3), 2)
    with_context = [phi for phi in optima if len({*zip(contents, phi, strict=True)}) > 3]
    return Evidence(
        measured={
            "smmalign_optimum_is_irm_optimal": float(aligned in optima),
            "smmalign_optimum_is_z_cls": float(relabels(np.array(aligned), contents)),
            "irm_optima": float(len(optima)),
            "irm_optima_with_context": float(len(with_context)),
        },
        bar={
            "smmalign_optimum_is_irm_optimal": (1.0, 1.0),
            "smmalign_optimum_is_z_cls": (1.0, 1.0),
            "irm_optima": (30.0, 30.0),
            "irm_optima_with_context": (28.0, 28.0),
        },
        note="6 images: IRM-optimal are all 2 x 15 partitions that determine the label, 28 of them with the context",
    )


def labels_beyond_the_class(setting: Setting, seed: int, context: Context) -> Evidence:
    """Labels that vary given z_cls: with the environment, or with the context in the same way everywhere."""
    flip = np.full((2, 3, 2), 0.1)
    if setting["noise"] == "environment":
        flip[1] = [[0.3], [0.2], [0.2]]  # classes stay as frequent, so that IRM has a solution
    else:
        flip[:, :, 1] = 0.3
    right = np.eye(2)[[0, 1, 1]]
    label = flip[..., None] * (1 - right)[:, None] + (1 - flip[..., None]) * right[:, None]
    model, aligned, optima = _images(seed, label)
    return Evidence(
        measured={
            "smmalign_optimum_is_irm_optimal": float(aligned in optima),
            "irm_optima": float(len(optima)),
            "label_entropy_given_z_cls": model.law.entropy("y", "z_cls"),
        },
        bar={
            "smmalign_optimum_is_irm_optimal": (0.0, 0.0),
            "irm_optima": (1.0, None),
            "label_entropy_given_z_cls": (0.05, None),
        },
    )


_INVARIANT = "smmalign.alignment_is_irm"
_SOURCE = "CLIP-IRM (CVPR 2026), Theorem 5"
_DETERMINISTIC = "the label is a function of z_cls"
_INVARIANT_ASSUMES = ("finite model", "pruned captions determine z_cls and say no more", _DETERMINISTIC)


def _violation(name: str, statement: str, formula: str, setting: Setting) -> Claim:
    return Claim(
        id=f"{_INVARIANT}.{name}",
        statement=statement,
        formula=formula,
        source=f"{_SOURCE}, restated; deterministic labels dropped",
        form="violation",
        track="exact",
        assumptions=tuple(other for other in _INVARIANT_ASSUMES if other != _DETERMINISTIC),
        check=labels_beyond_the_class,
        drops=(_INVARIANT, _DETERMINISTIC),
        **every_preset(setting),
    )


CLAIMS = (
    Claim(
        id=_INVARIANT,
        statement="If the label is a function of z_cls, the optimum of L_SMMAlign is IRM-optimal. The converse is "
        "false: every representation that determines the label is IRM-optimal, the image itself for one.",
        formula=r"\sigma(\Phi)=\sigma(z_{\mathrm{cls}})\ \Rightarrow\ \Phi\in\arg\min\mathrm{IRM}="
        r"\{\Phi:\sigma(\Phi)\supseteq\sigma(y)\}",
        source=f"{_SOURCE}, restated",
        form="corrected",
        track="exact",
        assumptions=_INVARIANT_ASSUMES,
        check=alignment_is_invariant,
        **every_preset({}),
    ),
    _violation(
        "labels_of_each_environment",
        "If labels given z_cls differ between environments, the optimum of L_SMMAlign is not even feasible for IRM.",
        r"p_e(y\mid z_{\mathrm{cls}})\ne p_{e'}(y\mid z_{\mathrm{cls}})",
        {"noise": "environment"},
    ),
    _violation(
        "stable_context",
        "If the context informs about the label in the same way everywhere, IRM keeps it and L_SMMAlign does not.",
        r"p_e(y\mid z_{\mathrm{cls}},z_{\mathrm{env}})=p(y\mid z_{\mathrm{cls}},z_{\mathrm{env}})\ \Rightarrow\ "
        r"V_{\mathrm{IRM}}<H(Y\mid z_{\mathrm{cls}})",
        {"noise": "context"},
    ),
)
