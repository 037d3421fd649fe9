"""The field's baselines on the two-bit problem, learned: which of them drop the colour, given the environment index."""

from dataclasses import replace

from identifiability.claims.claim import Context, Evidence, Interval, Setting
from identifiability.claims.equivalence.coloured_bits import SOURCE
from identifiability.claims.equivalence.learned_claims import (
    AGREES,
    INVARIANT,
    NOISE,
    POOLED,
    Sizes,
    pooled,
    pooled_share,
    positive,
    recovered,
    settings_of,
    violation,
)
from identifiability.claims.equivalence.learned_runs import evidence_of, run

NOT_POOLED: Interval = (POOLED[1], None)


def penalised(setting: Setting, seed: int, context: Context) -> Evidence:
    """IRMv1 and V-REx reach the invariant accuracy; IGA leaves the pooled one."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": NOT_POOLED if setting["objective"] == "iga" else INVARIANT})


def dropped_by_the_worst_case(setting: Setting, seed: int, context: Context) -> Evidence:
    """Group DRO arrives at the invariant accuracy; on the same data ERM stays at the pooled one (share_of_erm)."""
    erm = pooled_share({**setting, "objective": "erm"}, seed, context)
    own = recovered(setting, seed, context)
    return replace(
        own,
        measured={**own.measured, "share_of_erm": erm.measured["share"]},
        bar={**own.bar, "share_of_erm": erm.bar["share"]},
    )


_DIFFER = "training environments differ in how often the context agrees with the class"
_COMMON: Sizes = {
    "quick": {"classes": 2, "steps": 200},
    "standard": {"classes": 2, "steps": 300},
    "full": {"classes": 2, "steps": 300},
}
_TRAINED_OUT: Sizes = {**_COMMON, "quick": _COMMON["standard"]}  # what arrives in 300 steps is on its way at 200

MARGINAL = positive(
    "coloured_bits.environment_baselines",
    "Group DRO, CORAL and the AND mask keep the colour: it lowers the risk of every training environment, hardly "
    "moves the features' moments, and its gradients agree in sign.",
    r"R^e(c,s)<R^e(c)\ \forall e\ \Rightarrow\ \text{acc}_{test}\approx 0.10",
    pooled,
    (NOISE, AGREES),
    settings_of(_COMMON, {"objective": "group_dro"}, {"objective": "coral"}, {"objective": "and_mask"}, quick=1),
    source=SOURCE,
)

PENALTIES = positive(
    "coloured_bits.penalties",
    "With two classes IRMv1, its minibatch penalty biased or not, and V-REx reach the invariant accuracy from the "
    "environment index alone; gradient alignment (IGA) leaves the pooled accuracy and does not always arrive.",
    r"\min \sum_e R^e+\lambda\sum_e|\partial_w R^e|^2,\quad \lambda=10^3",
    penalised,
    (NOISE, _DIFFER),
    settings_of(
        _COMMON,
        {"objective": "irmv1", "estimator": "unbiased"},
        {"objective": "vrex"},
        {"objective": "irmv1", "estimator": "biased"},
        {"objective": "iga"},
        quick=1,
    ),
    source=SOURCE,
)

CLAIMS = (
    MARGINAL,
    violation(
        MARGINAL,
        "opposite_environments",
        "If the colour disagrees in one environment of three, the pool and with it ERM still follow it, and group DRO, "
        "which answers for the worst environment, drops it.",
        r"R^e(c,s)>R^e(c)\ \text{for some}\ e",
        dropped_by_the_worst_case,
        AGREES,
        settings_of(_TRAINED_OUT, {"objective": "group_dro", "colour": (0.99, 0.99, 0.4)}),
    ),
    PENALTIES,
    violation(
        PENALTIES,
        "equal_environments",
        "If the training environments are equal, the penalties see nothing and the colour is read.",
        r"p_1=p_2\ \Rightarrow\ \text{IRM}=\text{ERM}",
        pooled_share,
        _DIFFER,
        settings_of(
            _TRAINED_OUT,
            {"objective": "irmv1", "estimator": "unbiased", "colour": (0.85, 0.85)},
            {"objective": "vrex", "colour": (0.85, 0.85)},
            quick=1,
        ),
    ),
)
