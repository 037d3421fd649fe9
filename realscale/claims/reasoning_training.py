"""A policy that GRPO really trains on scenes: does it learn, from which rewards, and what each form does to it."""

from typing import Any

from identifiability.claims.claim import Claim, Context, Evidence, Interval, Setting
from realscale.claims.reasoning_runs import NOTE, SEEDS, STEPS, TOLERANCE, means, numbers, outcome, runs, series_of
from realscale.reasoning.learning import Outcome
from realscale.reasoning.learning.measures import TESTS

# Bars, set on seeds from 100 on before the claims were run on the seeds of the presets.
MOVED = 0.10  # what accuracy gains, at the least, where it is said to move
STILL = 0.05  # and at the most where it is said not to
PAID = 0.10  # nats by which the mean score rises
TOKENS = 0.5  # by which completions are shorter where they are said to be


def _evidence(setting: Setting, seed: int, context: Context, bar: dict[str, Interval]) -> Evidence:
    found = outcome(setting, setting["arm"], seed, context)
    return Evidence(measured=numbers(found), bar=bar, series=series_of(setting["arm"], found), note=NOTE)


def learns(setting: Setting, seed: int, context: Context) -> Evidence:
    """Accuracy on the training law moves by MOVED."""
    return _evidence(setting, seed, context, {"gain_id": (MOVED, None)})


def learns_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """Accuracy on the training law gains less than STILL."""
    return _evidence(setting, seed, context, {"gain_id": (None, STILL)})


def paid_and_wrong(setting: Setting, seed: int, context: Context) -> Evidence:
    """The score rises by PAID on the training law, and accuracy gains less than STILL there."""
    return _evidence(setting, seed, context, {"gain_of_score_id": (PAID, None), "gain_id": (None, STILL)})


def _difference(one: Outcome, other: Outcome) -> dict[str, float]:
    """What the one came to less the other, by number and test; both have the same start."""
    return {"length": one.length - other.length} | {
        f"{name}_{test}": value - other.after[test][name] for test in TESTS for name, value in one.after[test].items()
    }


def _compared(setting: Setting, seed: int, context: Context, bar: dict[str, Interval]) -> Evidence:
    """Means of differences between two arms over the setting's `runs`, paired by seed."""
    differences = [
        _difference(*(outcome(setting, arm, run, context) for arm in (setting["arm"], setting["against"])))
        for run in range(seed * setting["runs"], (seed + 1) * setting["runs"])
    ]
    measured, intervals = means(differences)
    measured["largest_difference_of_accuracy"] = max(abs(measured[f"accuracy_{test}"]) for test in TESTS)
    return Evidence(
        measured=measured,
        bar=bar,
        series={
            "compared": [setting["arm"], setting["against"]],
            "intervals": intervals,
            "each": {name: [one[name] for one in differences] for name in differences[0]},
        },
        note=f"Differences after training, {setting['arm']} less {setting['against']}, means over "
        f"{setting['runs']} seeds. {NOTE}",
    )


def shortens(setting: Setting, seed: int, context: Context) -> Evidence:
    """Completions end up shorter by TOKENS."""
    return _compared(setting, seed, context, {"length": (None, -TOKENS)})


def lengthens(setting: Setting, seed: int, context: Context) -> Evidence:
    """They end up longer by as much."""
    return _compared(setting, seed, context, {"length": (TOKENS, None)})


def agrees(setting: Setting, seed: int, context: Context) -> Evidence:
    """Accuracies differ by less than the setting's tolerance in every test."""
    return _compared(setting, seed, context, {"largest_difference_of_accuracy": (None, setting["tolerance"])})


def differs(setting: Setting, seed: int, context: Context) -> Evidence:
    """They differ by more than that in some test."""
    return _compared(setting, seed, context, {"largest_difference_of_accuracy": (setting["tolerance"], None)})


def _pairs(**setting: Any) -> dict[str, Any]:
    """A comparison of as many runs as the preset has seeds, in one cell."""
    return {
        "settings": {
            preset: ({**setting, **length, "runs": SEEDS[preset], "tolerance": TOLERANCE[preset]},)
            for preset, length in STEPS.items()
        },
        "seeds": dict.fromkeys(STEPS, 1),
    }


_SOURCE = "CLIP-IRM (CVPR 2026), process reward trained by GRPO"
_LEARNS = "grpo.learns"
_PAYS = "grpo.process_alone"
_NEUTRAL = "grpo.potential_is_neutral"
_SHORTENS = "grpo.sum_shortens"
_OWN_ANSWERS = "an answer is paid by its own question"
_NO_TASK = "no answer is paid"
_POTENTIAL = "the reward is the difference of a potential"
_ANSWERS = "answers are paid beside it"
_SUM = "scores are summed over the steps"
_BELOW = "every score is below 0"
_START = "the policy answers some questions rightly before"

