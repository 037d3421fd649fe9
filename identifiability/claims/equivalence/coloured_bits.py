"""The two-bit coloured problem, learned: which objectives reach the invariant predictor, and what breaks each."""

from identifiability.claims.claim import Context, Evidence, Interval, Setting
from identifiability.claims.equivalence.learned_claims import (
    AGREES,
    HEADLINE_SEEDS,
    INDEPENDENT,
    INVARIANT,
    NOISE,
    WITHIN_CONTEXT,
    Sizes,
    missed,
    pooled,
    positive,
    recovered,
    settings_of,
    violation,
)
from identifiability.claims.equivalence.learned_runs import evidence_of, run

SMALL_PENALTY: Interval = (None, 5e-4)
SOURCE = "Arjovsky et al. 2019 (arXiv 1907.02893), Colored MNIST, with bits for pixels"


def invariant(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy at the invariant posterior's, and the IRMv1 penalty at 0. Keys of the series: `evidence_of`."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": INVARIANT, "penalty": SMALL_PENALTY})


def other_prompts(setting: Setting, seed: int, context: Context) -> Evidence:
    """Full captions with a tenth of the colour words wrong, read with a prompt that is not the image's.

    Without wrong words the optimum scores prompts of another colour minus infinity, and nothing decides how. With
    them, the fixed prompt gives p(y | x) / p(y | t0), of test accuracy .425, and the mean prompt p(y | x), of .10.
    """
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": INVARIANT, "ood_mean": (None, 0.2), "ood_fixed": (None, 0.5)})


_POSITIVE = "every class occurs in every context often enough for a batch"
_OWN_PROMPT = "full captions are read with the context of the image"
_PROPOSAL = "swapped classes are drawn from p(y' given the context)"

_TRAINED: Sizes = {
    "quick": {"classes": 2, "steps": 300},
    "standard": {"classes": 2, "steps": 300},
    "full": {"classes": 2, "steps": 600},
}
_SHORTER: Sizes = {**_TRAINED, "quick": {"classes": 2, "steps": 200}}
_STRONG = {"colour": (0.99, 0.98), "colour_of_mislabelled": 0.5}

INVARIANT_OBJECTIVES = positive(
    "coloured_bits.invariant",
    "Towers trained on the two-bit problem by InfoNCE within context strata, with token-balancing weights, with "
    "conditional swapped negatives, or on full captions read with the image's context, reach the invariant accuracy "
    "in every environment, as does the oracle.",
    r"\text{acc}_{e}\approx 0.75\ \forall e,\quad \sum_e |\partial_w R^e(w\, s)|^2\approx 0",
    invariant,
    (INDEPENDENT, _POSITIVE, WITHIN_CONTEXT, _PROPOSAL, _OWN_PROMPT),
    settings_of(
        _TRAINED, *({"objective": name} for name in ("stratified", "balanced", "swapped", "full", "oracle")), quick=4
    ),
    source=SOURCE,
    seeds=HEADLINE_SEEDS,
)

PRUNED = positive(
    "coloured_bits.pruned_is_erm",
    "Pruned InfoNCE and ERM learn one predictor on the two-bit problem, and it reads the colour.",
    r"s^*=\log\frac{p(y\mid x)}{p(y)}\ \Rightarrow\ \text{acc}_{test}\approx 0.10",
    pooled,
    (NOISE, AGREES),
    settings_of(_SHORTER, {"objective": "pruned"}, {"objective": "erm"}, quick=1),
    source=SOURCE,
    seeds=HEADLINE_SEEDS,
)

CLAIMS = (
    INVARIANT_OBJECTIVES,
    violation(
        INVARIANT_OBJECTIVES,
        "uniform_swap",
        "Swapped captions (y', s) with y' uniform teach the pooled posterior.",
        r"y'\sim \text{uniform}\ \Rightarrow\ s^*=\log p(y\mid x)+a(x)",
        pooled,
        _PROPOSAL,
        settings_of(_SHORTER, {"objective": "swapped", "proposal": "uniform"}),
    ),
    violation(
        INVARIANT_OBJECTIVES,
        "within_environment",
        "Negatives within an environment index leave the context informative, and it is read.",
        r"p_e(y\mid s)\ne p_e(y)\ \Rightarrow\ s^*\ \text{depends on}\ s",
        pooled,
        WITHIN_CONTEXT,
        settings_of(_SHORTER, {"objective": "within_environment"}),
    ),
    violation(
        INVARIANT_OBJECTIVES,
        "other_prompts",
        "Full captions read with a fixed context, or with the mean over contexts, are not invariant.",
        r"\log\frac{p(y\mid x)}{p(y\mid e_0)}\ \text{depends on}\ p(s\mid y)",
        other_prompts,
        _OWN_PROMPT,
        settings_of(_TRAINED, {"objective": "full", "token_noise": 0.2}),
    ),
    violation(
        INVARIANT_OBJECTIVES,
        "rare_cells",
        "With nearly no pairs of class and context apart, the weights of a few pairs decide, and training ends far "
        "from the invariant predictor.",
        r"p(y,s)\approx 0\ \Rightarrow\ \frac{p(y)p(s)}{p(y,s)}\ \text{unbounded}",
        missed,
        _POSITIVE,
        settings_of(_SHORTER, {"objective": "balanced", "colour": (0.9995, 0.999)}),
    ),
    violation(
        INVARIANT_OBJECTIVES,
        "context_follows_content",
        "If the context depends on the content given the class, balancing class and context keeps it informative.",
        r"C\not\perp S\mid Y\ \Rightarrow\ p(y\mid c,s)\ne p(y\mid c)\ \text{after balancing}",
        missed,
        INDEPENDENT,
        settings_of(_SHORTER, {"objective": "balanced", **_STRONG}, {"objective": "stratified", **_STRONG}, quick=1),
    ),
    PRUNED,
    violation(
        PRUNED,
        "no_label_noise",
        "If the content determines the class, pruned InfoNCE is right in every environment.",
        r"Y=c(X)\ \Rightarrow\ \text{acc}_{test}=1",
        recovered,
        NOISE,
        settings_of(_SHORTER, {"objective": "pruned", "label_noise": 0.0}),
    ),
    violation(
        PRUNED,
        "opposite_environments",
        "If the training environments are opposite, the pool is balanced and pruned InfoNCE is invariant.",
        r"p(y,s)=p(y)p(s)\ \Rightarrow\ p(y\mid x)=p(y\mid c)",
        recovered,
        AGREES,
        settings_of(_SHORTER, {"objective": "pruned", "colour": (0.9, 0.1)}),
    ),
)
