"""Full and pruned captions on the two-bit problem, learned: what sharing the codes of words changes."""

from identifiability.claims.claim import Context, Evidence, Setting
from identifiability.claims.equivalence.learned_claims import (
    INDEPENDENT,
    INVARIANT,
    POOLED,
    Sizes,
    positive,
    settings_of,
    violation,
)
from identifiability.claims.equivalence.learned_runs import evidence_of, run


def _prompt_difference(setting: Setting, seed: int, context: Context) -> Evidence:
    problem, report = run(setting, seed, context)
    evidence = evidence_of(setting, problem, report, {"ood": INVARIANT})
    values = [evidence.measured[name] for name in ("penalty", "penalty_mean", "penalty_fixed")]
    measured = {**evidence.measured, "prompt_difference": max(values) - min(values)}
    return Evidence(measured, evidence.bar, evidence.ceiling, evidence.floor, evidence.series)


def any_prompt(setting: Setting, seed: int, context: Context) -> Evidence:
    """Matched, mean and fixed prompts classify alike, and their IRMv1 penalties differ by rounding."""
    evidence = _prompt_difference(setting, seed, context)
    bar = {**dict.fromkeys(("ood", "ood_mean", "ood_fixed"), INVARIANT), "prompt_difference": (None, 1e-6)}
    return Evidence(evidence.measured, bar, evidence.ceiling, evidence.floor, evidence.series)


def prompts_differ(setting: Setting, seed: int, context: Context) -> Evidence:
    """The matched prompt is invariant, another one has an IRMv1 penalty that differs visibly."""
    evidence = _prompt_difference(setting, seed, context)
    bar = {"ood": INVARIANT, "prompt_difference": (1e-3, None)}
    return Evidence(evidence.measured, bar, evidence.ceiling, evidence.floor, evidence.series)


def two_strings(setting: Setting, seed: int, context: Context) -> Evidence:
    """Both terms of Eq. 11 at their own optimum: class prompts read the colour, matched prompts do not."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": POOLED, "ood_matched": INVARIANT})


def shared_words(setting: Setting, seed: int, context: Context) -> Evidence:
    """Codes that are sums of word codes: a small lambda costs the matched prompts, a large one saves the class ones."""
    problem, report = run(setting, seed, context)
    side = POOLED if setting["trade_off"] < 1 else INVARIANT
    return evidence_of(setting, problem, report, {"ood": side, "ood_matched": side})


_SUMS = "the code of a caption is the sum of its words' codes"
_STRINGS = "captions of the two terms share no parameters"
_COMMON: Sizes = {
    "quick": {"classes": 2, "steps": 200},
    "standard": {"classes": 2, "steps": 300},
    "full": {"classes": 2, "steps": 300},
}

COMPOSITIONAL = positive(
    "coloured_bits.compositional_captions",
    "If the code of a caption is the sum of its words' codes, full captions are invariant whichever context the "
    "prompt names: the context word moves the scores of all classes alike.",
    r"g(y,s)=g_y+g_s\ \Rightarrow\ \langle f,g(y,s)\rangle-\langle f,g(y',s)\rangle\ \text{is free of}\ s",
    any_prompt,
    (INDEPENDENT, _SUMS),
    settings_of(_COMMON, {"objective": "full", "text": "words"}),
    source="this project; objective of Radford et al. 2021",
)

MID_TRAINING = positive(
    "coloured_bits.mid_training",
    "With one free code a caption, the weighted sum of the pruned and the full loss has both optima at once, whatever "
    "the weight: class prompts read the colour, matched prompts do not.",
    r"\forall\lambda:\ \text{acc}_{test}\approx 0.10\ \text{(class prompts)},\ 0.75\ \text{(matched prompts)}",
    two_strings,
    (INDEPENDENT, _STRINGS),
    settings_of(
        _COMMON,
        {"objective": "mid_training", "trade_off": 0.1},
        {"objective": "mid_training", "trade_off": 10.0},
        quick=1,
    ),
    source="CLIP-IRM (CVPR 2026), Eq. 11",
)

CLAIMS = (
    COMPOSITIONAL,
    violation(
        COMPOSITIONAL,
        "free_strings",
        "With one free code a caption, prompts of another context are not calibrated in the training environments.",
        r"g(y,s)\ \text{free}\ \Rightarrow\ \text{prompts differ}",
        prompts_differ,
        _SUMS,
        settings_of(_COMMON, {"objective": "full"}),
    ),
    MID_TRAINING,
    violation(
        MID_TRAINING,
        "shared_words",
        "If captions share word codes, the two losses pull on one code of the class: with a small weight of the full "
        "captions pruned mid-training takes the invariance of matched prompts away, with a large one they lend it to "
        "class prompts.",
        r"g(y,s)=g_y+g_s:\ \lambda\ll 1\Rightarrow \text{acc}_{test}\approx 0.10,\quad \lambda\gg 1\Rightarrow 0.75",
        shared_words,
        _STRINGS,
        settings_of(
            _COMMON,
            {"objective": "mid_training", "text": "words", "trade_off": 0.1},
            {"objective": "mid_training", "text": "words", "trade_off": 10.0},
            quick=1,
        ),
    ),
)
