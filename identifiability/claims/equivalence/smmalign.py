"""Theorem 5 of CLIP-IRM: why its constrained problem has no solution, and the projection that repairs it."""

import numpy as np

from identifiability.claims.claim import Check, Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.atoms import smoothed_entropy
from identifiability.exact.captions import (
    CLASS,
    ENVIRONMENT,
    FULL,
    PRUNED,
    caption_model,
    factor_of_image,
    image_caption_law,
)
from identifiability.exact.common_part import common_part
from identifiability.exact.darmois import gaussian_law, mm_align_at_darmois
from identifiability.exact.degenerate_codes import surplus_coordinate_loss
from identifiability.exact.invariance.projection import (
    FROZEN,
    aligned_with_both,
    class_projection,
    frozen_code,
    lay_in_strips,
    optimal_projections,
    read_strips,
    relabels,
    strip_alignment,
)
from identifiability.metrics import r2_linear
from scm.streams import stream

_STEP = 0.3  # of the quadrature: enough for 1e-12 with Gaussian laws
_POINTS = 2000
_CONTEXT_LEFT = (*PRUNED, "token_env")


def constrained_optima_carry_the_environment(setting: Setting, seed: int, context: Context) -> Evidence:
    """Every encoder of a finite model; and continuous optima of L_MMAlign whose L_SMMAlign tends to its bound 0."""
    model = caption_model(classes=2, environments=2)
    full, pruned, both = aligned_with_both(image_caption_law(model, FULL), image_caption_law(model, PRUNED), 4)
    u = stream(seed, "points").random((_POINTS, 2))
    losses, recovered, linear = [], [], []
    for strips in setting["strips"]:
        code = lay_in_strips(u, strips)
        losses.append(strip_alignment(strips))
        recovered.append(float(np.abs(read_strips(code, strips) - u).max()))
        half = _POINTS // 2
        linear.append(float(r2_linear(code[:half], u[:half, 1:], code[half:], u[half:, 1:])[0]))
    return Evidence(
        measured={
            "finite_optima_of_both": float(both),
            "finite_optima_full": float(full),
            "finite_optima_pruned": float(pruned),
            "least_loss": min(losses),
            "environment_lost": max(recovered),
        },
        bar={"finite_optima_of_both": (1.0, None), "least_loss": (0.0, 1e-9), "environment_lost": (0.1, None)},
        series={"strips": list(setting["strips"]), "loss": losses, "linear_r2_of_environment": linear},
        note="least_loss: L_SMMAlign of codes that attain L_MMAlign = 0; 1 / (3 strips) falls to the bound 0 and never "
        "attains it (these codes are smooth but for strips - 1 lines). environment_lost: error of z_env read back",
    )


def projection_identifies_the_class(setting: Setting, seed: int, context: Context) -> Evidence:
    """P o f* for three frozen optima, in closed form; every P on a finite model."""
    correlation = setting["correlation"]
    z = stream(seed, "latents").standard_normal((_POINTS, 2))
    z[:, 1] = correlation * z[:, 0] + np.sqrt(1 - correlation**2) * z[:, 1]
    target = gaussian_law(np.eye(1)).distribution[0](z[:, :1])
    errors = [
        float(np.abs(class_projection(frozen_code(z, correlation, kind), correlation, kind) - target).max())
        for kind in FROZEN
    ]
    model = caption_model(classes=setting["classes"], environments=2)
    pruned = image_caption_law(model, PRUNED)
    frozen = common_part(image_caption_law(model, FULL)).image
    entropy, maximisers = optimal_projections(frozen, pruned, setting["classes"])
    named = factor_of_image(model, (CLASS,))
    return Evidence(
        measured={
            "alignment": max(errors),
            "loss": mm_align_at_darmois(gaussian_law(np.eye(1)), _STEP),
            "finite_optimal_projections": float(len(maximisers)),
            "finite_not_the_class": float(sum(not relabels(code, named) for code in maximisers)),
            "finite_entropy_gap": abs(entropy - model.entropy(CLASS)),
        },
        bar={
            "alignment": (0.0, 1e-9),
            "loss": (-1e-12, 1e-12),
            "finite_optimal_projections": (1.0, None),
            "finite_not_the_class": (0.0, 0.0),
            "finite_entropy_gap": (0.0, 1e-12),
        },
        floor={"loss": 0.0},
        note="alignment: largest |P(f*(x)) - F(z_cls)|, the caption code being F(z_cls); loss: minus both entropies",
    )


