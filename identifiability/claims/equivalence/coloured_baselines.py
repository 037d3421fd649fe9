"""The field's baselines on the two-bit problem, learned: which of them drop the colour, given the environment index."""

from identifiability.claims.claim import Context, Evidence, Interval, Setting
from identifiability.claims.equivalence.coloured_bits import SOURCE
from identifiability.claims.equivalence.learned_claims import (
    AGREES,
    INVARIANT,
    NOISE,
    Sizes,
    pooled,
    pooled_share,
    positive,
    recovered,
    settings_of,
    violation,
)
from identifiability.claims.equivalence.learned_runs import evidence_of, run

BETWEEN: Interval = (0.09, 0.76)  # test accuracy from the pooled posterior's to the invariant one's


def penalised(setting: Setting, seed: int, context: Context) -> Evidence:
    """IRMv1 (unbiased) and V-REx reach the invariant accuracy; the biased penalty and IGA stay within the two ends."""
    problem, report = run(setting, seed, context)
    decided = setting["objective"] == "vrex" or setting.get("estimator") == "unbiased"
    return evidence_of(setting, problem, report, {"ood": INVARIANT if decided else BETWEEN})


_DIFFER = "training environments differ in how often the context agrees with the class"
_COMMON: Sizes = {
    "quick": {"classes": 2, "steps": 200},
    "standard": {"classes": 2, "steps": 300},
    "full": {"classes": 2, "steps": 300},
}

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
    "With two classes, IRMv1 with an unbiased penalty and V-REx reach the invariant accuracy from the environment "
    "index alone; IRMv1 with the biased minibatch penalty and IGA end between the pooled and the invariant one.",
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
        "If the colour agrees in one environment and disagrees in the other, these baselines drop it.",
        r"R^e(c,s)>R^e(c)\ \text{for some}\ e",
        recovered,
        AGREES,
        settings_of(
            _COMMON,
            {"objective": "group_dro", "colour": (0.9, 0.1)},
            {"objective": "and_mask", "colour": (0.9, 0.1)},
            quick=1,
        ),
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
            {**_COMMON, "quick": _COMMON["standard"]},
            {"objective": "irmv1", "estimator": "unbiased", "colour": (0.85, 0.85)},
            {"objective": "vrex", "colour": (0.85, 0.85)},
            quick=1,
        ),
    ),
)
