"""Negatives from one environment index or one context stratum: the first change nothing, the second do the repair."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.infonce import finite_k_gap, infonce_limit, infonce_loss, population_optimum
from identifiability.exact.invariance.batches import (
    proposal_optimum,
    stratified_loss,
    stratified_optimum,
    symmetric_predictor,
    within_strata,
)
from identifiability.exact.invariance.designs import (
    deviation,
    invariant_logits,
    logits,
    pruned,
    within_context,
    within_index,
)
from identifiability.exact.invariance.irmv1 import accuracy, irmv1_penalty
from identifiability.exact.invariance.random_environments import Kind, content_and_context, random_rows, shown
from identifiability.exact.random_laws import random_law
from scm import Environments, FiniteLaw
from scm.coloured import coloured_classes, noisy_copy, trusted_bits

KINDS: tuple[Kind, ...] = ("any", "independent_inside", "one_class_law", "cancelling")


def index_batches_change_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random environments with one class law: loss of every critic and every K, and the optimum, against the pool."""
    rng = np.random.default_rng(seed)
    losses, optima = [], []
    for _ in range(setting["laws"]):
        images = random_rows(2, 3, levels=5, rng=rng)
        law = np.einsum("e,y,eyx->xye", random_law(2, rng=rng), random_law(3, rng=rng), images)
        pooled, critic = law.sum(axis=2), rng.normal(size=(5, 3))
        losses += [abs(stratified_loss(law, critic, k) - infonce_loss(pooled, critic, k)) for k in setting["k"]]
        optima.append(deviation(stratified_optimum(law), population_optimum(pooled)))
    training, test = coloured_classes(classes=2)
    return Evidence(
        measured={
            "loss_difference": max(losses),
            "optimum_difference": max(optima),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), within_index(training.joint())),
        },
        bar={
            "loss_difference": (0.0, 1e-12),
            "optimum_difference": (0.0, 1e-9),
            "ood_accuracy": (0.10 - 1e-9, 0.10 + 1e-9),
        },
    )


def symmetric_index_batches(setting: Setting, seed: int, context: Context) -> Evidence:
    """Class priors .7 and .3 in two environments whose contexts differ; both directions, minimised over all critics."""
    prior, content = np.array([0.7, 0.3]), np.array([[0.8, 0.2], [0.3, 0.7]])
    shown_context = np.array([[[0.95, 0.05], [0.4, 0.6]], [[0.6, 0.4], [0.1, 0.9]]])  # e, y, s
    law = np.einsum("y,yc,eys->csye", prior, content, shown_context).reshape(4, 2, 2) / 2
    pooled = law.sum(axis=2)
    rng = np.random.default_rng(seed)
    critics = [rng.normal(size=(4, 2)) for _ in range(setting["critics"])]
    reversed_law = law.transpose(1, 0, 2)
    forward = [abs(stratified_loss(law, s, 2) - infonce_loss(pooled, s, 2)) for s in critics]
    back = [abs(stratified_loss(reversed_law, s.T, 2) - infonce_loss(pooled.T, s.T, 2)) for s in critics]
    erm = pooled / pooled.sum(axis=1, keepdims=True)
    within, whole = symmetric_predictor(law), symmetric_predictor(pooled[:, :, None])
    return Evidence(
        measured={
            "image_to_text_difference": max(forward),
            "text_to_image_difference": min(back),
            "erm_from_pooled_optimum": float(np.abs(whole - erm).max()),
            "erm_from_index_optimum": float(np.abs(within - erm).max()),
        },
        bar={
            "image_to_text_difference": (0.0, 1e-12),
            "text_to_image_difference": (1e-9, None),
            "erm_from_pooled_optimum": (0.0, 1e-5),
            "erm_from_index_optimum": (1e-2, None),
        },
        note="predictors p(y) exp s(x, y) of the symmetric optima at infinitely many negatives; 1e-5: what the search "
        "for the optimum leaves",
    )


def _separated(agreement: float = 0.95, prior: float = 0.9) -> tuple[Environments, FiniteLaw]:
    """Two environments, each with a class and a context of its own that are independent inside it; reversed test."""

    def law(y: np.ndarray, s: np.ndarray) -> FiniteLaw:
        joint = np.einsum("y,yc,ys->ycs", y, noisy_copy(2, 0.75), s)
        return FiniteLaw(("y", "c", "s"), joint).pushforward("x", lambda c, s: 2 * c + s, ("c", "s"), levels=4)

    laws = {}
    for e in range(2):
        often = noisy_copy(2, agreement)[e]
        laws[f"train_{e}"] = law(noisy_copy(2, prior)[e], np.tile(often, (2, 1)))
    return Environments(laws), law(np.array([0.5, 0.5]), noisy_copy(2, 0.1))