def fewer_outputs_are_compatible(setting: Setting, seed: int, context: Context) -> Evidence:
    """One output for two factors: the codes F(z_cls) and F(z_env) under both losses."""
    uniform = mm_align_at_darmois(gaussian_law(np.eye(1)), _STEP)
    return Evidence(
        measured={
            "mm_align_of_either": uniform,  # both towers of full captions compute the same uniform code
            "smm_align_of_class_code": uniform,  # so do they with pruned captions
            "smm_align_of_context_code": uniform
            + strip_alignment(1),  # pruned captions have a uniform code of their own
        },
        bar={
            "mm_align_of_either": (-1e-12, 1e-12),
            "smm_align_of_class_code": (-1e-12, 1e-12),
            "smm_align_of_context_code": (0.3, None),
        },
        floor={"smm_align_of_class_code": 0.0},
        note="z_env independent of z_cls: independent uniform codes are 1/3 apart, equal ones 0",
    )


def too_few_labels_pick_another_partition(setting: Setting, seed: int, context: Context) -> Evidence:
    """Finite codes of two labels for two classes and two contexts: every encoder."""
    model = caption_model(classes=2, environments=2)
    full, pruned, both = aligned_with_both(image_caption_law(model, FULL), image_caption_law(model, PRUNED), 2)
    return Evidence(
        measured={"optima_of_both": float(both), "optima_full": float(full), "optima_pruned": float(pruned)},
        bar={"optima_of_both": (0.0, 0.0), "optima_full": (1.0, None), "optima_pruned": (1.0, None)},
        note="among functions of class and context with two values some have more entropy than the class",
    )


def context_left_in_captions(setting: Setting, seed: int, context: Context) -> Evidence:
    """Captions from which the context word was not erased."""
    model = caption_model(classes=2, environments=2)
    left = image_caption_law(model, _CONTEXT_LEFT)
    frozen = common_part(image_caption_law(model, FULL)).image
    _, maximisers = optimal_projections(frozen, left, 4)
    both = factor_of_image(model, (CLASS, ENVIRONMENT))
    return Evidence(
        measured={
            "loss_of_the_environment_code": mm_align_at_darmois(gaussian_law(np.eye(1)), _STEP),
            "finite_optimal_projections": float(len(maximisers)),
            "finite_with_context": float(sum(relabels(code, both) for code in maximisers)),
        },
        bar={
            "loss_of_the_environment_code": (-1e-12, 1e-12),
            "finite_with_context": (float(len(maximisers)), float(len(maximisers))),
        },
        note="continuous captions that know z_env are aligned with F(z_env) as well as with F(z_cls): the same loss 0",
    )


def surplus_output(setting: Setting, seed: int, context: Context) -> Evidence:
    """P with one output more than z_cls has dimensions: the loss against the amplitude of z_env in it."""
    amplitudes = np.logspace(-12, 0, 13)
    losses = [surplus_coordinate_loss(float(amplitude)) for amplitude in amplitudes]
    return Evidence(
        measured={"best_amplitude": float(amplitudes[int(np.argmin(losses))]), "loss_without": losses[0]},
        bar={"best_amplitude": (1.0, 1.0), "loss_without": (50.0, None)},
        series={"amplitude": amplitudes.tolist(), "loss": losses},
        note="what is private to the image, given the pruned caption, is the environment in f*",
    )


def frozen_code_without_class(setting: Setting, seed: int, context: Context) -> Evidence:
    """f* learned from captions that name the environment alone."""
    model = caption_model(classes=3, environments=2)
    frozen = common_part(image_caption_law(model, ("token_env", "z_pr_tex"))).image
    entropy, _ = optimal_projections(frozen, image_caption_law(model, PRUNED), 3)
    return Evidence(
        measured={"entropy": entropy, "class_entropy": model.entropy(CLASS)},
        bar={"entropy": (-1e-12, 1e-12), "class_entropy": (0.5, None)},
    )


