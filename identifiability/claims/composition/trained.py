"""Trained towers under SWAP: which end blind to order, and what brings them out of it."""

from collections.abc import Mapping

from identifiability.claims.claim import Context, Evidence, Interval, Setting
from identifiability.claims.composition.trained_runs import TRAINED, apart, run, swap_evidence, without
from identifiability.claims.equivalence.learned_claims import (
    HEADLINE_SEEDS,
    VIOLATION_SEEDS,
    positive,
    settings_of,
    violation,
)
from identifiability.exact.composition.contrast import contrasting_gap, contrasting_law

BLIND: Mapping[str, Interval] = {"swap": (0.48, 0.52), "cosine": (0.99, None), "retrieval": (0.99, None)}


def blind(setting: Setting, seed: int, context: Context) -> Evidence:
    """SWAP at one half, equal codes before and after it, retrieval without error. Keys: `swap_evidence`."""
    return swap_evidence(run(setting, seed, context), seed, BLIND)


def blind_with_twins(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same of towers shown both orders; retrieval, of the commoner order alone, only tells them trained."""
    return swap_evidence(run(setting, seed, context), seed, {**BLIND, "retrieval": (0.9, None)})


def not_blind(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same tower tells most captions from their SWAP."""
    return swap_evidence(run(setting, seed, context), seed, {"swap": (0.9, None)})


def position_scales(setting: Setting, seed: int, context: Context) -> Evidence:
    """A tower for each scale of the position vectors; all but the series speak of the last scale.

    Series, beside those of `swap_evidence`: scale, and scale_swap, scale_cosine, scale_held_out against it.
    """
    scales = setting["scales"]
    found = [
        not_blind({**without(setting, "scales"), "position_scale": scale}, seed, apart(context, scale))
        for scale in scales
    ]
    last = found[-1]
    curves = {f"scale_{name}": [each.measured[name] for each in found] for name in ("swap", "cosine", "held_out")}
    series = {**last.series, "scale": list(scales), **curves}
    return Evidence(last.measured, last.bar, last.ceiling, last.floor, series, "of the largest scale")


def permutation_invariant(setting: Setting, seed: int, context: Context) -> Evidence:
    """SWAP at exactly one half, with a loss that no training lowers below the exact gap."""
    exactly: Interval = (0.5, 0.5)
    bar = {"swap": exactly, "swap_altered": exactly, "held_out": exactly, "margin": (0.0, 1e-9)}
    bar |= {"excess_above_gap": (0.0, None), "retrieval": (0.99, None)}
    note = "blind_gap with a hard negative: log(2) / 2, as it ties with its caption"
    return swap_evidence(run(setting, seed, context), seed, bar, note)


def below_the_gap(setting: Setting, seed: int, context: Context) -> Evidence:
    """SWAP without error on training captions, and a loss that no tower blind to order has."""
    bar: Mapping[str, Interval] = {"swap": (0.99, None), "excess_above_gap": (None, 0.0)}
    return swap_evidence(run(setting, seed, context), seed, bar)


def on_the_curve(setting: Setting, seed: int, context: Context) -> Evidence:
    """Excess of a trained tower that is blind by construction, against the exact gap of its law and batch size."""
    bar: Mapping[str, Interval] = {"excess_above_gap": (0.0, 0.05)}
    return swap_evidence(run(setting, seed, context), seed, bar, "what lies above the gap is left of training")


def off_the_curve(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same tower where twins never share a batch, against the gap of independent draws."""
    trained = run(setting, seed, context)
    apart = swap_evidence(trained, seed, {"excess": (0.0, None)})
    law = contrasting_law(len(trained.scenes.training), trained.task.share)
    gap = contrasting_gap(law, trained.task.batch)
    measured = {**apart.measured, "excess_above_gap": apart.measured["excess"] - gap, "gap_of_independent_draws": gap}
    return Evidence(measured, {"excess_above_gap": (None, -0.1)}, apart.ceiling, apart.floor, apart.series)


SOURCE = "arXiv 2510.26302, Theorem 7, and training: existence says nothing of what training reaches"
_WEAK = "word order enters by position vectors that are small beside the word vectors"
_PLAIN = "negatives are other training captions alone"
_ONE_ORDER = "every bag is shown in one order"
_RARE = "twins, one bag in both orders, share no batch or few"
_INVARIANT = "the text tower is a function of the bag of words"
_DRAWS = "pairs of a batch are drawn independently"
_CONTRAST = {"share": 0.5, "batches": "independent", "temperature": 0.05}

ORDER_WEAK = positive(
    "trained_swap.order_weak",
    "A transformer whose position vectors start small, trained by InfoNCE on captions that show each bag of objects in "
    "one order, ends blind to SWAP with every training caption retrieved.",
    r"\text{acc}_{SWAP}\approx\frac{1}{2},\quad\cos(g(X),g(oX))\approx 1",
    blind,
    (_WEAK, _PLAIN, _ONE_ORDER),
    settings_of(TRAINED, {}),
    source=SOURCE,
    seeds=HEADLINE_SEEDS,
)

RARE_TWINS = positive(
    "trained_swap.rare_twins",
    "Shown both orders equally often, the same transformer still ends blind to SWAP if twins never share a batch, or "
    "rarely: the exact gap of its batches is too small to leave for.",
    r"\Delta L_K\approx 0\Rightarrow\text{acc}_{SWAP}\approx\frac{1}{2}",
    blind_with_twins,
    (_WEAK, _PLAIN, _RARE),
    settings_of(
        TRAINED,
        {"share": 0.5, "temperature": 0.05},
        *({**_CONTRAST, "batch": 16, "share": share, "steps": 600} for share in (0.5, 0.1)),  # fewer pairs a step
        quick=1,
    ),
    source=SOURCE,
    seeds=VIOLATION_SEEDS,
)

BAG = positive(
    "trained_swap.bag",
    "A bag encoder gives SWAP one half exactly, with hard negatives as without: no training brings its loss below the "
    "exact gap of blindness.",
    r"g(oX)=g(X)\Rightarrow\text{acc}_{SWAP}=\frac{1}{2},\ L\geq\frac{1}{2}\log 2",
    permutation_invariant,
    (_INVARIANT, _ONE_ORDER),
    settings_of(TRAINED, {"text": "bag", "negatives": ("swap_objects",)}, {"text": "bag"}, quick=1),
    source=SOURCE,
    seeds=HEADLINE_SEEDS,
)

CURVE = positive(
    "trained_swap.contrast_curve",
    "If a share of the captions shows the other order, a trained bag encoder pays the exact gap of that share and "
    "batch size, and hardly more.",
    r"L_K(f,g)-\inf L_K\approx\Delta L_K",
    on_the_curve,
    (_INVARIANT, _DRAWS),
    settings_of(
        TRAINED,
        *(
            {**_CONTRAST, "text": "bag", "share": share, "batch": batch}
            for batch in (128, 32)
            for share in (0.5, 0.1, 0.02)
        ),
        quick=1,
    ),
    source="the critic's form of Theorem 7 at finite batch size",
    seeds=VIOLATION_SEEDS,
)

CLAIMS = (
    ORDER_WEAK,
    violation(
        ORDER_WEAK,
        "order_strong",
        "If position vectors start as large as word vectors, the same training tells captions from their SWAP, "
        "although nothing in its loss asks for it.",
        r"\text{acc}_{SWAP}\approx 1\ \text{without hard negatives}",
        position_scales,
        _WEAK,
        settings_of(
            {
                "quick": {**TRAINED["quick"], "scales": (1.0,)},
                "standard": {**TRAINED["standard"], "scales": (0.02, 0.05, 0.1, 0.3, 1.0)},
                "full": {**TRAINED["full"], "scales": (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)},
            },
            {},
        ),
    ),
    violation(
        ORDER_WEAK,
        "hard_negatives",
        "With the SWAP of each caption among its negatives, the same transformer leaves the blind optimum.",
        r"\Delta L\geq\frac{1}{2}\log 2\Rightarrow\text{acc}_{SWAP}\approx 1",
        not_blind,
        _PLAIN,
        settings_of(TRAINED, {"negatives": ("swap_objects",)}),
    ),
    RARE_TWINS,
    violation(
        RARE_TWINS,
        "twins_meet",
        "In large batches of independent draws twins meet often, and the transformer leaves the blind optimum without "
        "hard negatives.",
        r"\Delta L_K\gg 0\Rightarrow\text{acc}_{SWAP}\approx 1",
        not_blind,
        _RARE,
        settings_of(TRAINED, {**_CONTRAST, "batch": 128}),
    ),
    BAG,
    violation(
        BAG,
        "order_seen",
        "A transformer, its position vectors however small, uses the same hard negatives and falls below the gap.",
        r"g(oX)\neq g(X)\Rightarrow L<\frac{1}{2}\log 2",
        below_the_gap,
        _INVARIANT,
        settings_of(TRAINED, {"negatives": ("swap_objects",)}),
    ),
    CURVE,
    violation(
        CURVE,
        "distinct_bags",
        "Where the bags of a batch are distinct, the bag encoder pays far less than the gap of independent draws: "
        "blindness costs nothing there.",
        r"b_i\neq b_j\Rightarrow\Delta L_K=0",
        off_the_curve,
        _DRAWS,
        settings_of(TRAINED, {"text": "bag", "share": 0.5, "batch": 128, "temperature": 0.05}),
    ),
)
