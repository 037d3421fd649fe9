"""The population optimum of InfoNCE on finite laws: its critic, its values, its gaps at every K."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.common_part import common_part
from identifiability.exact.gaussian_information import block_information, discretised_information
from identifiability.exact.infonce import (
    cross_entropy,
    finite_k_gap,
    infonce_limit,
    infonce_loss,
    noise_free_floor,
    population_optimum,
)
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw


def log_ratio_is_optimal(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random laws and critics: the limit's excess is a divergence, the optimum has value -I, offsets are free."""
    rng = np.random.default_rng(seed)
    value, excess, offset, smallest = 0.0, 0.0, 0.0, np.inf
    for _ in range(setting["laws"]):
        joint = random_law(5, 4, zeros=setting["zeros"], rng=rng)
        law = FiniteLaw(("x", "t"), joint)
        optimum = population_optimum(joint)
        critic = rng.normal(size=joint.shape)
        value = max(value, abs(infonce_limit(joint, optimum) + law.mutual_information("x", "t")))
        # E KL(p(.|x) || q_s(.|x)) = CE(q_s) - H(T | X)
        divergence = cross_entropy(joint, critic) - law.entropy("t", "x")
        excess = max(excess, abs(infonce_limit(joint, critic) - infonce_limit(joint, optimum) - divergence))
        shifted = optimum + rng.normal(size=(5, 1))
        for k in setting["k"]:
            offset = max(offset, abs(infonce_loss(joint, shifted, k) - infonce_loss(joint, optimum, k)))
            smallest = min(smallest, infonce_loss(joint, critic, k) - infonce_loss(joint, optimum, k))
    return Evidence(
        measured={
            "optimal_value_error": value,
            "limit_excess_error": excess,
            "offset_effect": offset,
            "smallest_excess_of_other_critics": smallest,
        },
        bar={
            "optimal_value_error": (0.0, 1e-12),
            "limit_excess_error": (0.0, 1e-12),
            "offset_effect": (0.0, 1e-12),
            "smallest_excess_of_other_critics": (1e-6, None),
        },
    )


def gap_is_divergence(setting: Setting, seed: int, context: Context) -> Evidence:
    """L_K(s) - L_K(s*) against E KL(index posterior || softmax s), enumerated, negatives from p(t) and from q(t)."""
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(setting["laws"]):
        joint, critic = random_law(4, 4, zeros=0.3, rng=rng), rng.normal(size=(4, 4))
        for negatives in (None, random_law(4, rng=rng)):
            optimum = population_optimum(joint, negatives=negatives)
            for k in setting["k"]:
                excess = infonce_loss(joint, critic, k, negatives=negatives) - infonce_loss(
                    joint, optimum, k, negatives=negatives
                )
                errors.append(abs(excess - finite_k_gap(joint, critic, k, negatives=negatives)))
    return Evidence(measured={"identity_error": max(errors)}, bar={"identity_error": (0.0, 1e-12)})


def other_negatives_move_the_optimum(setting: Setting, seed: int, context: Context) -> Evidence:
    """The critic log p(t | x) / p(t) scored on negatives from another law."""
    rng = np.random.default_rng(seed)
    gaps = []
    for _ in range(setting["laws"]):
        joint, negatives = random_law(4, 4, rng=rng), random_law(4, rng=rng)
        gaps.append(finite_k_gap(joint, population_optimum(joint), 4, negatives=negatives))
    return Evidence(measured={"smallest_excess": min(gaps)}, bar={"smallest_excess": (1e-6, None)})


def symmetric_offset(setting: Setting, seed: int, context: Context) -> Evidence:
    """Offsets of the critic under the symmetric loss: free on components, costly inside them."""
    rng = np.random.default_rng(seed)
    blocks = [random_law(2, 3, rng=rng), random_law(3, 2, rng=rng)]
    joint = np.block([[0.4 * blocks[0], np.zeros((2, 2))], [np.zeros((3, 3)), 0.6 * blocks[1]]])
    optimum, component = population_optimum(joint), common_part(joint).image
    texts = common_part(joint).text

    def excess(critic: np.ndarray) -> float:
        k = setting["k"]
        forward, backward = infonce_loss(joint, critic, k), infonce_loss(joint.T, critic.T, k)
        return (forward + backward - infonce_loss(joint, optimum, k) - infonce_loss(joint.T, optimum.T, k)) / 2

    by_component = np.where(component[:, None] == texts, rng.normal(size=2)[component][:, None], 0.0)
    by_image = rng.normal(size=(5, 1))
    return Evidence(
        measured={
            "component_offset_excess": abs(excess(optimum + by_component)),
            "image_offset_excess": excess(optimum + by_image),
        },
        bar={"component_offset_excess": (0.0, 1e-12), "image_offset_excess": (1e-6, None)},
    )


def limit_is_cross_entropy(setting: Setting, seed: int, context: Context) -> Evidence:
    """L_inf(s) against CE(q_s) - H(T) on random laws and critics."""
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(setting["laws"]):
        joint, critic = random_law(6, 3, zeros=0.2, rng=rng), rng.normal(size=(6, 3))
        entropy = FiniteLaw(("x", "t"), joint).entropy("t")
        errors.append(abs(infonce_limit(joint, critic) - cross_entropy(joint, critic) + entropy))
    return Evidence(measured={"identity_error": max(errors)}, bar={"identity_error": (0.0, 1e-12)})


