"""Which representations are IRM-optimal, and whether they are free of the context."""

import numpy as np
from jaxtyping import Float, Int

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.invariance.irm import irm_by_enumeration, representations
from identifiability.exact.invariance.models import bits_table, deterministic_labels
from scm import FiniteLaw


def irm_optima_and_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """I(S; Phi | C) of every IRM optimum of the coloured problem whose class is the content bit."""
    joint = bits_table(0.0, np.array(setting["colour"]))
    solution = irm_by_enumeration(joint)
    pooled, leaks = joint.sum(axis=0), []
    for optimum in solution.optima:
        law = _with_representation(pooled, np.array(optimum))
        law = law.pushforward("c", lambda x: x // 2, "x").pushforward("s", lambda x: x % 2, "x")
        leaks.append(law.conditional_mutual_information("s", "phi", "c"))
    return Evidence(
        measured={
            "irm_optima": float(len(leaks)),
            "largest_context_information": max(leaks),
            "least_context_information": min(leaks),
        },
        bar={"largest_context_information": (0.0, 1e-12)},
        series={"representations": [list(optimum) for optimum in solution.optima], "context_information": leaks},
        note="content bit = class, colour .9 and .8. Phi = id, which keeps the colour, is among the optima",
    )


def optima_refine_the_classes(setting: Setting, seed: int, context: Context) -> Evidence:
    """The set of IRM optima against the set of representations that determine the class."""
    rng = np.random.default_rng(seed)
    tables = [deterministic_labels(rng) for _ in range(setting["models"])]
    mismatches = sum(_optima_and_refinements_differ(joint) for joint in tables)
    return Evidence(
        measured={"models": float(len(tables)), "models_that_differ": float(mismatches)},
        bar={"models_that_differ": (0.0, 0.0)},
    )


def optima_refine_the_classes_no_more(setting: Setting, seed: int, context: Context) -> Evidence:
    """With noisy labels a representation that keeps the likeliest class may be infeasible."""
    joint = bits_table(setting["label_noise"], np.array(setting["colour"]))
    every, solution = representations(joint), irm_by_enumeration(joint)
    finest = int(every.labels.max(axis=1).argmax())
    return Evidence(
        measured={
            "sets_differ": float(_optima_and_refinements_differ(joint)),
            "identity_is_feasible": float(every.feasible[finest]),
            "irm_optima": float(len(solution.optima)),
        },
        bar={"sets_differ": (1.0, 1.0), "identity_is_feasible": (0.0, 0.0)},
    )


def _optima_and_refinements_differ(joint: Float[np.ndarray, "e x y"]) -> bool:
    classes = joint.sum(axis=0).argmax(axis=1)
    same_class = classes[:, None] == classes
    refining = {tuple(p) for p in representations(joint).labels.tolist() if same_class[np.equal.outer(p, p)].all()}
    return refining != set(irm_by_enumeration(joint).optima)


def _with_representation(pooled: Float[np.ndarray, "x y"], labels: Int[np.ndarray, " x"]) -> FiniteLaw:
    return FiniteLaw(("x", "y"), pooled).pushforward("phi", lambda x: int(labels[x]), "x")


_SOURCE = "CLIP-IRM (CVPR 2026), Theorem 5"
_FINITE = "finitely many images and classes"
_UNRESTRICTED = "representation unrestricted"
_CLASSIFIER = "classifier on top of it unrestricted"
_LOSS = "loss is the cross-entropy"
_DETERMINED = "the image determines the class"
_OPTIMA = "irm.optima_determine_the_class"

CLAIMS = (
    Claim(
        id="irm.optima_drop_the_context",
        statement="Every IRM-optimal representation is free of the context, as the optimum of the alignment loss is.",
        formula=r"\Phi\in\arg\min\mathrm{IRM}\Rightarrow\Phi=h'(z^{\mathrm{cls}})",
        source=f"{_SOURCE}, read from IRM to alignment",
        form="printed",
        track="exact",
        assumptions=(_FINITE, _DETERMINED),
        check=irm_optima_and_context,
        **every_preset({"colour": [0.9, 0.8]}),
    ),
    Claim(
        id=_OPTIMA,
        statement="When the image determines the class, the IRM-optimal representations are exactly those that "
        "determine it; the whole image, context included, is one of them.",
        formula=r"\arg\min\mathrm{IRM}=\{\Phi:\sigma(\Phi)\supseteq\sigma(y)\}",
        source=f"{_SOURCE}, corrected; own proof",
        form="corrected",
        track="exact",
        assumptions=(_FINITE, _UNRESTRICTED, _CLASSIFIER, _LOSS, _DETERMINED),
        check=optima_refine_the_classes,
        **every_preset({"models": 60}),
    ),
    Claim(
        id=f"{_OPTIMA}.label_noise",
        statement="With label noise and a spurious colour, keeping the colour is infeasible: not every representation "
        "that determines the content is optimal.",
        formula=r"\Phi=\mathrm{id}\text{ infeasible},\quad\sigma(\Phi)\supseteq\sigma(c)",
        source=f"{_SOURCE}, corrected (determined class dropped)",
        form="violation",
        track="exact",
        assumptions=(_FINITE, _UNRESTRICTED, _CLASSIFIER, _LOSS),
        check=optima_refine_the_classes_no_more,
        drops=(_OPTIMA, _DETERMINED),
        **every_preset({"label_noise": 0.25, "colour": [0.9, 0.8]}),
    ),
)
