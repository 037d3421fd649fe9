"""Coloured digits, real pictures: balanced objectives read the digit, until the model learns the labels by heart."""

from identifiability.claims.claim import Context, Evidence, Setting
from identifiability.claims.equivalence.learned_claims import (
    INDEPENDENT,
    WITHIN_CONTEXT,
    Sizes,
    invariant_share,
    pooled_share,
    positive,
    settings_of,
    violation,
)
from identifiability.claims.equivalence.learned_runs import evidence_of, run

SOURCE = "Arjovsky et al. 2019 (arXiv 1907.02893), Colored MNIST, on the digits that ship with scikit-learn"


def learned_by_heart(setting: Setting, seed: int, context: Context) -> Evidence:
    """Less than half of the way: weights change little where the training labels are fitted."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"share": (None, 0.5)})


def more_than_half(setting: Setting, seed: int, context: Context) -> Evidence:
    """More than half of the way from the pooled posterior's test accuracy to the invariant one's."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"share": (0.5, None)})


_REDRAWN = "every picture is seen with fresh labels and colours"
_SMALL = "the model is too small to learn the training labels by heart"
_TWO = {"classes": 2, "images": "digits", "width": 128, "rate": 0.02}
_TEN = {**_TWO, "classes": 10, "outputs": 32}
_COMMON: Sizes = {
    "quick": {**_TWO, "steps": 250},
    "standard": {**_TWO, "steps": 400},
    "full": {**_TWO, "steps": 1000},
}
_OBJECTIVES = ("balanced", "stratified", "full", "swapped", "oracle")

DIGITS = positive(
    "coloured_digits.invariant",
    "On real pictures of digits with noisy labels and a spurious colour, none of them in both training and test, the "
    "balanced objectives close nine tenths of the gap between the pooled and the invariant test accuracy.",
    r"\text{acc}_{test}\approx 0.75\cdot\text{share of digits read}",
    invariant_share,
    (INDEPENDENT, WITHIN_CONTEXT, _REDRAWN),
    settings_of(
        _COMMON,
        *({"objective": name} for name in _OBJECTIVES),
        *({**_TEN, "objective": name} for name in _OBJECTIVES),
        quick=1,
    ),
    source=SOURCE,
    real=True,
)

LABELLED_ONCE = positive(
    "coloured_digits.labelled_once",
    "With one noisy label and one colour a picture, a linear encoder trained with token-balancing weights goes more "
    "than half of the way from the pooled to the invariant test accuracy.",
    r"\text{acc}_{test}>\frac{1}{2}(0.10+0.75)",
    more_than_half,
    (INDEPENDENT, WITHIN_CONTEXT, _SMALL),
    settings_of(_COMMON, {"objective": "balanced", "labelled_once": True, "layers": 0}),
    source=SOURCE,
    real=True,
)

CLAIMS = (
    DIGITS,
    violation(
        DIGITS,
        "pruned",
        "Pruned captions with negatives from the pool read the colour.",
        r"s^*=\log\frac{p(y\mid x)}{p(y)}",
        pooled_share,
        WITHIN_CONTEXT,
        settings_of(_COMMON, {"objective": "pruned"}, {**_TEN, "objective": "pruned"}, quick=1),
    ),
    violation(
        DIGITS,
        "labelled_once",
        "If every picture has one noisy label and one colour, a large model learns them by heart, and weights and "
        "strata change little.",
        r"\text{training loss}\to 0:\ \text{weights do not move the optimum}",
        learned_by_heart,
        _REDRAWN,
        settings_of(
            _COMMON,
            {"objective": "balanced", "labelled_once": True},
            {"objective": "stratified", "labelled_once": True},
            {**_TEN, "objective": "balanced", "labelled_once": True},
            quick=1,
        ),
    ),
    LABELLED_ONCE,
    violation(
        LABELLED_ONCE,
        "large_model",
        "With two hidden layers, the same weights on the same labels go less than half of the way.",
        r"\text{training loss}\to 0:\ \text{weights do not move the optimum}",
        learned_by_heart,
        _SMALL,
        settings_of(_COMMON, {"objective": "balanced", "labelled_once": True}),
    ),
)