def error_free_tokens_have_a_floor(setting: Setting, seed: int, context: Context) -> Evidence:
    """The binomial floor against the enumerated infimum for x = t = y, at a uniform and at a random law of y."""
    uniform = np.full(setting["classes"], 1.0 / setting["classes"])
    errors = []
    for law in (uniform, random_law(setting["classes"], rng=np.random.default_rng(seed))):
        joint = np.diag(law)
        enumerated = infonce_loss(joint, population_optimum(joint), setting["k"])
        errors.append(abs(noise_free_floor(law, setting["k"]) - enumerated))
    floor = noise_free_floor(uniform, setting["k"])
    bounded = infonce_loss(np.diag(uniform), setting["score"] * np.eye(setting["classes"]), setting["k"])
    return Evidence(
        measured={"floor_error": max(errors), "floor": floor, "finite_critic_excess": bounded - floor},
        bar={
            "floor_error": (0.0, 1e-12),
            "floor": (0.7703475, 0.7703485),
            "finite_critic_excess": (1e-9, None),
        },
    )


def discretisation_approaches_from_below(setting: Setting, seed: int, context: Context) -> Evidence:
    """Mutual information of two dependent Gaussian blocks, cut ever finer, against the closed form."""
    factor = np.random.default_rng(seed).normal(size=(setting["n"], setting["n"]))
    covariance, split = factor @ factor.T + np.eye(setting["n"]), setting["n"] // 2
    cells = 2 ** np.arange(1, 8)
    closed = block_information(covariance, split)
    gaps = closed - np.array([discretised_information(covariance, split, int(count)) for count in cells])
    return Evidence(
        measured={"least_gap": float(gaps.min()), "largest_gap_ratio": float((gaps[1:] / gaps[:-1]).max())},
        bar={"least_gap": (0.0, None), "largest_gap_ratio": (0.0, 0.7)},
        series={"cells": cells.tolist(), "gap": gaps.tolist(), "information": closed},
        note="largest_gap_ratio: by how much a doubling of the cells shrinks the gap, at worst",
    )


_OPTIMUM = "infonce.population_optimum"
_SOURCE = "own; the objective of arXiv 2510.26302, Eq. 1"

CLAIMS = (
    Claim(
        id=_OPTIMUM,
        statement="For every number of candidates K the critics that minimise InfoNCE are log p(t|x)/p(t) plus any "
        "function of x, and the limiting minimum is minus the mutual information.",
        formula=r"s^*(x,t)=\log\frac{p(t\mid x)}{p(t)}+a(x),\quad "
        r"L_\infty(s)=-I(X;T)+\mathbb E_x\,\mathrm{KL}\big(p(\cdot\mid x)\,\|\,q_s(\cdot\mid x)\big)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=("critic unrestricted", "negatives i.i.d. from p(t)", "image-to-text direction"),
        check=log_ratio_is_optimal,
        **every_preset({"laws": 10, "k": [2, 3, 8], "zeros": 0.0}, {"laws": 10, "k": [2, 3, 8], "zeros": 0.4}),
    ),
    Claim(
        id=f"{_OPTIMUM}.other_negatives",
        statement="With negatives from another law than p(t) the log ratio to p(t) no longer minimises InfoNCE.",
        formula=r"t_k\sim q\neq p(t)\ \Rightarrow\ s^*=\log\frac{p(t\mid x)}{q(t)}+a(x)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=("critic unrestricted", "image-to-text direction"),
        check=other_negatives_move_the_optimum,
        drops=(_OPTIMUM, "negatives i.i.d. from p(t)"),
        **every_preset({"laws": 20}),
    ),
    Claim(
        id="infonce.finite_k_gap",
        statement="At every K the excess of a critic over the optimum is the expected divergence of its softmax from "
        "the posterior of the positive's position.",
        formula=r"L_K(s)-L_K(s^*)=\mathbb E\,\mathrm{KL}\big(p(J\mid x,t_{1:K})\,\|\,"
        r"\mathrm{softmax}_k\, s(x,t_k)\big)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=("critic unrestricted", "negatives i.i.d."),
        check=gap_is_divergence,
        **every_preset({"laws": 10, "k": [2, 3, 5, 10]}),
    ),
    Claim(
        id="infonce.symmetric_optimum",
        statement="Under the symmetric loss the free offset shrinks to one constant on each component of the support.",
        formula=r"a(x)=b(t)\ \text{wherever}\ p(x,t)>0",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=("critic unrestricted", "negatives i.i.d. from p(t) and p(x)"),
        check=symmetric_offset,
        **every_preset({"k": 4}),
    ),
    Claim(
        id="infonce.limit_is_cross_entropy",
        statement="The limiting InfoNCE is the cross-entropy of the critic's classifier minus the entropy of the text.",
        formula=r"L_\infty(s)=\mathrm{CE}(q_s)-H(T),\quad q_s(t\mid x)\propto p(t)e^{s(x,t)}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=("negatives i.i.d. from p(t)", "image-to-text direction"),
        check=limit_is_cross_entropy,
        **every_preset({"laws": 20}),
    ),
    Claim(
        id="infonce.noise_free_floor",
        statement="With error-free tokens InfoNCE cannot fall below the cost of negatives that repeat the positive, "
        "and no finite critic attains that floor.",
        formula=r"\inf_s L_K(s)=\sum_y p(y)\,\mathbb E\log\big(1+\mathrm{Bin}(K-1,p(y))\big)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=("tokens name the class without error", "negatives i.i.d. from p(t)"),
        check=error_free_tokens_have_a_floor,
        **every_preset({"classes": 5, "k": 8, "score": 12.0}),
    ),
    Claim(
        id="infonce.discretisation_bound",
        statement="Cutting Gaussian codes into cells only lowers their mutual information, minus the best InfoNCE, and "
        "it rises to the closed form as the cells shrink.",
        formula=r"I(\bar A;\bar B)\nearrow I(A;B)=\tfrac12\log\frac{\det S_A\det S_B}{\det S}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=("Gaussian blocks",),
        check=discretisation_approaches_from_below,
        **every_preset({"n": 4}),
    ),
)