def noisy_class_words(setting: Setting, seed: int, context: Context) -> Evidence:
    """Pruned captions whose class word may be wrong, with a frozen f* that is right."""
    clean, noisy = caption_model(), caption_model(noise=setting["noise"])
    frozen = common_part(image_caption_law(clean, FULL)).image
    entropy, _ = optimal_projections(frozen, image_caption_law(noisy, PRUNED), 3)
    return Evidence(
        measured={"entropy": entropy, "class_entropy": clean.entropy(CLASS)},
        bar={"entropy": (-1e-12, 1e-12), "class_entropy": (0.5, None)},
    )


def class_names_alone(setting: Setting, seed: int, context: Context) -> Evidence:
    """Captions of one class name each, coded on a line as far apart as the cube allows, smoothed less and less."""
    names = setting["names"]
    codes, law = np.linspace(0, 1 - 1 / names, names), np.full(names, 1 / names)
    widths = 0.5 ** np.arange(4, 41, 4)
    losses = [-smoothed_entropy(codes, law, float(width)) for width in widths]
    return Evidence(
        measured={"loss_at_least": losses[-1], "slope_error": abs((losses[-1] - losses[-2]) / np.log(16) - 1)},
        bar={"loss_at_least": (20.0, None), "slope_error": (0.0, 1e-9)},
        series={"width": widths.tolist(), "minus_entropy": losses},
        note="-H(g(X_V)) grows by log 2 at each halving of the width, to +inf: no codes have a finite loss",
    )


_PROJECTION, _FEWER = "smmalign.projection", "smmalign.fewer_outputs"
_SOURCE = "CLIP-IRM (CVPR 2026), Theorem 5"
_NO_CONTEXT = "pruned captions say nothing of z_env beyond z_cls"
_OUTPUTS = "as many outputs of P as z_cls has dimensions (labels)"
_FROZEN = "the frozen f* is an optimum for captions that determine z_inv"
_NAMED = "pruned captions determine z_cls"
_DENSITY = "codes of pruned captions with a density, or entropy in the sense of Shannon"
_PROJECTION_ASSUMES = (_FROZEN, _NAMED, _NO_CONTEXT, _OUTPUTS, _DENSITY, "codes in the unit cube")
_CONTINUOUS = "z_inv and codes continuous"
_FEWER_ASSUMES = ("z_inv shared exactly", _NAMED, _NO_CONTEXT, "codes in the unit cube", _CONTINUOUS)


def _violation(
    positive: str, name: str, dropped: str, statement: str, formula: str, check: Check, setting: Setting
) -> Claim:
    assumptions = {_PROJECTION: _PROJECTION_ASSUMES, _FEWER: _FEWER_ASSUMES}[positive]
    return Claim(
        id=f"{positive}.{name}",
        statement=statement,
        formula=formula,
        source=f"{_SOURCE}, restated; one condition dropped",
        form="violation",
        track="exact",
        assumptions=tuple(other for other in assumptions if other != dropped),
        check=check,
        drops=(positive, dropped),
        **every_preset(setting),
    )


