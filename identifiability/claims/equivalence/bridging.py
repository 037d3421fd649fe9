"""Definition 4 of CLIP-IRM: its conditions may all hold while pruned InfoNCE is not invariant, and what repairs it."""

from collections.abc import Mapping

import numpy as np

from identifiability.claims.claim import Check, Claim, Context, Evidence, Interval, Setting, every_preset
from identifiability.exact.infonce import population_optimum
from identifiability.exact.invariance.bridging import (
    CALIBRATED,
    ERASED,
    INDEPENDENT,
    NAMED,
    POSITIVE,
    SHOWN,
    STATED,
    SUFFICIENT,
    BridgingReport,
    CaptionedModel,
    bridging_conditions,
    captioned,
    factored_law,
    fine_labels,
)
from identifiability.exact.invariance.calibration import posterior
from identifiability.exact.invariance.irm import irm_by_enumeration
from identifiability.exact.invariance.irmv1 import accuracy
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw
from scm.environments import coloured_bits
from scm.streams import stream

_ZERO: Interval = (-1e-12, 1e-12)
_ANIMALS, _PLACES = ("dog", "cat", "bird"), ("snow", "grass")


def stated_conditions_do_not_suffice(setting: Setting, seed: int, context: Context) -> Evidence:
    """Labels finer than what images show: all stated conditions hold; is the pruned optimum that of IRM?"""
    model, shifted = fine_labels(setting["agreement"]), fine_labels([setting["shifted"]])
    report = bridging_conditions(model)
    predictor = posterior(model.joint)
    measured = {
        "stated_conditions_unmet": float(len(report.unmet(STATED))),
        "gap": irm_by_enumeration(model.joint).gap,
        "calibration_cost": report[CALIBRATED].value,
        "label_dependence": report[INDEPENDENT].value,
        "accuracy": accuracy(model.joint.sum(axis=0), predictor),
        "accuracy_after_shift": accuracy(shifted.joint.sum(axis=0), predictor),
    }
    return Evidence(
        measured=measured,
        bar={"stated_conditions_unmet": (0.0, 0.0), "gap": _ZERO, "calibration_cost": _ZERO},
        note="gap: V_IRM - V_ERM in nats; label_dependence: I(y; environment, z_env | z_cls), on which definition 4 is "
        "silent",
    )


def _random_model(rng: np.random.Generator, environments: int, labels: np.ndarray) -> CaptionedModel:
    """p_e(z_cls) p_e(z_env | z_cls) at random and without zeros, p(y | z_cls) the same in every environment."""
    content = np.stack([random_law(3, rng=rng) for _ in range(environments)])
    place = random_law(environments, 3, 2, rng=rng)
    label = np.broadcast_to(labels[:, None, :], (environments, 3, 2, labels.shape[1]))
    law = factored_law(content, place / place.sum(axis=2, keepdims=True), label)
    return captioned(law, _ANIMALS, _PLACES)


