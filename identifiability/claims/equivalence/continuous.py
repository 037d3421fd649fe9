"""Continuous images behind an invertible mixing, learned: the encoder unmixes, the same objectives are invariant."""

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


def content_missed(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy a tenth below the invariant one: balanced data leave nothing else to read than the content."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"gap": (0.1, None)})


_READABLE = "the encoder can read the content from the image"
_COMMON: Sizes = {
    "quick": {"classes": 2, "images": "mixed", "width": 64, "rate": 0.02, "steps": 250},
    "standard": {"classes": 2, "images": "mixed", "width": 64, "rate": 0.02, "steps": 400},
    "full": {"classes": 2, "images": "mixed", "width": 64, "rate": 0.02, "steps": 400},
}

MIXED = positive(
    "coloured_mixing.invariant",
    "From continuous images in which content and context are mixed by an invertible map, the balanced objectives "
    "learn the content, and nine tenths of the gap between the pooled and the invariant test accuracy close.",
    r"x=m(z_c,z_s,z_{pr}):\ \text{acc}_{test}\approx 0.75",
    invariant_share,
    (INDEPENDENT, WITHIN_CONTEXT, _READABLE),
    settings_of(
        _COMMON, *({"objective": name} for name in ("balanced", "stratified", "swapped", "full", "oracle")), quick=1
    ),
    source="Arjovsky et al. 2019 (arXiv 1907.02893), Colored MNIST; mixings of Daunhawer et al. 2023",
)

CLAIMS = (
    MIXED,
    violation(
        MIXED,
        "pruned",
        "Pruned captions with negatives from the pool read the context.",
        r"s^*=\log\frac{p(y\mid x)}{p(y)}",
        pooled_share,
        WITHIN_CONTEXT,
        settings_of(_COMMON, {"objective": "pruned"}),
    ),
    violation(
        MIXED,
        "linear_encoder",
        "A linear encoder cannot read the content, and no weight makes it.",
        r"f(x)=Ax+b:\ \text{acc}_{test}\ll 0.75",
        content_missed,
        _READABLE,
        settings_of(_COMMON, {"objective": "balanced", "layers": 0}),
    ),
)
