"""Alignment with maximal entropy on finite models: the common part, and why discrete text needs it."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
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
from identifiability.exact.common_part import align_max_entropy, all_maps, common_part
from identifiability.exact.random_laws import random_law


def captions_identify_what_they_name(setting: Setting, seed: int, context: Context) -> Evidence:
    """Components for full and pruned captions; the graph's answer against the enumeration of every encoder."""
    model = caption_model(classes=setting["classes"], environments=setting["environments"])
    measured: dict[str, float] = {}
    bar: dict[str, tuple[float | None, float | None]] = {}
    for name, caption, factors in (("full", FULL, (CLASS, ENVIRONMENT)), ("pruned", PRUNED, (CLASS,))):
        part = common_part(image_caption_law(model, caption))
        named = factor_of_image(model, factors)
        levels = len(np.unique(named))
        pairs = len(np.unique(np.stack([part.image, named]), axis=1).T)
        measured[f"{name}_components"] = float(part.count)
        # a bijection between labels: as many joint values as values of either
        measured[f"{name}_unmatched"] = float(2 * pairs - part.count - levels)
        measured[f"{name}_entropy_gap"] = abs(part.entropy - model.entropy(factors))
        bar[f"{name}_components"] = (float(levels), float(levels))
        bar |= {f"{name}_unmatched": (0.0, 0.0), f"{name}_entropy_gap": (0.0, 1e-12)}
    rng = np.random.default_rng(seed)
    gaps, strangers = [0.0], 0.0
    for _ in range(setting["laws"]):
        law = random_law(5, 4, zeros=0.7, rng=rng)
        part = common_part(law)
        entropy, maximisers = align_max_entropy(law, 4)
        gaps.append(abs(entropy - part.entropy))
        present = part.image >= 0
        for f in np.unique(maximisers[:, present], axis=0):
            strangers += len(np.unique(np.stack([f, part.image[present]]), axis=1).T) != part.count
    measured |= {"enumeration_gap": max(gaps), "other_maximisers": strangers}
    bar |= {"enumeration_gap": (0.0, 1e-12), "other_maximisers": (0.0, 0.0)}
    return Evidence(measured=measured, bar=bar)


def token_noise_merges_everything(setting: Setting, seed: int, context: Context) -> Evidence:
    """Any chance of a wrong token, however small, connects all images."""
    part = common_part(image_caption_law(caption_model(noise=setting["noise"]), FULL))
    return Evidence(
        measured={"components": float(part.count), "entropy": part.entropy},
        bar={"components": (1.0, 1.0), "entropy": (-1e-12, 1e-12)},
    )


def discrete_text_has_no_entropy(setting: Setting, seed: int, context: Context) -> Evidence:
    """Enumerate every encoder of a finite text into points of a line and let the smoothing of its code vanish."""
    law = random_law(setting["texts"], rng=np.random.default_rng(seed))
    encoders = all_maps(setting["texts"], setting["codes"]) / setting["codes"]
    exponents = np.arange(4, 41, 4)
    entropies = np.array([[smoothed_entropy(g, law, 0.5**k) for k in exponents] for g in encoders])
    slopes = np.diff(entropies, axis=1) / (-np.log(2.0) * np.diff(exponents))  # per unit of log width
    return Evidence(
        measured={
            "encoders_with_finite_entropy": float((np.abs(slopes).max(axis=1) < 1e-9).sum()),
            "encoders": float(len(encoders)),
            "slope_gap": float(np.abs(slopes - 1.0).max()),
        },
        bar={"encoders_with_finite_entropy": (1.0, None)},
        series={"log2_width": (-exponents).tolist(), "largest_entropy": entropies.max(axis=0).tolist()},
        note="the entropy of every code falls by log 2 at each halving of the width: the loss is +inf for all of them; "
        "a footnote of the paper asks for codes on a continuous space, which no code of finitely many captions fills",
    )


_COMMON = "gk.common_part"

CLAIMS = (
    Claim(
        id=_COMMON,
        statement="On finite image-text laws, exact alignment with maximal entropy recovers the connected components "
        "of the support graph, up to relabelling: class and environment from full captions, the class from pruned "
        "ones.",
        formula=r"\operatorname*{arg\,max}_{f(X)=g(T)\ \text{a.s.}} H(f(X)) = "
        r"\{\pi\circ\text{component}:\ \pi\ \text{bijective}\}",
        source="arXiv 2510.26302, Theorem 5, restated for discrete text; Gacs and Koerner 1973",
        form="corrected",
        track="exact",
        assumptions=("tokens name their factor without error", "as many codes as components"),
        check=captions_identify_what_they_name,
        **every_preset({"classes": 3, "environments": 2, "laws": 50}, {"classes": 5, "environments": 4, "laws": 0}),
    ),
    Claim(
        id=f"{_COMMON}.token_noise",
        statement="If a token may name the wrong factor, with any positive probability, the common part is constant "
        "and alignment with maximal entropy collapses.",
        formula=r"p(t\mid z)>0\ \forall t,z\ \Rightarrow\ \text{common part constant}",
        source="arXiv 2510.26302, Theorem 5 (error-free tokens dropped)",
        form="violation",
        track="exact",
        assumptions=("as many codes as components",),
        check=token_noise_merges_everything,
        drops=(_COMMON, "tokens name their factor without error"),
        **every_preset({"noise": 0.1}, {"noise": 1e-9}),
    ),
    Claim(
        id="thm5.vacuous_on_discrete_text",
        statement="The token-level alignment loss with differential entropy has a minimiser when captions are "
        "discrete tokens.",
        formula=r"\exists f,g:\ \mathbb E\|f(x)-g(X)\|-H(f(x))-H(g(X))<\infty\quad"
        r"(\text{discrete } X:\ H(g(X))=-\infty\ \forall g)",
        source="arXiv 2510.26302, Theorem 5",
        form="printed",
        track="exact",
        assumptions=("captions are finitely many token sequences", "H is differential entropy"),
        check=discrete_text_has_no_entropy,
        **every_preset({"texts": 4, "codes": 4}),
    ),
)