def independent_labels_suffice(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random models with noisy labels that depend on z_cls alone, each tried on environments it was not made from."""
    rng = stream(seed, "models")
    gaps, dependences, regrets, unmet = [], [], [], 0
    for _ in range(setting["models"]):
        labels = random_law(3, 3, rng=rng)
        labels /= labels.sum(axis=1, keepdims=True)
        model = _random_model(rng, 2, labels)
        unmet += len(bridging_conditions(model).unmet((*SUFFICIENT, CALIBRATED)))
        gaps.append(irm_by_enumeration(model.joint).gap)
        critic = population_optimum(model.pruned().marginal(("x", "caption"))).reshape(3, 2, -1)
        dependences.append(float(np.ptp(critic, axis=1).max()))
        shifted = _random_model(rng, 1, labels).joint[0]
        regrets.append(_risk(shifted, posterior(model.joint)) - _risk(shifted, posterior(shifted[None])))
    return Evidence(
        measured={
            "conditions_unmet": float(unmet),
            "largest_gap": max(gaps),
            "critic_dependence_on_context": max(dependences),
            "regret_after_shift": max(regrets),
        },
        bar={
            "conditions_unmet": (0.0, 0.0),
            "largest_gap": _ZERO,
            "critic_dependence_on_context": (0.0, 1e-12),
            "regret_after_shift": _ZERO,
        },
        note="regret: risk of the predictor above the least risk, in a new environment with the same p(y | z_cls)",
    )


def _risk(joint: np.ndarray, predictor: np.ndarray) -> float:
    return float(-(joint * np.log(predictor)).sum())


def _only_unmet(report: BridgingReport, dropped: str) -> float:
    """How many of the sufficient conditions other than the dropped one fail: 0, else the violation shows nothing."""
    return float(len(report.unmet(SUFFICIENT)) - (not report[dropped].holds))


def _bits(*, content: str) -> CaptionedModel:
    """The coloured bits; z_cls is the content of the image, or the label itself."""
    training, _ = coloured_bits()
    law = training.joint().pushforward("z_env", lambda s: s, "s").pushforward("z_cls", lambda z: z, content)
    return captioned(law, ("zero", "one"), ("green", "red"))


def labels_that_follow_the_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """The coloured bits: z_cls is the content and labels are noisy, or z_cls is the label and images are noisy."""
    model = _bits(content=setting["content"])
    report, solution = bridging_conditions(model), irm_by_enumeration(model.joint)
    dropped = setting["dropped"]
    return Evidence(
        measured={
            "other_conditions_unmet": _only_unmet(report, dropped),
            "dropped_condition": report[dropped].value,
            "gap": solution.gap,
            "calibration_cost": report[CALIBRATED].value,
        },
        bar={
            "other_conditions_unmet": (0.0, 0.0),
            "dropped_condition": (0.05, None),
            "gap": (0.2, None),
            "calibration_cost": (1e-3, None),
        },
    )


def labels_of_each_environment(setting: Setting, seed: int, context: Context) -> Evidence:
    """p_e(y | z_cls) varies with the environment, z_env is irrelevant: not even z_cls itself is invariant."""
    rng = stream(seed, "model")
    flip = np.array(setting["noise"])
    label = np.array([[1 - flip, flip], [flip, 1 - flip]]).transpose(2, 0, 1)  # environment, z_cls, y
    law = factored_law(
        np.full((len(flip), 2), 0.5),
        np.broadcast_to(random_law(2, rng=rng), (len(flip), 2, 2)),
        np.broadcast_to(label[:, :, None], (len(flip), 2, 2, 2)),
    )
    model = captioned(law, ("dog", "cat"), _PLACES)
    report, solution = bridging_conditions(model), irm_by_enumeration(model.joint)
    return Evidence(
        measured={
            "other_conditions_unmet": _only_unmet(report, INDEPENDENT),
            "gap": solution.gap,
            "calibration_cost": report[CALIBRATED].value,
        },
        bar={"other_conditions_unmet": (0.0, 0.0), "gap": (0.05, None), "calibration_cost": (0.01, None)},
    )


def shared_class_word(setting: Setting, seed: int, context: Context) -> Evidence:
    """Two of three classes have the same word: pruned captions teach the coarser class only."""
    law = _clean_law(seed)
    model = captioned(law, ("dog", "feline", "feline"), _PLACES)
    pruned = model.pruned()
    lost = pruned.mutual_information("y", "x") - pruned.mutual_information("caption", "x")
    levels = len(np.unique(_rows(pruned.marginal(("x", "caption"))), axis=0))
    return Evidence(
        measured={
            "other_conditions_unmet": _only_unmet(bridging_conditions(model), NAMED),
            "information_lost": lost,
            "classes_told_apart": float(levels),
        },
        bar={"other_conditions_unmet": (0.0, 0.0), "information_lost": (0.05, None), "classes_told_apart": (2.0, 2.0)},
        note="information_lost: I(y; x) - I(pruned caption; x) in nats",
    )


def forgotten_context_words(setting: Setting, seed: int, context: Context) -> Evidence:
    """Context words are not listed, so pruning leaves them: the critic must tell contexts apart."""
    model = captioned(_clean_law(seed), _ANIMALS, _PLACES, erased=False)
    pruned = model.pruned()
    critic = population_optimum(pruned.marginal(("x", "caption")))
    return Evidence(
        measured={
            "other_conditions_unmet": _only_unmet(bridging_conditions(model), ERASED),
            "cost_of_ignoring_the_context": pruned.conditional_mutual_information("caption", "z_env", "z_cls"),
            "images_told_apart": float(len(np.unique(np.exp(critic).round(9), axis=0))),
        },
        bar={
            "other_conditions_unmet": (0.0, 0.0),
            "cost_of_ignoring_the_context": (0.05, None),
            "images_told_apart": (6.0, 6.0),
        },
        note="3 classes in 2 contexts: a critic free of the context tells 3 images apart",
    )


def missing_pairs(setting: Setting, seed: int, context: Context) -> Evidence:
    """Each class in one context only: on the other pairs the optimum is unconstrained, from always right to never."""
    content, label = np.full((2, 2), 0.5), np.broadcast_to(np.eye(2)[:, None], (2, 2, 2, 2))
    model = captioned(factored_law(content, np.broadcast_to(np.eye(2), (2, 2, 2)), label), ("dog", "cat"), _PLACES)
    swapped = factored_law(content[:1], np.eye(2)[None, ::-1], label[:1])
    shifted = captioned(swapped, ("dog", "cat"), _PLACES).joint[0]
    trained = posterior(model.joint)
    seen = model.joint.sum(axis=(0, 2)) > 0
    both = [np.where(seen[:, None], trained, other) for other in (posterior(shifted[None]), _wrong(shifted))]
    risks = [float(-np.log(predictor[model.joint.sum(axis=0) > 0]).max()) for predictor in both]
    return Evidence(
        measured={
            "other_conditions_unmet": _only_unmet(bridging_conditions(model), POSITIVE),
            "training_risk": max(risks),
            "best_accuracy_after_shift": accuracy(shifted, both[0]),
            "worst_accuracy_after_shift": accuracy(shifted, both[1]),
        },
        bar={
            "other_conditions_unmet": (0.0, 0.0),
            "training_risk": _ZERO,
            "best_accuracy_after_shift": (1.0, 1.0),
            "worst_accuracy_after_shift": (0.0, 0.0),
        },
        note="two predictors, both optimal in training, that differ on images which never occur there",
    )


def _wrong(joint: np.ndarray) -> np.ndarray:
    return np.asarray(posterior(joint[None])[:, ::-1])


def _clean_law(seed: int) -> FiniteLaw:
    """Three classes, labels equal to z_cls, contexts at random in each of two environments."""
    rng = stream(seed, "model")
    place = 0.1 + random_law(2, 3, 2, rng=rng)
    label = np.broadcast_to(np.eye(3)[:, None], (2, 3, 2, 3))
    return factored_law(np.full((2, 3), 1 / 3), place / place.sum(axis=2, keepdims=True), label)


def _rows(joint: np.ndarray) -> np.ndarray:
    return np.asarray((joint / joint.sum(axis=1, keepdims=True)).round(9))


_CORRECTED = "def4.independent_labels"
_SOURCE = "CLIP-IRM (CVPR 2026), definition 4"
_FINITE = "finite model"
_ASSUMPTIONS = (_FINITE, *SUFFICIENT)


def _violation(
    name: str, dropped: str, statement: str, formula: str, check: Check, setting: Mapping[str, object]
) -> Claim:
    return Claim(
        id=f"{_CORRECTED}.{name}",
        statement=statement,
        formula=formula,
        source=f"{_SOURCE}, restated; one condition dropped",
        form="violation",
        track="exact",
        assumptions=tuple(other for other in _ASSUMPTIONS if other != dropped),
        check=check,
        drops=(_CORRECTED, dropped),
        **every_preset(setting),
    )


CLAIMS = (
    Claim(
        id="def4.sufficient",
        statement="Under the bridging conditions of definition 4 the optimum of pruned InfoNCE is that of invariant "
        "risk minimisation.",
        formula=r"\mathcal Y=\mathcal V,\ \mathcal V\cap\mathcal E=\emptyset,\ z_{\mathrm{inv}}="
        r"(z_{\mathrm{env}},z_{\mathrm{cls}})\ \Rightarrow\ V_{\mathrm{IRM}}=V_{\mathrm{ERM}}",
        source=f"{_SOURCE} and Theorem 5",
        form="printed",
        track="exact",
        assumptions=(_FINITE, *STATED),
        check=stated_conditions_do_not_suffice,
        **every_preset({"agreement": [0.9, 0.8], "shifted": 0.1}),
    ),
    Claim(
        id=_CORRECTED,
        statement="If, besides, labels depend on nothing but z_cls, the optimum of pruned InfoNCE is a function of "
        "z_cls, calibrated and optimal in every environment, seen or not, and solves IRM.",
        formula=r"Y\perp(\mathrm{Env},z_{\mathrm{env}})\mid z_{\mathrm{cls}}\ \Rightarrow\ "
        r"s^*=\log\frac{p(y\mid z_{\mathrm{cls}})}{p(y)},\ V_{\mathrm{IRM}}=V_{\mathrm{ERM}}",
        source=f"{_SOURCE}, restated; Arjovsky et al. 2019 (arXiv 1907.02893)",
        form="corrected",
        track="exact",
        assumptions=_ASSUMPTIONS,
        check=independent_labels_suffice,
        **every_preset({"models": 20}),
    ),
    _violation(
        "noisy_labels",
        INDEPENDENT,
        "With noisy labels that the context helps to guess, pruned InfoNCE uses the context and IRM does not.",
        r"Y\not\perp z_{\mathrm{env}}\mid z_{\mathrm{cls}}\ \Rightarrow\ V_{\mathrm{IRM}}-V_{\mathrm{ERM}}=0.2079",
        labels_that_follow_the_context,
        {"content": "c", "dropped": INDEPENDENT},
    ),
    _violation(
        "labels_of_each_environment",
        INDEPENDENT,
        "If labels are noisier in one environment than in the other, not even z_cls is an invariant representation.",
        r"p_e(y\mid z_{\mathrm{cls}})\ne p_{e'}(y\mid z_{\mathrm{cls}})\ \Rightarrow\ "
        r"V_{\mathrm{IRM}}>V_{\mathrm{ERM}}",
        labels_of_each_environment,
        {"noise": [0.05, 0.25]},
    ),
    _violation(
        "blurred_images",
        SHOWN,
        "If images show z_cls with noise, the context stands in for what they do not show, as with noisy labels.",
        r"H(z_{\mathrm{cls}}\mid x)>0\ \Rightarrow\ V_{\mathrm{IRM}}-V_{\mathrm{ERM}}=0.2079",
        labels_that_follow_the_context,
        {"content": "y", "dropped": SHOWN},
    ),
    _violation(
        "shared_class_word",
        NAMED,
        "If two classes share a word, pruned InfoNCE identifies the coarser class only.",
        r"v(y)=v(y')\ \Rightarrow\ I(T_{\mathcal V};X)<I(Y;X)",
        shared_class_word,
        {},
    ),
    _violation(
        "forgotten_context_words",
        ERASED,
        "Context words that are missing from E stay in the pruned captions, and the critic must know the context.",
        r"\mathcal E\ \text{incomplete}\ \Rightarrow\ I(T_{\mathcal V/\mathcal E};z_{\mathrm{env}}\mid "
        r"z_{\mathrm{cls}})>0",
        forgotten_context_words,
        {},
    ),
    _violation(
        "missing_pairs",
        POSITIVE,
        "If classes and contexts do not occur in all pairs, optima of equal risk differ on the missing pairs from "
        "always right to always wrong.",
        r"p(z_{\mathrm{cls}},z_{\mathrm{env}})=0\ \Rightarrow\ s^*\ \text{free there}",
        missing_pairs,
        {},
    ),
)