def different_class_laws(setting: Setting, seed: int, context: Context) -> Evidence:
    """Class and context independent in each environment, dependent in the pool: here index batches do help."""
    training, test = _separated()
    law, table = training.joint(), test.marginal(("x", "y"))
    return Evidence(
        measured={
            "ood_accuracy_within_index": accuracy(table, within_index(law)),
            "ood_accuracy_pruned": accuracy(table, pruned(law)),
            "optimum_difference": deviation(within_index(law), pruned(law)),
        },
        bar={
            "ood_accuracy_within_index": (0.75 - 1e-9, 0.75 + 1e-9),
            "ood_accuracy_pruned": (0.10 - 1e-9, 0.10 + 1e-9),
            "optimum_difference": (0.5, None),
        },
    )


def _limit(law: np.ndarray, critic: np.ndarray) -> float:
    """sum_z p(z) L_inf(s; p(x, y | z))."""
    strata = law.sum(axis=(0, 1))
    return sum(float(p) * infonce_limit(law[:, :, z] / p, critic) for z, p in enumerate(strata))


def index_criterion(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random environments of four kinds: the closed criterion against the fitted optimum of index batches."""
    rng = np.random.default_rng(seed)
    disagreements, invariant, invariant_though_dependent, smallest, slopes = 0.0, 0.0, 0.0, np.inf, []
    for index in range(setting["laws"]):
        law = content_and_context(KINDS[index % 4], rng=rng)
        named, content = FiniteLaw(("e", "u", "s", "y"), law), law.sum(axis=2)
        given_y, given_u = named.conditional("s", ("e", "y")), named.conditional("s", ("e", "u"))
        # sum_e pi_e p_e(y) p(u|y) [p_e(s|y) - p_e(s|u)]
        defect = np.einsum("euy,eys->usy", content, given_y) - np.einsum("euy,eus->usy", content, given_u)
        holds = bool(np.abs(defect).max() <= 1e-12)
        target = np.log(named.conditional("u", "y")).T.repeat(law.shape[2], axis=0)
        joint = np.moveaxis(law, 0, 3).reshape(len(target), -1, len(law))
        gap = deviation(stratified_optimum(joint), target)
        direction, step = rng.normal(size=target.shape), 1e-5
        ahead, behind = (_limit(joint, target + h * direction) for h in (step, -step))
        predicted = (defect.reshape(target.shape) * direction).sum()
        slopes.append(abs((ahead - behind) / (2 * step) + predicted))
        disagreements += holds != (gap <= 1e-9)
        invariant += holds
        invariant_though_dependent += holds and not named.independent("s", "y", "e", tolerance=1e-9)
        smallest = min(smallest, np.inf if holds else gap)
    return Evidence(
        measured={
            "disagreements": disagreements,
            "invariant_laws": invariant,
            "invariant_though_dependent_inside": invariant_though_dependent,
            "smallest_other_deviation": smallest,
            "slope_error": max(slopes),
        },
        bar={
            "disagreements": (0.0, 0.0),
            "invariant_laws": (setting["laws"] / 2, setting["laws"] / 2),
            "invariant_though_dependent_inside": (1.0, None),
            "smallest_other_deviation": (1e-3, None),
            "slope_error": (0.0, 1e-8),
        },
        note="slope: the criterion is minus the derivative of the loss at log p(u|y). dependent inside: "
        "opposite dependences of context and class cancel over the environments",
    )


def trusted_content_in_an_index(setting: Setting, seed: int, context: Context) -> Evidence:
    """Context and class independent in every environment, content and context dependent given the class."""
    training, test = trusted_bits()
    law = training.joint()
    return Evidence(
        measured={
            "context_class_information": law.conditional_mutual_information("y", "s", "environment"),
            "deviation": deviation(within_index(law), invariant_logits(law)),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), within_index(law)),
        },
        bar={
            "context_class_information": (0.0, 1e-12),
            "deviation": (0.5, None),
            "ood_accuracy": (0.10 - 1e-9, 0.10 + 1e-9),
        },
        ceiling={"ood_accuracy": 0.75},
    )


def context_strata_are_invariant(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random p(u|y) p(s|y): closed form, fit, and optimality in every stratum; images that blur the context too."""
    rng = np.random.default_rng(seed)
    closed, fitted, blurred, gaps = [], [], [], []
    for _ in range(setting["laws"]):
        law = content_and_context("any", rng=rng).sum(axis=0)
        named, joint = FiniteLaw(("u", "s", "y"), law), shown(law)
        target = np.log(named.conditional("u", "y")).T.repeat(law.shape[1], axis=0)
        score = proposal_optimum(joint.sum(axis=2), within_strata(joint))
        closed.append(deviation(score, target))
        fitted.append(deviation(stratified_optimum(joint), target))
        gaps += [finite_k_gap(joint[:, :, s] / p, score, 3) for s, p in enumerate(named.marginal("s"))]
        copy = random_rows(law.shape[1], levels=law.shape[1], rng=rng)
        hidden = np.einsum("usy,sn->unys", law, copy).reshape(joint.shape)
        blurred.append(deviation(stratified_optimum(hidden), target))
    training, test = coloured_classes(classes=setting["classes"])
    observed = training.joint()
    return Evidence(
        measured={
            "closed_deviation": max(closed),
            "fitted_deviation": max(fitted),
            "fitted_deviation_when_blurred": max(blurred),
            "largest_gap_in_a_stratum": max(gaps),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), within_context(observed)),
            "penalty": irmv1_penalty(observed.marginal(("environment", "x", "y")), logits("within_context", observed)),
        },
        bar={
            "closed_deviation": (0.0, 1e-12),
            "fitted_deviation": (0.0, 1e-6),
            "fitted_deviation_when_blurred": (0.0, 1e-6),
            "largest_gap_in_a_stratum": (-1e-12, 1e-12),
            "ood_accuracy": (0.75 - 1e-9, 0.75 + 1e-9),
            "penalty": (0.0, 1e-15),
        },
        note="blurred: the image shows a noisy copy of the context, so it occurs in several strata; gap: excess of the "
        "shared score over the best score of each stratum alone, K = 3",
    )


