"""Class-only captions: InfoNCE over them is the pooled cross-entropy; what its optimum knows of the environment."""

import numpy as np
from scipy.special import log_softmax

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.captions import CLASS, factor_of_image, image_caption_law
from identifiability.exact.infonce import (
    cross_entropy,
    finite_k_gap,
    infonce_limit,
    infonce_loss,
    noise_free_floor,
    population_optimum,
)
from identifiability.exact.invariance.designs import deviation, erm, full_matched, invariant_logits, logits, pruned
from identifiability.exact.invariance.irmv1 import accuracy
from identifiability.exact.invariance.vocabulary import FULL, PRUNED, blind_optimum, blindness_cost, naming, token_model
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw, FiniteSCM
from scm.coloured import coloured_classes

IMAGES = 6


def pruned_is_erm(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random environments: L_inf against the sum of their cross-entropies, L_K against its gap, optimum against ERM."""
    rng = np.random.default_rng(seed)
    identity, gap, optimum = [], [], []
    for _ in range(setting["laws"]):
        joint = random_law(2, IMAGES, 3, rng=rng)  # pi_e p_e(x, t)
        pooled, critic = joint.sum(axis=0), rng.normal(size=(IMAGES, 3))
        classes = pooled.sum(axis=0)
        risks = -(joint * log_softmax(critic + np.log(classes), axis=1)).sum(axis=(1, 2))  # pi_e R^e
        entropy = FiniteLaw(("x", "t"), pooled).entropy("t")
        identity.append(abs(infonce_limit(pooled, critic) - (risks.sum() - entropy)))
        best = population_optimum(pooled)
        for k in setting["k"]:
            excess = infonce_loss(pooled, critic, k) - infonce_loss(pooled, best, k)
            gap.append(abs(excess - finite_k_gap(pooled, critic, k)))
        posterior = np.log(pooled / pooled.sum(axis=1, keepdims=True))
        optimum.append(deviation(best + np.log(classes), posterior))
    training, test = coloured_classes(classes=2)
    scores = pruned(training.joint())
    return Evidence(
        measured={
            "identity_error": max(identity),
            "finite_k_error": max(gap),
            "deviation_from_erm": max(optimum),
            "train_accuracy": accuracy(training.pooled().marginal(("x", "y")), scores),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), scores),
        },
        bar={
            "identity_error": (0.0, 1e-12),
            "finite_k_error": (0.0, 1e-12),
            "deviation_from_erm": (0.0, 1e-12),
            "train_accuracy": (0.85 - 1e-9, 0.85 + 1e-9),
            "ood_accuracy": (0.10 - 1e-9, 0.10 + 1e-9),
        },
        note="accuracies: the two-bit problem, label noise .25, colour .9 and .8 in training, .1 in the test",
    )


def kept_context_is_not_erm(setting: Setting, seed: int, context: Context) -> Evidence:
    """Captions that keep the context token, asked with the image's own context, on the two-bit problem."""
    training, test = coloured_classes(classes=2)
    law = training.joint()
    return Evidence(
        measured={
            "deviation_from_erm": deviation(logits("full_matched", law), erm(law)),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), full_matched(law)),
        },
        bar={"deviation_from_erm": (0.5, None), "ood_accuracy": (0.75 - 1e-9, 0.75 + 1e-9)},
    )


def _random_model(*, blind: bool, rng: np.random.Generator) -> FiniteSCM:
    """Three classes, two environments, two nuisance levels; errors of the class token with or without environment."""

    def errors(*cells: int) -> np.ndarray:
        return np.stack([random_law(3, rng=rng) for _ in range(int(np.prod(cells)))]).reshape(*cells, 3)

    kappa = np.repeat(errors(3, 1), 2, axis=1) if blind else errors(3, 2)
    return token_model(random_law(3, 2, 2, rng=rng), kappa, naming(1, 3, 2))


