"""Ten classes and ten colours, learned: balancing keeps its word where an environment index no longer suffices."""

from identifiability.claims.claim import PRESETS, Context, Evidence, Setting
from identifiability.claims.equivalence.learned_claims import (
    INDEPENDENT,
    INVARIANT,
    NOISE,
    WITHIN_CONTEXT,
    Sizes,
    pooled_share,
    positive,
    recovered,
    settings_of,
    violation,
)
from identifiability.claims.equivalence.learned_runs import evidence_of, run

SOURCE = "Arjovsky et al. 2019 (arXiv 1907.02893), Colored MNIST, with ten categories for pixels"


def invariant_accuracy(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy at the invariant posterior's. No bar on the penalty: 400 steps do not calibrate ten classes."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": INVARIANT})


def below_invariant(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy below what the invariant objectives reach, and environments that differ."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": (None, 0.7), "spread": (0.05, None)})


_TEN = "many more classes than training environments"
_COMMON: Sizes = {
    "quick": {"classes": 10, "steps": 200, "outputs": 32, "width": 64, "rate": 0.02},
    "standard": {"classes": 10, "steps": 400, "outputs": 32, "width": 64, "rate": 0.02},
    "full": {"classes": 10, "steps": 400, "outputs": 32, "width": 64, "rate": 0.02},
}

_TWO_CLASSES: Sizes = {preset: {"classes": 2, "steps": 300} for preset in PRESETS}

BALANCED = positive(
    "coloured_classes.invariant",
    "With ten classes too, InfoNCE within context strata, with token-balancing weights or with conditional swapped "
    "negatives, and full captions read with the image's context, reach the invariant accuracy.",
    r"\text{acc}_{test}\approx 0.75",
    invariant_accuracy,
    (INDEPENDENT, WITHIN_CONTEXT),
    settings_of(
        {**_COMMON, "quick": _COMMON["standard"]},
        *({"objective": name} for name in ("balanced", "stratified", "swapped", "full", "oracle")),
        quick=1,
    ),
    source=SOURCE,
)

IRMV1 = positive(
    "coloured_classes.irmv1",
    "With ten classes and two environments IRMv1 stays below the invariant accuracy: two numbers, the slopes of two "
    "risks, do not pin a predictor of ten classes.",
    r"\partial_w R^1=\partial_w R^2=0\ \not\Rightarrow\ \text{invariant}",
    below_invariant,
    (NOISE, _TEN),
    settings_of(
        _COMMON, {"objective": "irmv1", "estimator": "unbiased"}, {"objective": "irmv1", "estimator": "biased"}, quick=1
    ),
    source=SOURCE,
)

CLAIMS = (
    BALANCED,
    violation(
        BALANCED,
        "pruned",
        "Pruned captions with negatives from the pool, or from the environment, read the colour.",
        r"s^*=\log\frac{p(y\mid x)}{p(y)}",
        pooled_share,
        WITHIN_CONTEXT,
        settings_of(_COMMON, {"objective": "pruned"}, {"objective": "within_environment"}, quick=1),
    ),
    IRMV1,
    violation(
        IRMV1,
        "two_classes",
        "With two classes and two environments the same penalty does reach the invariant accuracy.",
        r"C=E=2:\ \text{acc}_{test}\approx 0.75",
        recovered,
        _TEN,
        settings_of(_TWO_CLASSES, {"objective": "irmv1", "estimator": "unbiased"}),
    ),
)