def trusted_content_in_a_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """The context tells whether the content is right: strata cannot remove what is not a class-context dependence."""
    training, test = trusted_bits()
    law = training.joint()
    return Evidence(
        measured={
            "deviation": deviation(within_context(law), invariant_logits(law)),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), within_context(law)),
        },
        bar={"deviation": (0.5, None), "ood_accuracy": (0.10 - 1e-9, 0.10 + 1e-9)},
        ceiling={"ood_accuracy": 0.75},
    )


def one_class_strata(setting: Setting, seed: int, context: Context) -> Evidence:
    """Every context shows one class only: its batches repeat the positive and no critic is better than another."""
    training, _ = coloured_classes(classes=2, colour=(1.0, 1.0), test=0.1)
    law = training.pooled().marginal(("x", "y", "s"))
    rng = np.random.default_rng(seed)
    losses = [stratified_loss(law, 3 * rng.normal(size=(4, 2)), 4) for _ in range(setting["critics"])]
    undetermined = np.isnan(proposal_optimum(law.sum(axis=2), within_strata(law))).sum()
    return Evidence(
        measured={"spread_of_losses": float(np.ptp(losses)), "undetermined_scores": float(undetermined)},
        bar={"spread_of_losses": (0.0, 1e-12), "undetermined_scores": (4.0, 4.0)},
        note=f"every critic has the loss log K = {np.log(4):.6f}",
    )


_INDEX, _CRITERION, _STRATA = (
    "negatives.within_environment_index",
    "negatives.index_criterion",
    "negatives.within_context",
)
_ONE_LAW = "class frequencies are the same in all environments"
_DIRECTION = "image-to-text direction"
_CONTENT = "content and context independent given the class, p(u|y) the same in all environments"
_POSITIVE = "every class occurs in every context"
_SOURCE = "own"