CLAIMS = (
    Claim(
        id="smmalign.constrained",
        statement="Minimising L_SMMAlign subject to optimality of L_MMAlign has a solution, which drops the "
        "environment and so solves invariant risk minimisation.",
        formula=r"\min L_{\mathrm{SMMAlign}}\ \text{s.t.}\ (f,g)\in\arg\min L_{\mathrm{MMAlign}}\iff\mathrm{IRM}",
        source=_SOURCE,
        form="printed",
        track="exact",
        assumptions=("as many outputs as z_inv has dimensions", "z_inv shared exactly", "codes in the unit cube"),
        check=constrained_optima_carry_the_environment,
        **every_preset({"strips": [1, 2, 4, 8, 16, 32, 64]}),
    ),
    Claim(
        id=_PROJECTION,
        statement="With an optimum f* of L_MMAlign frozen, L_SMMAlign over projections P attains its least value 0, "
        "and every optimal P o f* is an invertible function of z_cls.",
        formula=r"\min_{P,g}L_{\mathrm{SMMAlign}}(P\circ f^*,g)=0,\quad P\circ f^*=h'(z_{\mathrm{cls}}),\ "
        r"h'\ \text{invertible}",
        source=f"{_SOURCE}, restated; compare Cai et al. 2025 (arXiv 2504.10143), Theorem 4.1",
        form="corrected",
        track="exact",
        assumptions=_PROJECTION_ASSUMES,
        check=projection_identifies_the_class,
        **every_preset({"correlation": 0.6, "classes": 3}),
    ),
    _violation(
        _PROJECTION,
        "context_left",
        _NO_CONTEXT,
        "If context words stay in the pruned captions, P o f* may hold the environment, and on finite models must.",
        r"z_{\mathrm{env}}\in\sigma(X_{y/e})\ \Rightarrow\ L_{\mathrm{SMMAlign}}(F(z_{\mathrm{env}}),"
        r"F(z_{\mathrm{env}}))=0",
        context_left_in_captions,
        {},
    ),
    _violation(
        _PROJECTION,
        "too_many_outputs",
        _OUTPUTS,
        "With one output too many, exact alignment costs +inf and an output full of the environment 1/3.",
        r"L(\delta)=\tfrac{\delta}{3}-2\log\delta,\ \delta\ \text{the amplitude of}\ z_{\mathrm{env}}",
        surplus_output,
        {},
    ),
    _violation(
        _PROJECTION,
        "frozen_without_class",
        _FROZEN,
        "A frozen code that never learned the class has no projection but the constant.",
        r"f^*=h(z_{\mathrm{env}})\ \Rightarrow\ P\circ f^*\ \text{constant}",
        frozen_code_without_class,
        {},
    ),
    _violation(
        _PROJECTION,
        "noisy_class_words",
        _NAMED,
        "If class words may be wrong, with any probability, exact alignment leaves only the constant.",
        r"p(v\mid y)>0\ \forall v,y\ \Rightarrow\ P\circ f^*\ \text{constant}",
        noisy_class_words,
        {"noise": 1e-3},
    ),
    _violation(
        _PROJECTION,
        "class_names_alone",
        _DENSITY,
        "With class names for captions and differential entropy the loss is +inf for every pair of encoders.",
        r"|\mathcal V|<\infty\ \Rightarrow\ -H(g(X_{\mathcal V}))=+\infty\quad\forall g",
        class_names_alone,
        {"names": 5},
    ),
    Claim(
        id=_FEWER,
        statement="With only dim z_cls outputs the constrained problem has a solution, the uniform code of z_cls: the "
        "constraint then forces nothing, every uniform code of part of z_inv meets it, and L_SMMAlign alone decides.",
        formula=r"m=n_{\mathrm{cls}}:\ L_{\mathrm{MMAlign}}(F(z_{\mathrm{cls}}))=L_{\mathrm{SMMAlign}}"
        r"(F(z_{\mathrm{cls}}))=0=L_{\mathrm{MMAlign}}(F(z_{\mathrm{env}}))<L_{\mathrm{SMMAlign}}(F(z_{\mathrm{env}}))",
        source=f"{_SOURCE}, restated",
        form="corrected",
        track="exact",
        assumptions=_FEWER_ASSUMES,
        check=fewer_outputs_are_compatible,
        **every_preset({}),
    ),
    _violation(
        _FEWER,
        "finite_labels",
        _CONTINUOUS,
        "With as many labels as classes, codes of full captions merge class and context into the partition of most "
        "entropy, which need not be the class: the constrained problem has no solution.",
        r"\max_{\Phi\in\{1..C\}}H(\Phi(z_{\mathrm{inv}}))>H(z_{\mathrm{cls}})",
        too_few_labels_pick_another_partition,
        {},
    ),
)