def blind_iff_errors_are(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random token models: criterion against the optimum's dependence, and three ways to the same cost."""
    rng = np.random.default_rng(seed)
    disagreements, identity, cost, rivals = 0.0, [], [], []
    for index in range(setting["laws"]):
        model = _random_model(blind=index % 2 == 0, rng=rng)
        joint, of = image_caption_law(model, PRUNED), factor_of_image(model, (CLASS,))
        optimum, blind = population_optimum(joint), blind_optimum(model, of)
        information, difference = blindness_cost(model)
        identity.append(abs(information - difference))
        excess = infonce_limit(joint, blind) - infonce_limit(joint, optimum)
        cost.append(abs(excess - information))
        disagreements += (deviation(optimum, blind) <= 1e-9) != (index % 2 == 0)
        other = blind + rng.normal(size=(3, 3))[of]
        rivals.append(infonce_limit(joint, other) - infonce_limit(joint, blind))
    return Evidence(
        measured={
            "disagreements": disagreements,
            "identity_error": max(identity),
            "cost_error": max(cost),
            "smallest_excess_of_other_blind_critics": min(rivals),
        },
        bar={
            "disagreements": (0.0, 0.0),
            "identity_error": (0.0, 1e-12),
            "cost_error": (0.0, 1e-12),
            "smallest_excess_of_other_blind_critics": (1e-9, None),
        },
    )


def noisy_content_brings_the_context_back(setting: Setting, seed: int, context: Context) -> Evidence:
    """The two-bit problem: the token is always right, the image shows only a noisy copy of the class beside s."""
    training, _ = coloured_classes(classes=2)
    law = training.pooled()
    return Evidence(
        measured={
            "token_error_information": law.conditional_mutual_information("y", "s", "c"),
            "deviation_from_content": deviation(logits("pruned", training.joint()), invariant_logits(training.joint())),
        },
        bar={"token_error_information": (0.05, None), "deviation_from_content": (0.5, None)},
        note="the class token is the class, so its errors (none) do not depend on the environment; token_error_"
        "information: I(T_Y; S | C), what the colour adds to the content",
    )


def error_free_tokens(setting: Setting, seed: int, context: Context) -> Evidence:
    """Class-only captions without errors, images that also show a context and a nuisance in a random dependence."""
    rng, classes = np.random.default_rng(seed), setting["classes"]
    within = np.stack([random_law(3, 2, rng=rng) for _ in range(classes)]) / classes  # uniform classes
    model = token_model(within, naming(0, classes, 3), naming(1, classes, 3))
    joint, of = image_caption_law(model, PRUNED), factor_of_image(model, (CLASS,))
    optimum = population_optimum(joint)
    off_class = of[:, None] != np.arange(classes)
    law = np.full(classes, 1 / classes)
    full = image_caption_law(model, FULL)
    return Evidence(
        measured={
            "critic_error": float(np.abs(optimum[~off_class] + np.log(law)[of]).max()),
            "finite_scores_off_class": float(np.isfinite(optimum[off_class]).sum()),
            "dependence_on_context": deviation(optimum, blind_optimum(model, of)),
            "floor": infonce_loss(joint, optimum, setting["k"]),
            "floor_of_full_captions": noise_free_floor(full.sum(axis=0), setting["k"]),
            "limit_plus_entropy": abs(infonce_limit(joint, optimum) + model.entropy(CLASS)),
        },
        bar={
            "critic_error": (0.0, 1e-12),
            "finite_scores_off_class": (0.0, 0.0),
            "dependence_on_context": (0.0, 1e-12),
            "floor": (0.7703475, 0.7703485),
            "floor_of_full_captions": (None, 0.77),
            "limit_plus_entropy": (0.0, 1e-12),
        },
        note="full captions repeat the positive less often among the negatives, so their floor is lower",
    )


def environment_dependent_errors(setting: Setting, seed: int, context: Context) -> Evidence:
    """One environment names class 0 as class 1 with a given probability; the others never err."""
    classes = setting["classes"]
    kappa = naming(0, classes, 3)
    kappa[0, 1, :2] = [1 - setting["error"], setting["error"]]
    model = token_model(np.full((classes, 3, 2), 1 / (6 * classes)), kappa, naming(1, classes, 3))
    joint, of = image_caption_law(model, PRUNED), factor_of_image(model, (CLASS,))
    optimum = population_optimum(joint)
    return Evidence(
        measured={
            "cost_of_blindness": cross_entropy(joint, blind_optimum(model, of)) - cross_entropy(joint, optimum),
            "finite_scores_off_class": float(np.isfinite(optimum[of[:, None] != np.arange(classes)]).sum()),
        },
        bar={"cost_of_blindness": (1e-3, None), "finite_scores_off_class": (1.0, None)},
    )


_SOURCE = "CLIP-IRM (CVPR 2026), Theorem 5, restated for InfoNCE (Corollary 3)"
_ERM, _BLIND, _FREE = "vocabulary.pruned_is_erm", "vocabulary.pruned_is_blind_iff", "vocabulary.error_free_tokens"
_ALONE = "captions hold the class token alone"
_SHOWN = "the image shows the class without error"
_RIGHT = "class tokens name their class without error"

CLAIMS = (
    Claim(
        id=_ERM,
        statement="InfoNCE over class-only captions is the cross-entropy pooled over the environments minus the "
        "entropy of the class token, so its optimum plus log p(y) is the ERM classifier, colour and all.",
        formula=r"L_\infty(s)=\sum_e\pi_e R^e(q_s)-H(T_Y),\quad q_s(y\mid x)\propto p(y)e^{s(x,y)},\quad "
        r"L_K(s)-L_K(s^*)=\mathbb E\,\mathrm{KL}",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_ALONE, "negatives i.i.d. from the pooled p(y)", "critic unrestricted", "image-to-text direction"),
        check=pruned_is_erm,
        **every_preset({"laws": 20, "k": [2, 4]}),
    ),
    Claim(
        id=f"{_ERM}.kept_context",
        statement="With the context token kept in the captions and the image's context in the prompt, the optimum is "
        "not the ERM classifier.",
        formula=r"s^*(x,(y,s(x)))=\log\frac{p(y\mid x)}{p(y\mid s(x))}+a(x)\neq\log\frac{p(y\mid x)}{p(y)}+a(x)",
        source=f"{_SOURCE} (class-only captions dropped)",
        form="violation",
        track="exact",
        assumptions=("negatives i.i.d. from the pooled p(y)", "critic unrestricted", "image-to-text direction"),
        check=kept_context_is_not_erm,
        drops=(_ERM, _ALONE),
        **every_preset({}),
    ),
    Claim(
        id=_BLIND,
        statement="The class-only optimum is a function of the class alone iff the errors of the class token do not "
        "depend on the environment; forcing it to be one costs I(T_Y; E | Y) nats.",
        formula=r"\min_{s(y,t)}L_\infty-\min_{s(x,t)}L_\infty=I(T_Y;E\mid Y)=I(Y,E;T_Y)-I(Y;T_Y)",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_SHOWN, _ALONE, "negatives i.i.d. from the pooled p(y)"),
        check=blind_iff_errors_are,
        **every_preset({"laws": 100}),
    ),
    Claim(
        id=f"{_BLIND}.noisy_content",
        statement="If the image shows the class only through a noisy copy, the class-only optimum uses the context "
        "although every class token is right.",
        formula=r"T_Y=Y,\ x=(c,s),\ H(Y\mid C)>0,\ S\not\perp Y\mid C\ \Rightarrow\ s^*(x,y)\ \text{depends on}\ s",
        source=f"{_SOURCE} (class shown without error dropped)",
        form="violation",
        track="exact",
        assumptions=(_ALONE, "negatives i.i.d. from the pooled p(y)"),
        check=noisy_content_brings_the_context_back,
        drops=(_BLIND, _SHOWN),
        **every_preset({}),
    ),
    Claim(
        id=_FREE,
        statement="With error-free class tokens the class-only optimum is -log p(y) on the class and -inf off it, "
        "whatever else the image shows; its value is -H(Y), and at K candidates the floor of the class law.",
        formula=r"s^*(x,y')=-\log p(y)\,[y'=y(x)],\ -\infty\ \text{else};\quad "
        r"\inf L_K=\sum_y p(y)\,\mathbb E\log(1+\mathrm{Bin}(K-1,p(y)))",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_RIGHT, _SHOWN, _ALONE, "negatives i.i.d. from the pooled p(y)"),
        check=error_free_tokens,
        **every_preset({"classes": 5, "k": 8}),
    ),
    Claim(
        id=f"{_FREE}.environment_errors",
        statement="If the class token errs in one environment, the optimum is finite off the class and depends on the "
        "environment.",
        formula=r"\kappa(v\mid y,e)\neq\kappa(v\mid y)\ \Rightarrow\ I(T_Y;E\mid Y)>0",
        source=f"{_SOURCE} (error-free tokens dropped)",
        form="violation",
        track="exact",
        assumptions=(_SHOWN, _ALONE, "negatives i.i.d. from the pooled p(y)"),
        check=environment_dependent_errors,
        drops=(_FREE, _RIGHT),
        **every_preset({"classes": 5, "error": 0.3}),
    ),
)
