"""Regimes in which empirical risk minimisation, and so InfoNCE with class names, is invariant without any repair."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.invariance.calibration import calibration
from identifiability.exact.invariance.irm import irm_by_enumeration
from identifiability.exact.invariance.models import (
    bits_table,
    context_free_posterior,
    covariate_shift,
    deterministic_labels,
    disjoint_supports,
)
from scm import FiniteLaw


def _worst(tables: Iterable[Float[np.ndarray, "e x y"]]) -> Evidence:
    """Largest gap and deviation over models of a regime, which holds if both are rounding."""
    gaps, deviations, entropies = [], [], []
    for joint in tables:
        solution = irm_by_enumeration(joint)
        gaps.append(solution.gap)
        deviations.append(calibration(joint).deviation)
        entropies.append(solution.v_erm)
    return Evidence(
        measured={
            "models": float(len(gaps)),
            "largest_gap": max(gaps),
            "largest_deviation": max(deviations),
            "largest_v_erm": max(entropies),
        },
        bar={"largest_gap": (0.0, 1e-12), "largest_deviation": (0.0, 1e-9)},
    )


def _least(tables: Iterable[Float[np.ndarray, "e x y"]]) -> Evidence:
    """Least cost and deviation over models outside a regime, which must be visibly above 0 in every one."""
    found = [(calibration(joint), irm_by_enumeration(joint)) for joint in tables]
    return Evidence(
        measured={
            "models": float(len(found)),
            "least_deviation": min(calibrated.deviation for calibrated, _ in found),
            "least_calibration_cost": min(calibrated.cost for calibrated, _ in found),
            "models_with_equal_values": float(sum(solution.gap < 1e-10 for _, solution in found)),
        },
        bar={
            "least_deviation": (1e-6, None),  # computed to 1e-15
            "least_calibration_cost": (1e-10, None),  # nats, of the order of the square of a deviation
            "models_with_equal_values": (0.0, 0.0),
        },
        series={"gap": [solution.gap if solution.feasible else None for _, solution in found]},
        note="gap null: no representation is feasible",
    )


def deterministic(setting: Setting, seed: int, context: Context) -> Evidence:
    """Any p_e(x), with the class a function of the image."""
    rng = np.random.default_rng(seed)
    return _worst(deterministic_labels(rng) for _ in range(setting["models"]))


def label_noise(setting: Setting, seed: int, context: Context) -> Evidence:
    """Coloured bits with label noise."""
    return _least(bits_table(noise, np.array(setting["colour"])) for noise in setting["label_noise"])


def covariates_alone_shift(setting: Setting, seed: int, context: Context) -> Evidence:
    """Any p_e(x), one p(y | x)."""
    rng = np.random.default_rng(seed)
    return _worst(covariate_shift(rng) for _ in range(setting["models"]))


def posterior_shifts(setting: Setting, seed: int, context: Context) -> Evidence:
    """p_e(y | x) mixed with a law of each environment."""
    rng = np.random.default_rng(seed)
    return _least(covariate_shift(rng, shift=setting["shift"]) for _ in range(setting["models"]))


def class_depends_on_content(setting: Setting, seed: int, context: Context) -> Evidence:
    """Any p_e(z, s), one p(y | z)."""
    rng = np.random.default_rng(seed)
    return _worst(context_free_posterior(rng) for _ in range(setting["models"]))


def class_depends_on_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """p_e(y | z, s) mixed with a law of each environment, content and context."""
    rng = np.random.default_rng(seed)
    return _least(context_free_posterior(rng, dependence=setting["dependence"]) for _ in range(setting["models"]))


def environment_revealed(setting: Setting, seed: int, context: Context) -> Evidence:
    """Images of one environment each."""
    rng = np.random.default_rng(seed)
    return _worst(disjoint_supports(rng) for _ in range(setting["models"]))


def environments_share_images(setting: Setting, seed: int, context: Context) -> Evidence:
    """Some images occur in both."""
    rng = np.random.default_rng(seed)
    return _least(disjoint_supports(rng, shared=setting["shared"]) for _ in range(setting["models"]))


def _colour_alone(setting: Setting) -> tuple[Float[np.ndarray, "e x y"], dict[str, float]]:
    """p_e(y = x) = agreement of environment e on one bit, with the weights of the setting; what can be said of it."""
    tables = [[[a, 1 - a], [1 - a, a]] for a in setting["agreement"]]
    joint = np.array(setting["weights"])[:, None, None] * np.array(tables) / 2
    solution, found = irm_by_enumeration(joint), calibration(joint)
    law = FiniteLaw(("e", "x", "y"), joint)
    return joint, {
        "v_erm": solution.v_erm,
        "v_irm": solution.v_irm,
        "calibration_deviation": found.deviation,
        "information_of_environment_given_image": law.conditional_mutual_information("y", "e", "x"),
    }


def reversed_colour_cancels(setting: Setting, seed: int, context: Context) -> Evidence:
    """p_1(y = x) = .9 and p_2(y = x) = .1: p_e(y | x) shifts as far as it can, and q* = 1/2 is calibrated."""
    _, measured = _colour_alone(setting)
    log_two = float(np.log(2))
    return Evidence(
        measured=measured,
        bar={
            "v_erm": (log_two - 1e-12, log_two + 1e-12),
            "v_irm": (log_two - 1e-12, log_two + 1e-12),
            "calibration_deviation": (0.0, 1e-12),
            "information_of_environment_given_image": (0.3, None),
        },
    )


def reversed_colour_weighs_more(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same laws with unequal weights."""
    _, measured = _colour_alone(setting)
    gap = measured["v_irm"] - measured["v_erm"]
    return Evidence(measured | {"gap": gap}, bar={"gap": (1e-3, None), "calibration_deviation": (0.05, None)})


