"""Trained towers with SWAP hard negatives: training captions, and compositions that training never shows."""

from collections.abc import Mapping

import numpy as np

from identifiability.claims.claim import Context, Evidence, Interval, Preset, Setting
from identifiability.claims.composition.trained_runs import TRAINED, apart, run, swap_evidence, without
from identifiability.claims.equivalence.learned_claims import positive, settings_of, violation


def hard_negatives(setting: Setting, seed: int, context: Context) -> Evidence:
    """Several towers; every one is right on training captions, and on held-out compositions they are so in the mean."""
    bar: Mapping[str, Interval] = {
        "least_swap": (0.99, None),
        "held_out": (0.8, None),
        "held_out_altered": (0.8, None),
        "retrieval": (0.99, None),
    }
    return _mean(setting, seed, context, bar)


def held_out_missed(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same means, with held-out compositions at chance."""
    return _mean(setting, seed, context, {"held_out": (0.4, 0.6), "held_out_altered": (0.4, 0.6)})


def better_on_the_support(setting: Setting, seed: int, context: Context) -> Evidence:
    """Held-out compositions in the order that the law shows, less the same compositions in the other order."""
    return _mean(setting, seed, context, {"least_swap": (0.99, None), "support_advantage": (0.05, None)})


def alike_on_and_off(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same difference, near zero."""
    return _mean(setting, seed, context, {"support_advantage": (-0.05, 0.05)})


def _mean(setting: Setting, seed: int, context: Context, bar: Mapping[str, Interval]) -> Evidence:
    """Means over the setting's `runs`, and the least swap, of towers with seeds of their own.

    Series, beside those of `swap_evidence` for the first run: each, {name: values by run}.
    """
    runs = setting["runs"]
    found = [
        swap_evidence(run(without(setting, "runs"), index, apart(context, index)), index, {"swap": (0.0, None)})
        for index in range(seed * runs, (seed + 1) * runs)
    ]
    each = {name: [one.measured[name] for one in found] for name in found[0].measured}
    measured = {name: float(np.mean(values)) for name, values in each.items()}
    measured["least_swap"] = min(each["swap"])
    measured["support_advantage"] = measured["held_out"] - measured["held_out_altered"]
    spread = ", ".join(f"{name} {np.std(each[name]):.3f}" for name in ("held_out", "held_out_altered"))
    return Evidence(
        measured,
        bar,
        found[0].ceiling,
        found[0].floor,
        {**found[0].series, "each": each},
        f"means of {runs} towers; standard deviations: {spread}",
    )


SOURCE = "in-batch hard negatives as in Yuksekgonul et al. 2023 (NegCLIP, arXiv 2210.01936)"
_SEES_ORDER = "the text tower can tell orders apart"
_NEGATIVES = "the SWAP of each caption is among its negatives"
_RULED = "the words of a caption give away the order that the law shows"
_ONCE: Mapping[Preset, int] = {"quick": 1, "standard": 1, "full": 4}
_SIZES = {preset: {**setting, "runs": 2 if preset == "quick" else 5} for preset, setting in TRAINED.items()}
_FEW = {preset: {**setting, "runs": 1 if preset == "quick" else 2} for preset, setting in TRAINED.items()}
_HARD = {"negatives": ("swap_objects",)}

RESCUED = positive(
    "trained_swap.hard_negatives",
    "With the SWAP of each caption among its negatives, a transformer with small position vectors tells every training "
    "caption from its SWAP, and most held-out compositions, in either order.",
    r"\text{acc}_{SWAP}\geq 0.99\ \text{on}\ T,\quad E\,\text{acc}_{SWAP}\geq 0.8\ \text{held out}",
    hard_negatives,
    (_SEES_ORDER, _NEGATIVES),
    settings_of(_SIZES, _HARD),
    source=SOURCE,
    seeds=_ONCE,
)

RULED = positive(
    "trained_swap.ruled_order",
    "Where a rule of the words gives the order of training captions, hard negatives teach the rule in part: held-out "
    "compositions are told better in the order that obeys it.",
    r"\text{acc}(x\ \text{on the support})-\text{acc}(x\ \text{off it})\geq 0.05",
    better_on_the_support,
    (_SEES_ORDER, _NEGATIVES, _RULED),
    settings_of({**_SIZES, "quick": {**_SIZES["quick"], "runs": 1}}, {**_HARD, "order": "ruled"}),
    source=SOURCE,
    seeds=_ONCE,
)

CLAIMS = (
    RESCUED,
    violation(
        RESCUED,
        "bag",
        "A bag encoder gains nothing from hard negatives: held-out compositions stay at chance.",
        r"g(oX)=g(X)\Rightarrow\text{acc}_{SWAP}=\frac{1}{2}",
        held_out_missed,
        _SEES_ORDER,
        settings_of(_FEW, {**_HARD, "text": "bag"}),
    ),
    RULED,
    violation(
        RULED,
        "drawn_order",
        "Where the order of each bag is drawn by a coin, neither order of a held-out composition is told better.",
        r"\text{acc}(x\ \text{on})\approx\text{acc}(x\ \text{off})",
        alike_on_and_off,
        _RULED,
        settings_of(_SIZES, _HARD),
    ),
)
