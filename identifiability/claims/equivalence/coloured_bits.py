"""The two-bit coloured problem, learned: which objectives reach the invariant predictor, and what breaks each."""

from collections.abc import Mapping
from typing import Any

from identifiability.claims.claim import Check, Claim, Context, Evidence, Interval, Preset, Setting
from identifiability.claims.equivalence.learned_runs import evidence_of, run

INVARIANT: Interval = (0.73, None)  # accuracy in the test environment; the invariant posterior has .75
POOLED: Interval = (None, 0.13)  # the pooled posterior has .10
SMALL_PENALTY: Interval = (None, 5e-4)
BETWEEN: Interval = (0.09, 0.76)  # from the pooled posterior to the invariant one


def invariant(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy at the invariant posterior's, and the IRMv1 penalty at 0. Keys of the series: `evidence_of`."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": INVARIANT, "penalty": SMALL_PENALTY})


def pooled(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy at the pooled posterior's: the colour is read. Keys of the series: `evidence_of`."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": POOLED})


def recovered(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy at the invariant posterior's, which may be 1."""
    problem, report = run(setting, seed, context)
    ceiling = evidence_of(setting, problem, report, {"ood": INVARIANT}).ceiling["ood"]
    return evidence_of(setting, problem, report, {"ood": (ceiling - 0.02, None)})


def other_prompts(setting: Setting, seed: int, context: Context) -> Evidence:
    """Full captions with a tenth of the colour words wrong, read with a prompt that is not the image's.

    Without wrong words the optimum scores prompts of another colour minus infinity, and nothing decides how. With
    them, the fixed prompt gives p(y | x) / p(y | t0), of test accuracy .425, and the mean prompt p(y | x), of .10.
    """
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": INVARIANT, "ood_mean": (None, 0.13), "ood_fixed": (None, 0.5)})


def missed(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy well below that of a predictor which reads the content alone."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": (None, 0.5)})


def any_prompt(setting: Setting, seed: int, context: Context) -> Evidence:
    """The mean and the fixed prompt are as invariant as the image's own."""
    problem, report = run(setting, seed, context)
    bar = {f"{name}{prompt}": interval for prompt in ("", "_mean", "_fixed") for name, interval in _BARS.items()}
    return evidence_of(setting, problem, report, bar)


_BARS: Mapping[str, Interval] = {"ood": INVARIANT, "penalty": SMALL_PENALTY}


def some_prompt_differs(setting: Setting, seed: int, context: Context) -> Evidence:
    """One code a caption string: the mean or the fixed prompt is not calibrated in the training environments."""
    problem, report = run(setting, seed, context)
    evidence = evidence_of(setting, problem, report, {"ood": INVARIANT})
    worst = max(evidence.measured["penalty_mean"], evidence.measured["penalty_fixed"])
    return Evidence(
        {**evidence.measured, "penalty_other_prompts": worst},
        {"ood": INVARIANT, "penalty_other_prompts": (1e-3, None)},
        evidence.ceiling,
        evidence.floor,
        evidence.series,
    )


def penalised(setting: Setting, seed: int, context: Context) -> Evidence:
    """IRMv1 (unbiased) and V-REx reach the invariant accuracy; the biased penalty and IGA stay within the two ends."""
    problem, report = run(setting, seed, context)
    decided = setting["objective"] == "vrex" or setting.get("estimator") == "unbiased"
    return evidence_of(setting, problem, report, {"ood": INVARIANT if decided else BETWEEN})


def two_strings(setting: Setting, seed: int, context: Context) -> Evidence:
    """Both terms of Eq. 11 at their own optimum: class prompts read the colour, matched prompts do not."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": POOLED, "ood_matched": INVARIANT})


def shared_words(setting: Setting, seed: int, context: Context) -> Evidence:
    """Codes that are sums of word codes: a small lambda costs the matched prompts, a large one saves the class ones."""
    problem, report = run(setting, seed, context)
    side = POOLED if setting["trade_off"] < 1 else INVARIANT
    return evidence_of(setting, problem, report, {"ood": side, "ood_matched": side})


_STEPS: Mapping[Preset, int] = {"quick": 200, "standard": 300, "full": 300}
_SEEDS: dict[Preset, int] = {"quick": 1, "standard": 3, "full": 10}
_HEADLINE_SEEDS: dict[Preset, int] = {"quick": 1, "standard": 5, "full": 20}
_SOURCE = "Arjovsky et al. 2019 (arXiv 1907.02893), Colored MNIST, with bits for pixels"


def _each(*changes: Mapping[str, Any], quick: int | None = None) -> dict[Preset, tuple[Setting, ...]]:
    """These settings in every preset; `quick` keeps as many of the first in the quick one."""
    return {
        preset: tuple(
            {"classes": 2, "steps": steps, **change} for change in (changes[:quick] if preset == "quick" else changes)
        )
        for preset, steps in _STEPS.items()
    }


_NOISE = "the class is noisy given the content"
_AGREES = "the context agrees with the class in every training environment"
_DIFFER = "training environments differ in how often the context agrees with the class"
_INDEPENDENT = "content and context independent given the class"
_POSITIVE = "every class occurs in every context often enough for a batch"
_OWN_PROMPT = "full captions are read with the context of the image"
_WITHIN_CONTEXT = "negatives or weights make the context uninformative of the class"
_PROPOSAL = "swapped classes are drawn from p(y' given the context)"
_STRINGS = "captions of the two terms share no parameters"
_SUMS = "the code of a caption is the sum of its words' codes"

_INVARIANT = "coloured_bits.invariant"
_INVARIANT_ASSUMPTIONS = (_INDEPENDENT, _POSITIVE, _WITHIN_CONTEXT, _PROPOSAL, _OWN_PROMPT)


def _violation(
    positive: str,
    name: str,
    statement: str,
    formula: str,
    check: Check,
    dropped: str,
    assumptions: tuple[str, ...],
    settings: Mapping[Preset, tuple[Setting, ...]],
) -> Claim:
    return Claim(
        id=f"{positive}.{name}",
        statement=statement,
        formula=formula,
        source=_SOURCE,
        form="violation",
        track="learned",
        assumptions=tuple(other for other in assumptions if other != dropped),
        check=check,
        settings=settings,
        seeds=_SEEDS,
        drops=(positive, dropped),
    )


def _of_invariant(
    name: str, statement: str, formula: str, check: Check, dropped: str, *changes: Mapping[str, Any]
) -> Claim:
    settings = _each(*changes, quick=1)
    return _violation(_INVARIANT, name, statement, formula, check, dropped, _INVARIANT_ASSUMPTIONS, settings)


def _positive(
    name: str,
    statement: str,
    formula: str,
    check: Check,
    assumptions: tuple[str, ...],
    settings: Mapping[Preset, tuple[Setting, ...]],
    seeds: Mapping[Preset, int] = _SEEDS,
) -> Claim:
    return Claim(
        id=f"coloured_bits.{name}",
        statement=statement,
        formula=formula,
        source=_SOURCE,
        form="extra",
        track="learned",
        assumptions=assumptions,
        check=check,
        settings=settings,
        seeds=seeds,
    )


_POOLED_ASSUMPTIONS = (_NOISE, _AGREES)
_STRONG: Mapping[str, Any] = {"colour": (0.99, 0.98), "colour_of_mislabelled": 0.5}

CLAIMS = (
    _positive(
        "invariant",
        "Towers trained on the two-bit problem by InfoNCE within context strata, with token-balancing weights, with "
        "conditional swapped negatives, or on full captions read with the image's context, reach the invariant "
        "accuracy in every environment, as does the oracle.",
        r"\text{acc}_{e}\approx 0.75\ \forall e,\quad \sum_e |\partial_w R^e(w\, s)|^2\approx 0",
        invariant,
        _INVARIANT_ASSUMPTIONS,
        _each(
            *({"objective": name} for name in ("stratified", "balanced", "swapped", "full", "oracle")),
            quick=4,
        ),
        _HEADLINE_SEEDS,
    ),
    _of_invariant(
        "uniform_swap",
        "Swapped captions (y', s) with y' uniform teach the pooled posterior.",
        r"y'\sim \text{uniform}\ \Rightarrow\ s^*=\log p(y\mid x)+a(x)",
        pooled,
        _PROPOSAL,
        {"objective": "swapped", "proposal": "uniform"},
    ),
    _of_invariant(
        "within_environment",
        "Negatives within an environment index leave the context informative, and it is read.",
        r"p_e(y\mid s)\ne p_e(y)\ \Rightarrow\ s^*\ \text{depends on}\ s",
        pooled,
        _WITHIN_CONTEXT,
        {"objective": "within_environment"},
    ),
    _of_invariant(
        "other_prompts",
        "Full captions read with a fixed context, or with the mean over contexts, are not invariant.",
        r"\log\frac{p(y\mid x)}{p(y\mid e_0)}\ \text{depends on}\ p(s\mid y)",
        other_prompts,
        _OWN_PROMPT,
        {"objective": "full", "token_noise": 0.2},
    ),
    _of_invariant(
        "rare_cells",
        "With nearly no pairs of class and context apart, the weights of a few pairs decide, and training ends far "
        "from the invariant predictor.",
        r"p(y,s)\approx 0\ \Rightarrow\ \frac{p(y)p(s)}{p(y,s)}\ \text{unbounded}",
        missed,
        _POSITIVE,
        {"objective": "balanced", "colour": (0.9995, 0.999)},
    ),
    _of_invariant(
        "context_follows_content",
        "If the context depends on the content given the class, balancing class and context keeps it informative.",
        r"C\not\perp S\mid Y\ \Rightarrow\ p(y\mid c,s)\ne p(y\mid c)\ \text{after balancing}",
        missed,
        _INDEPENDENT,
        {"objective": "balanced", **_STRONG},
        {"objective": "stratified", **_STRONG},
    ),
    _positive(
        "pruned_is_erm",
        "Pruned InfoNCE and ERM learn one predictor on the two-bit problem, and it reads the colour.",
        r"s^*=\log\frac{p(y\mid x)}{p(y)}\ \Rightarrow\ \text{acc}_{test}\approx 0.10",
        pooled,
        _POOLED_ASSUMPTIONS,
        _each({"objective": "pruned"}, {"objective": "erm"}, quick=1),
        _HEADLINE_SEEDS,
    ),
    _violation(
        "coloured_bits.pruned_is_erm",
        "no_label_noise",
        "If the content determines the class, pruned InfoNCE is right in every environment.",
        r"Y=c(X)\ \Rightarrow\ \text{acc}_{test}=1",
        recovered,
        _NOISE,
        _POOLED_ASSUMPTIONS,
        _each({"objective": "pruned", "label_noise": 0.0}),
    ),
    _violation(
        "coloured_bits.pruned_is_erm",
        "opposite_environments",
        "If the training environments are opposite, the pool is balanced and pruned InfoNCE is invariant.",
        r"p(y,s)=p(y)p(s)\ \Rightarrow\ p(y\mid x)=p(y\mid c)",
        recovered,
        _AGREES,
        _POOLED_ASSUMPTIONS,
        _each({"objective": "pruned", "colour": (0.9, 0.1)}),
    ),
    _positive(
        "environment_baselines",
        "Group DRO, CORAL and the AND mask keep the colour: it lowers the risk of every training environment, hardly "
        "moves the features' moments, and its gradients agree in sign.",
        r"R^e(c,s)<R^e(c)\ \forall e\ \Rightarrow\ \text{acc}_{test}\approx 0.10",
        pooled,
        (_NOISE, _AGREES),
        _each({"objective": "group_dro"}, {"objective": "coral"}, {"objective": "and_mask"}, quick=1),
    ),
    _violation(
        "coloured_bits.environment_baselines",
        "opposite_environments",
        "If the colour agrees in one environment and disagrees in the other, these baselines drop it.",
        r"R^e(c,s)>R^e(c)\ \text{for some}\ e",
        recovered,
        _AGREES,
        (_NOISE, _AGREES),
        _each({"objective": "group_dro", "colour": (0.9, 0.1)}, {"objective": "and_mask", "colour": (0.9, 0.1)}),
    ),
    _positive(
        "penalties",
        "With two classes, IRMv1 with an unbiased penalty and V-REx reach the invariant accuracy from the environment "
        "index alone; IRMv1 with the biased minibatch penalty and IGA end between the pooled and the invariant one.",
        r"\min \sum_e R^e+\lambda\sum_e|\partial_w R^e|^2,\quad \lambda=10^3",
        penalised,
        (_NOISE, _DIFFER),
        _each(
            {"objective": "irmv1", "estimator": "unbiased"},
            {"objective": "vrex"},
            {"objective": "irmv1", "estimator": "biased"},
            {"objective": "iga"},
            quick=1,
        ),
    ),
    _violation(
        "coloured_bits.penalties",
        "equal_environments",
        "If the training environments are equal, the penalties see nothing and the colour is read.",
        r"p_1=p_2\ \Rightarrow\ \text{IRM}=\text{ERM}",
        pooled,
        _DIFFER,
        (_NOISE, _DIFFER),
        _each(
            {"objective": "irmv1", "estimator": "unbiased", "colour": (0.85, 0.85)},
            {"objective": "vrex", "colour": (0.85, 0.85)},
            quick=1,
        ),
    ),
    _positive(
        "compositional_captions",
        "If the code of a caption is the sum of its words' codes, full captions are invariant whichever context the "
        "prompt names: the context word moves the scores of all classes alike.",
        r"g(y,s)=g_y+g_s\ \Rightarrow\ \langle f,g(y,s)\rangle-\langle f,g(y',s)\rangle\ \text{is free of}\ s",
        any_prompt,
        (_INDEPENDENT, _SUMS),
        _each({"objective": "full", "text": "words"}),
    ),
    _violation(
        "coloured_bits.compositional_captions",
        "free_strings",
        "With one free code a caption, prompts of another context are not calibrated in the training environments.",
        r"g(y,s)\ \text{free}\ \Rightarrow\ \text{prompts differ}",
        some_prompt_differs,
        _SUMS,
        (_INDEPENDENT, _SUMS),
        _each({"objective": "full"}),
    ),
    _positive(
        "mid_training",
        "With one free code a caption, the weighted sum of the pruned and the full loss has both optima at once, "
        "whatever the weight: class prompts read the colour, matched prompts do not.",
        r"\forall\lambda:\ \text{acc}_{test}\approx 0.10\ \text{(class prompts)},\ 0.75\ \text{(matched prompts)}",
        two_strings,
        (_INDEPENDENT, _STRINGS),
        _each(
            {"objective": "mid_training", "trade_off": 0.1}, {"objective": "mid_training", "trade_off": 10.0}, quick=1
        ),
    ),
    _violation(
        "coloured_bits.mid_training",
        "shared_words",
        "If captions share word codes, the two losses pull on one code of the class: with a small weight of the full "
        "captions pruned mid-training takes the invariance of matched prompts away, with a large one they lend it to "
        "class prompts.",
        r"g(y,s)=g_y+g_s:\ \lambda\ll 1\Rightarrow \text{acc}_{test}\approx 0.10,\quad \lambda\gg 1\Rightarrow 0.75",
        shared_words,
        _STRINGS,
        (_INDEPENDENT, _STRINGS),
        _each(
            {"objective": "mid_training", "text": "words", "trade_off": 0.1},
            {"objective": "mid_training", "text": "words", "trade_off": 10.0},
        ),
    ),
)