_SOURCE = "CLIP-IRM (CVPR 2026), Theorem 5, corrected"
_FINITE = "finitely many images and classes"
_LOSS = "loss is the cross-entropy, representation and classifier unrestricted"
_GENERIC = (_FINITE, _LOSS)
_DETERMINED = "the image determines the class"
_COVARIATE = "p_e(y | x) is the same in every environment"
_CONTEXT_FREE = "p_e(y | content, context) is p(y | content)"
_REVEALED = "no image occurs in two environments"
_EQUAL = "the environments have equal weights"
_EQUAL_VALUES = r"\Rightarrow V_{\mathrm{IRM}}=V_{\mathrm{ERM}}"
_DEVIATES = r"p_e(y\mid q^*(X)=q)\neq q_y"


CLAIMS = (
    Claim(
        id="irm.deterministic_class",
        statement="When the image determines the class InfoNCE with class names is IRM-optimal, whatever the context.",
        formula=r"Y=c(X)\Rightarrow V_{\mathrm{IRM}}=V_{\mathrm{ERM}}=0",
        source=f"{_SOURCE}; own proof",
        form="corrected",
        track="exact",
        assumptions=(*_GENERIC, _DETERMINED),
        check=deterministic,
        **every_preset({"models": 60}),
    ),
    Claim(
        id="irm.deterministic_class.label_noise",
        statement="Any label noise, however little, makes the coloured problem costly: InfoNCE follows the colour.",
        formula=rf"H(Y\mid C)>0,\quad {_DEVIATES}",
        source=f"{_SOURCE} (determined class dropped)",
        form="violation",
        track="exact",
        assumptions=_GENERIC,
        check=label_noise,
        drops=("irm.deterministic_class", _DETERMINED),
        **every_preset({"label_noise": [0.001, 0.01, 0.05, 0.1, 0.25, 0.4], "colour": [0.9, 0.8]}),
    ),
    Claim(
        id="irm.covariate_shift",
        statement="When only the images shift, p_e(y | x) = p(y | x), InfoNCE with class names is IRM-optimal.",
        formula=r"p_e(y\mid x)=p(y\mid x)\Rightarrow V_{\mathrm{IRM}}=V_{\mathrm{ERM}}",
        source=f"{_SOURCE}; own proof",
        form="corrected",
        track="exact",
        assumptions=(*_GENERIC, _COVARIATE),
        check=covariates_alone_shift,
        **every_preset({"models": 60}),
    ),
    Claim(
        id="irm.covariate_shift.posterior_shift",
        statement="When p_e(y | x) shifts a little with the environment the predictor is no longer calibrated.",
        formula=rf"p_e(y\mid x)\neq p(y\mid x),\quad {_DEVIATES}",
        source=f"{_SOURCE} (one posterior dropped)",
        form="violation",
        track="exact",
        assumptions=_GENERIC,
        check=posterior_shifts,
        drops=("irm.covariate_shift", _COVARIATE),
        **every_preset({"models": 60, "shift": 0.1}),
    ),
    Claim(
        id="irm.context_free_class",
        statement="When the class depends on the content alone, p_e(y | z, s) = p(y | z), InfoNCE with class names is "
        "IRM-optimal, however context and content are related.",
        formula=r"p_e(y\mid z,s)=p(y\mid z)\Rightarrow V_{\mathrm{IRM}}=V_{\mathrm{ERM}}",
        source=f"{_SOURCE}; own proof",
        form="corrected",
        track="exact",
        assumptions=(*_GENERIC, _CONTEXT_FREE),
        check=class_depends_on_content,
        **every_preset({"models": 60}),
    ),
    Claim(
        id="irm.context_free_class.context_matters",
        statement="When the context too says something of the class, in each environment something else, the predictor "
        "is no longer calibrated.",
        formula=rf"p_e(y\mid z,s)\neq p(y\mid z),\quad {_DEVIATES}",
        source=f"{_SOURCE} (class free of the context dropped)",
        form="violation",
        track="exact",
        assumptions=_GENERIC,
        check=class_depends_on_context,
        drops=("irm.context_free_class", _CONTEXT_FREE),
        **every_preset({"models": 60, "dependence": 0.1}),
    ),
    Claim(
        id="irm.image_reveals_environment",
        statement="When every image occurs in one environment only, IRM is ERM for any labels: the constraint is "
        "empty.",
        formula=r"\mathrm{supp}\,p_e\cap\mathrm{supp}\,p_{e'}=\emptyset\Rightarrow V_{\mathrm{IRM}}=V_{\mathrm{ERM}}",
        source=f"{_SOURCE}; own proof",
        form="corrected",
        track="exact",
        assumptions=(*_GENERIC, _REVEALED),
        check=environment_revealed,
        **every_preset({"models": 60}),
    ),
    Claim(
        id="irm.image_reveals_environment.shared_images",
        statement="Two of five images in both environments, with posteriors that differ, and IRM is no longer ERM.",
        formula=rf"p_e(x)p_{{e'}}(x)>0,\quad {_DEVIATES}",
        source=f"{_SOURCE} (disjoint supports dropped)",
        form="violation",
        track="exact",
        assumptions=_GENERIC,
        check=environments_share_images,
        drops=("irm.image_reveals_environment", _REVEALED),
        **every_preset({"models": 60, "shared": 2}),
    ),
    Claim(
        id="irm.covariate_shift_is_not_necessary",
        statement="With p_1(y = x) = .9 and p_2(y = x) = .1, equal weights, p_e(y | x) shifts on every image, the "
        "predictor 1/2 is calibrated in both, and V_IRM = V_ERM = log 2.",
        formula=r"p_1(y\mid x)\neq p_2(y\mid x),\quad V_{\mathrm{IRM}}=V_{\mathrm{ERM}}=\log 2",
        source=f"{_SOURCE}; own example",
        form="extra",
        track="exact",
        assumptions=(*_GENERIC, _EQUAL),
        check=reversed_colour_cancels,
        **every_preset({"agreement": [0.9, 0.1], "weights": [0.5, 0.5]}),
    ),
    Claim(
        id="irm.covariate_shift_is_not_necessary.unequal_weights",
        statement="With weights .6 and .4 the pool is no longer balanced, and the same laws cost information.",
        formula=rf"\pi_1\neq\pi_2,\quad {_DEVIATES}",
        source=f"{_SOURCE} (equal weights dropped)",
        form="violation",
        track="exact",
        assumptions=_GENERIC,
        check=reversed_colour_weighs_more,
        drops=("irm.covariate_shift_is_not_necessary", _EQUAL),
        **every_preset({"agreement": [0.9, 0.1], "weights": [0.6, 0.4]}),
    ),
)
