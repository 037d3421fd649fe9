"""The population optimum of InfoNCE on finite laws: its critic, its values, its gaps at every K."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.claims.discretisation import DISCRETISATION
from identifiability.exact.common_part import common_part
from identifiability.exact.distinct_negatives import best_distinct_negatives, distinct_negatives_loss
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


def negatives_that_differ_from_the_positive(setting: Setting, seed: int, context: Context) -> Evidence:
    """The least divergence that any critic of pairs attains, by convex descent, at K = 2 and at larger K."""
    rng = np.random.default_rng(seed)
    two, more, gradient = 0.0, np.inf, 0.0
    for _ in range(setting["laws"]):
        joint = random_law(3, 4, rng=rng)
        text = joint.sum(axis=0)
        corrected = population_optimum(joint) - np.log(1 - text)
        two = max(two, abs(distinct_negatives_loss(joint, corrected, 2).divergence))
        for k in setting["k"]:
            best = best_distinct_negatives(joint, k)
            more, gradient = min(more, best.divergence), max(gradient, float(np.abs(best.gradient).max()))
    return Evidence(
        measured={"divergence_at_k_2": two, "least_divergence": more, "largest_gradient": gradient},
        bar={
            "divergence_at_k_2": (0.0, 1e-12),
            "least_divergence": (0.1, None),
            "largest_gradient": (0.0, 1e-7),
        },
        note="divergence_at_k_2: of the critic log p(t|x) / (p(t) (1 - p(t))), which is optimal for two candidates; "
        "least_divergence: of the best critic of pairs at K >= 3, in nats; it would be 0 if the excess were the "
        "divergence",
    )


def _offset_excesses(k: int, seed: int, directions: tuple[str, ...]) -> dict[str, float]:
    """What offsets cost on a law with two components: one a component, one an image, one a text."""
    rng = np.random.default_rng(seed)
    blocks = [random_law(2, 3, rng=rng), random_law(3, 2, rng=rng)]
    joint = np.block([[0.4 * blocks[0], np.zeros((2, 2))], [np.zeros((3, 3)), 0.6 * blocks[1]]])
    optimum, component = population_optimum(joint), common_part(joint).image
    texts = common_part(joint).text

    def loss(critic: np.ndarray) -> float:
        anchored = {"image": (joint, critic), "text": (joint.T, critic.T)}
        return float(np.mean([infonce_loss(*anchored[direction], k) for direction in directions]))

    offsets = {
        "component": np.where(component[:, None] == texts, rng.normal(size=2)[component][:, None], 0.0),
        "image": rng.normal(size=(5, 1)),
        "text": rng.normal(size=(1, 5)),
    }
    return {f"{name}_offset_excess": abs(loss(optimum + offset) - loss(optimum)) for name, offset in offsets.items()}


def symmetric_offset(setting: Setting, seed: int, context: Context) -> Evidence:
    """Offsets of the critic under the symmetric loss: free on components, costly inside them."""
    return Evidence(
        measured=_offset_excesses(setting["k"], seed, ("image", "text")),
        bar={
            "component_offset_excess": (0.0, 1e-12),
            "image_offset_excess": (1e-6, None),
            "text_offset_excess": (1e-6, None),
        },
    )


def one_direction_frees_the_offset(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same offsets when only images are anchors: one constant an image, inside components too."""
    return Evidence(
        measured=_offset_excesses(setting["k"], seed, ("image",)),
        bar={"image_offset_excess": (0.0, 1e-12), "text_offset_excess": (1e-6, None)},
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


def other_negatives_are_no_cross_entropy(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same difference when negatives come from q(t); what it is then is -E log q(t), in place of H(T)."""
    rng = np.random.default_rng(seed)
    printed, corrected = [], []
    for _ in range(setting["laws"]):
        joint, critic, negatives = random_law(6, 3, rng=rng), rng.normal(size=(6, 3)), random_law(3, rng=rng)
        text = joint.sum(axis=0)
        limit = infonce_limit(joint, critic, negatives=negatives)
        entropy = FiniteLaw(("x", "t"), joint).entropy("t")
        printed.append(abs(limit - cross_entropy(joint, critic) + entropy))
        weighted = critic + np.log(negatives / text)  # its classifier is proportional to q(t) exp s(x, t)
        corrected.append(abs(limit - cross_entropy(joint, weighted) - text @ np.log(negatives)))
    return Evidence(
        measured={"least_identity_error": min(printed), "corrected_identity_error": max(corrected)},
        bar={"least_identity_error": (1e-4, None), "corrected_identity_error": (0.0, 1e-12)},
        note="corrected: L_inf = CE(q_s) - CE(p(t), q(t)) with q_s(t|x) proportional to q(t) exp s(x, t)",
    )


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


def token_noise_lifts_the_floor(setting: Setting, seed: int, context: Context) -> Evidence:
    """Tokens that are redrawn now and then: the infimum is higher, and finite scores attain it."""
    classes, k, noise = setting["classes"], setting["k"], setting["noise"]
    joint = ((1 - noise) * np.eye(classes) + noise / classes) / classes
    optimum = population_optimum(joint)
    floor, attained = noise_free_floor(joint.sum(axis=0), k), infonce_loss(joint, optimum, k)
    return Evidence(
        measured={
            "floor_excess": attained - floor,
            "largest_score": float(np.abs(optimum).max()),
            "divergence_at_optimum": abs(finite_k_gap(joint, optimum, k)),
        },
        bar={
            "floor_excess": (0.01, None),
            "largest_score": (None, 20.0),
            "divergence_at_optimum": (0.0, 1e-12),
        },
        note="divergence 0: the critic is optimal; its scores are finite, so the infimum is attained",
    )


_OPTIMUM = "infonce.population_optimum"
_GAP = "infonce.finite_k_gap"
_SYMMETRIC = "infonce.symmetric_optimum"
_LIMIT = "infonce.limit_is_cross_entropy"
_FLOOR = "infonce.noise_free_floor"
_FROM_MARGINAL = "negatives i.i.d. from p(t)"
_UNRESTRICTED = "critic unrestricted"
_DIRECTION = "image-to-text direction"
_FROM_BOTH = "negatives i.i.d. from p(t) and p(x)"
_BOTH = "mean of both directions"
_ERROR_FREE = "tokens name the class without error"
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
        assumptions=(_UNRESTRICTED, _FROM_MARGINAL, _DIRECTION),
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
        assumptions=(_UNRESTRICTED, _DIRECTION),
        check=other_negatives_move_the_optimum,
        drops=(_OPTIMUM, _FROM_MARGINAL),
        **every_preset({"laws": 20}),
    ),
    Claim(
        id=_GAP,
        statement="At every K the excess of a critic over the optimum is the expected divergence of its softmax from "
        "the posterior of the positive's position.",
        formula=r"L_K(s)-L_K(s^*)=\mathbb E\,\mathrm{KL}\big(p(J\mid x,t_{1:K})\,\|\,"
        r"\mathrm{softmax}_k\, s(x,t_k)\big)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_UNRESTRICTED, "negatives i.i.d."),
        check=gap_is_divergence,
        **every_preset({"laws": 10, "k": [2, 3, 5, 10]}),
    ),
    Claim(
        id=f"{_GAP}.distinct_negatives",
        statement="If negatives are redrawn until they differ from the positive, no critic of pairs attains the "
        "posterior of the position from K = 3 on, so the excess over the best one is less than the divergence.",
        formula=r"t_k\sim p(t\mid t\neq t_1)\ \Rightarrow\ \min_s\ \mathbb E\,\mathrm{KL}\big(p(J\mid x,t_{1:K})\,\|\,"
        r"\mathrm{softmax}_k\, s(x,t_k)\big)>0,\quad K\ge3",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_UNRESTRICTED,),
        check=negatives_that_differ_from_the_positive,
        drops=(_GAP, "negatives i.i.d."),
        **every_preset({"laws": 5, "k": [3, 5]}),
    ),
    Claim(
        id=_SYMMETRIC,
        statement="Under the symmetric loss the free offset shrinks to one constant on each component of the support.",
        formula=r"a(x)=b(t)\ \text{wherever}\ p(x,t)>0",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_UNRESTRICTED, _FROM_BOTH, _BOTH),
        check=symmetric_offset,
        **every_preset({"k": 4}),
    ),
    Claim(
        id=f"{_SYMMETRIC}.one_direction",
        statement="If only images are anchors, one constant for every image stays free, inside components too.",
        formula=r"L_K\big(s^*(x,t)+a(x)\big)=L_K(s^*)\quad\forall\,a",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_UNRESTRICTED, _FROM_BOTH),
        check=one_direction_frees_the_offset,
        drops=(_SYMMETRIC, _BOTH),
        **every_preset({"k": 4}),
    ),
    Claim(
        id=_LIMIT,
        statement="The limiting InfoNCE is the cross-entropy of the critic's classifier minus the entropy of the text.",
        formula=r"L_\infty(s)=\mathrm{CE}(q_s)-H(T),\quad q_s(t\mid x)\propto p(t)e^{s(x,t)}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_FROM_MARGINAL, _DIRECTION),
        check=limit_is_cross_entropy,
        **every_preset({"laws": 20}),
    ),
    Claim(
        id=f"{_LIMIT}.other_negatives",
        statement="With negatives from another law q(t) the limiting InfoNCE is another cross-entropy, minus that of "
        "the text coded by q(t) in place of its entropy.",
        formula=r"t_k\sim q\ \Rightarrow\ L_\infty(s)=\mathrm{CE}(q_s)-\mathrm{CE}(p(t),q),\quad "
        r"q_s(t\mid x)\propto q(t)e^{s(x,t)}",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_DIRECTION,),
        check=other_negatives_are_no_cross_entropy,
        drops=(_LIMIT, _FROM_MARGINAL),
        **every_preset({"laws": 20}),
    ),
    Claim(
        id=_FLOOR,
        statement="With error-free tokens InfoNCE cannot fall below the cost of negatives that repeat the positive, "
        "and no finite critic attains that floor.",
        formula=r"\inf_s L_K(s)=\sum_y p(y)\,\mathbb E\log\big(1+\mathrm{Bin}(K-1,p(y))\big)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_ERROR_FREE, _FROM_MARGINAL),
        check=error_free_tokens_have_a_floor,
        **every_preset({"classes": 5, "k": 8, "score": 12.0}),
    ),
    Claim(
        id=f"{_FLOOR}.token_noise",
        statement="If tokens are redrawn now and then, the infimum lies above that floor, and finite scores attain it.",
        formula=r"p(t\mid y)=(1-\epsilon)\,\delta_{ty}+\epsilon/C\ \Rightarrow\ \min_s L_K(s)="
        r"L_K\Big(\log\frac{p(t\mid x)}{p(t)}\Big)>\mathbb E\log\big(1+\mathrm{Bin}(K-1,\tfrac1C)\big)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_FROM_MARGINAL,),
        check=token_noise_lifts_the_floor,
        drops=(_FLOOR, _ERROR_FREE),
        **every_preset({"classes": 5, "k": 8, "noise": 0.01}),
    ),
    *DISCRETISATION,
)