CLAIMS = (
    Claim(
        id=_INDEX,
        statement="Batches drawn within an environment index leave class-only InfoNCE unchanged, for every critic and "
        "every K: the optimum is pooled ERM as before.",
        formula=r"p_e(y)=p(y)\ \forall e\ \Rightarrow\ \sum_e\pi_e L_K^e(s)=L_K(s)\ \forall s,K",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_ONE_LAW, _DIRECTION, "one critic for all environments", "captions hold the class token alone"),
        check=index_batches_change_nothing,
        **every_preset({"laws": 20, "k": [2, 3, 5]}),
    ),
    Claim(
        id=f"{_INDEX}.different_class_laws",
        statement="Where class frequencies differ, index batches can help: context and class independent inside each "
        "environment, dependent in the pool.",
        formula=r"S\perp Y\mid e,\ S\not\perp Y\ \Rightarrow\ s^*=\log p(u\mid y)+c(x)\neq s^*_{\text{pool}}",
        source=f"{_SOURCE} (equal class frequencies dropped)",
        form="violation",
        track="exact",
        assumptions=(_DIRECTION, "one critic for all environments", "captions hold the class token alone"),
        check=different_class_laws,
        drops=(_INDEX, _ONE_LAW),
        **every_preset({}),
    ),
    Claim(
        id=f"{_INDEX}.both_directions",
        statement="From text to image the negatives are images, whose law does differ between environments: the "
        "symmetric loss of index batches is another loss, and pooled ERM is not its optimum.",
        formula=r"p_e(x)\ne p(x)\ \Rightarrow\ \sum_e\pi_e L_{K}^{e,t\to x}(s)\ne L_{K}^{t\to x}(s)",
        source=f"{_SOURCE} (one direction dropped)",
        form="violation",
        track="exact",
        assumptions=(_ONE_LAW, "one critic for all environments", "captions hold the class token alone"),
        check=symmetric_index_batches,
        drops=(_INDEX, _DIRECTION),
        **every_preset({"critics": 5}),
    ),
    Claim(
        id=_CRITERION,
        statement="Index batches have the invariant optimum iff the differences p_e(s|y) - p_e(s|u), weighted by "
        "p_e(y) p(u|y), cancel over the environments: context and class independent inside each is enough, not needed.",
        formula=r"s^*=\log p(u\mid y)+c(x)\iff\sum_e\pi_e\,p_e(y)\,p(u\mid y)\,[p_e(s\mid y)-p_e(s\mid u)]=0"
        r"\quad\forall u,s,y",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_CONTENT, _DIRECTION, "one critic for all environments", "infinitely many negatives"),
        check=index_criterion,
        **every_preset({"laws": 100}),
    ),
    Claim(
        id=f"{_CRITERION}.dependent_content",
        statement="If the context tells whether the content is right, index batches keep it although context and class "
        "are independent inside every environment.",
        formula=r"S\perp Y\mid e,\ U\not\perp S\mid Y\ \Rightarrow\ s^*(x,y)\ \text{depends on}\ s",
        source=f"{_SOURCE} (independence given the class dropped)",
        form="violation",
        track="exact",
        assumptions=(_DIRECTION, "one critic for all environments", "infinitely many negatives"),
        check=trusted_content_in_an_index,
        drops=(_CRITERION, _CONTENT),
        **every_preset({}),
    ),
    Claim(
        id=_STRATA,
        statement="Batches drawn within a context stratum, one score for all strata, have the optimum log p(u|y): best "
        "in every stratum at once, free of the class-context correlation.",
        formula=r"\arg\min_s\sum_s p(s)\,L_K(s;p(x,y\mid s))=\log\frac{p(y\mid x)}{p(y\mid s(x))}+a(x)"
        r"=\log p(u\mid y)+c(x)",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_CONTENT, _POSITIVE, "one critic for all strata"),
        check=context_strata_are_invariant,
        **every_preset({"laws": 20, "classes": 2}, {"laws": 20, "classes": 10}),
    ),
    Claim(
        id=f"{_STRATA}.dependent_content",
        statement="If the context tells whether the content is right, strata do not remove it.",
        formula=r"U\not\perp S\mid Y\ \Rightarrow\ \frac{p(y\mid u,s)}{p(y\mid s)}\ \text{depends on}\ s",
        source=f"{_SOURCE} (independence given the class dropped)",
        form="violation",
        track="exact",
        assumptions=(_POSITIVE, "one critic for all strata"),
        check=trusted_content_in_a_context,
        drops=(_STRATA, _CONTENT),
        **every_preset({}),
    ),
    Claim(
        id=f"{_STRATA}.missing_positivity",
        statement="If every context shows one class only, batches within a context repeat the positive, and every "
        "critic has the same loss.",
        formula=r"p(y\mid s)\in\{0,1\}\ \Rightarrow\ L_K(s)=\log K\ \forall s",
        source=f"{_SOURCE} (positivity dropped)",
        form="violation",
        track="exact",
        assumptions=(_CONTENT, "one critic for all strata"),
        check=one_class_strata,
        drops=(_STRATA, _POSITIVE),
        **every_preset({"critics": 10}),
    ),
)