# in few steps these arms alone: the other forms first change what is said, then what is answered
_SHORTLY = ({"arm": "outcome"}, {"arm": "potential"})

REASONING: tuple[Claim, ...] = (
    Claim(
        id=f"{_PAYS}.as_told",
        statement="A policy that is trained on the process reward alone learns to answer.",
        formula=r"\arg\max_\pi E\,r^{\mathrm{proc}}\subseteq\arg\max_\pi E\,r^{\mathrm{task}}",
        source=_SOURCE,
        form="printed",
        track="learned",
        assumptions=(_NO_TASK, _START),
        check=learns,
        **runs({"arm": "mean alone"}),
    ),
    Claim(
        id=_LEARNS,
        statement="From a short supervised start, GRPO on answers moves the accuracy on pictures that no training has "
        "seen by .10 and more, with each form of the process reward and without it.",
        formula=r"R(\tau)=r^{\mathrm{task}}+\lambda\sum_k r_k^{\mathrm{proc}}",
        source=_SOURCE,
        form="extra",
        track="learned",
        assumptions=(_OWN_ANSWERS, _START),
        check=learns,
        **runs(*_SHORTLY, {"arm": "printed"}, {"arm": "mean"}, quick=_SHORTLY),
    ),
    Claim(
        id=f"{_LEARNS}.exchanged",
        statement="Paid by the answers to other questions, the same training moves it nowhere.",
        formula=r"R(\tau)\perp x",
        source="this project",
        form="violation",
        track="learned",
        assumptions=(_START,),
        check=learns_nothing,
        drops=(_LEARNS, _OWN_ANSWERS),
        **runs({"arm": "exchanged"}),
    ),
    Claim(
        id=_PAYS,
        statement="Trained on the mean process reward alone, a policy earns more of it and answers no better.",
        formula=r"E_{\pi'}\,\bar s>E_{\pi}\,\bar s,\quad E_{\pi'}\,r^{\mathrm{task}}\le E_{\pi}\,r^{\mathrm{task}}",
        source="this project; exactly: `hacking.potential.mean`",
        form="corrected",
        track="learned",
        assumptions=(_NO_TASK, _START),
        check=paid_and_wrong,
        **runs({"arm": "mean alone"}),
    ),
    Claim(
        id=f"{_PAYS}.with_answers",
        statement="Where answers are paid beside a process reward, the policy learns to answer.",
        formula=r"R(\tau)=r^{\mathrm{task}}+\lambda\sum_k r_k^{\mathrm{proc}}",
        source="this project",
        form="violation",
        track="learned",
        assumptions=(_START,),
        check=learns,
        drops=(_PAYS, _NO_TASK),
        **runs({"arm": "mean"}, quick=[{"arm": "potential"}]),
    ),
    Claim(
        id=_SHORTENS,
        statement="Summed as printed, the process reward leaves shorter completions than training on answers alone.",
        formula=r"s_k<0\Rightarrow\sum_{k\le T+1}s_k<\sum_{k\le T}s_k",
        source="this project; exactly: `length.sum`",
        form="extra",
        track="learned",
        assumptions=(_SUM, _BELOW),
        check=shortens,
        **_pairs(arm="printed", against="outcome"),
    ),
    Claim(
        id=f"{_SHORTENS}.mean",
        statement="Averaged over the steps, and with no answers paid, it leaves longer ones.",
        formula=r"\frac{1}{T}\sum_{k\le T}s_k",
        source="this project; exactly: `length.mean`",
        form="violation",
        track="learned",
        assumptions=(_BELOW,),
        check=lengthens,
        drops=(_SHORTENS, _SUM),
        **_pairs(arm="mean alone", against="outcome"),
    ),
    Claim(
        id=_NEUTRAL,
        statement="Paid as the difference of a potential, the process reward leaves the accuracies of training on "
        "answers alone where they are, also where backgrounds are reversed.",
        formula=r"E\sum_k\nabla\log\pi(t_k)\,\Psi(t_{<k})=0",
        source="Ng, Harada and Russell 1999, Theorem 1; exactly: `shaping.gradient`",
        form="corrected",
        track="learned",
        assumptions=(_POTENTIAL, _ANSWERS),
        check=agrees,
        **_pairs(arm="potential", against="outcome"),
    ),
    Claim(
        id=f"{_NEUTRAL}.mean",
        statement="Paid as the mean score itself, and alone, it moves them far.",
        formula=r"\nabla E\,\bar s\neq 0",
        source="this project; exactly: `shaping.printed`",
        form="violation",
        track="learned",
        assumptions=(),
        check=differs,
        drops=(_NEUTRAL, _POTENTIAL),
        **_pairs(arm="mean alone", against="outcome"),
    ),
)
