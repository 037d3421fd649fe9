"""From a setting to a trained run, and from a run to evidence: what the learned claims on coloured problems share."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from identifiability.claims.claim import Context, Evidence, Interval, Setting
from identifiability.exact.invariance.irmv1 import accuracy
from identifiability.learning.invariance.captions import DIGIT_WORDS, coloured_captions
from identifiability.learning.invariance.digits import DigitImages
from identifiability.learning.invariance.evaluation import Report
from identifiability.learning.invariance.images import BitImages, CellImages, MixedImages
from identifiability.learning.invariance.problems import Problem
from identifiability.learning.invariance.training import Task, learn
from identifiability.learning.loop import TrainingConfig
from scm.coloured import coloured_classes
from scm.environments import Environments
from scm.finite import FiniteSCM, tabular
from scm.graph import Role
from scm.joint import FiniteLaw
from scm.streams import stream

# The options of the baselines, fixed in advance: penalties at the value where the population optimum is invariant to
# two digits in the two-bit problem; the strictest mask; the defaults of DomainBed for the rest.
OPTIONS: Mapping[str, Mapping[str, object]] = {
    "irmv1": {"penalty": 1e3},
    "vrex": {"penalty": 1e3},
    "iga": {"penalty": 1e3},
    "and_mask": {"threshold": 1.0},
    "coral": {"penalty": 1.0},
    "group_dro": {"step": 0.01},
    # the other direction has images for negatives, which no swapped caption changes
    "swapped": {"symmetric": False},
}

EVALUATIONS = 10  # along training, for the rules of model selection


def problem_of(setting: Setting, seed: int) -> Problem:
    """The problem of a setting: `classes`, `images` ("bits", "mixed", "digits"), and changes of the law.

    `label_noise`, `colour` (agreement of colour and class in the training environments), `colour_of_mislabelled` (the
    agreement where content and class differ, in all environments) and `token_noise` default to the coloured problem.
    """
    classes = setting["classes"]
    noise, colour = setting.get("label_noise", 0.25), setting.get("colour", (0.9, 0.8))
    training, test = coloured_classes(
        classes=classes, label_noise=noise, colour=colour, test=0.1 if classes == 2 else None
    )
    if "colour_of_mislabelled" in setting:
        training = Environments(
            {name: _coloured_by_content(law, setting["colour_of_mislabelled"]) for name, law in training.laws.items()}
        )
    captions = coloured_captions(DIGIT_WORDS[:classes])
    return Problem(training, test, _images(setting, seed), captions, setting.get("token_noise", 0.0))


def _images(setting: Setting, seed: int) -> CellImages:
    classes, kind = setting["classes"], setting.get("images", "bits")
    if kind == "digits":
        return DigitImages.split(classes, rng=stream(seed, "split"))
    if kind == "mixed":
        return MixedImages.drawn(classes, classes, rng=stream(seed, "mixing"))
    return BitImages(classes, classes)


def _coloured_by_content(law: FiniteLaw, agreement: float) -> FiniteSCM:
    """The law with p(s = y) = `agreement` wherever c != y: content and context dependent given the class."""
    joint = law.marginal(("y", "c", "s"))
    given = np.array(law.conditional("s", ("y", "c")))
    classes = len(given)
    for y in range(classes):
        for c in range(classes):
            if c != y:
                given[y, c] = (1 - agreement) / (classes - 1)
                given[y, c, y] = agreement
    prior, content = joint.sum(axis=(1, 2)), law.conditional("c", "y")
    return FiniteSCM(
        [
            tabular("y", Role.CLASS, prior, observed=True),
            tabular("c", Role.INVARIANT, content, "y"),
            tabular("s", Role.ENVIRONMENT, given, ("y", "c")),
        ]
    )


def task_of(setting: Setting) -> Task:
    """The training task of a setting: `objective`, `steps`, and what of `Task` it names; `rate` is Muon's."""
    objective, steps = setting["objective"], setting["steps"]
    options = dict(OPTIONS.get(objective, {}))
    options |= {name: setting[name] for name in ("estimator", "penalty", "trade_off") if name in setting}
    given = {name: setting[name] for name in ("proposal", "text", "width", "layers", "outputs") if name in setting}
    return Task(
        objective,
        options,
        warm_up=steps // 3,
        swaps=16,
        training=TrainingConfig(
            steps=steps,
            muon_rate=setting.get("rate", 0.005),
            warmup=20,
            log_every=max(1, steps // EVALUATIONS),
            checkpoint_every=steps,
        ),
        **given,
    )


def run(setting: Setting, seed: int, context: Context) -> tuple[Problem, Report]:
    """Train the setting's objective on its problem; `labelled_once` gives each picture one class and colour."""
    problem = problem_of(setting, seed)
    task = task_of(setting)
    sampler = None
    if setting.get("labelled_once", False):
        drawn_from = problem.contexts_shuffled if task.objective == "oracle" else problem
        sampler = drawn_from.labelled_once(stream(seed, "labels"))
    return problem, learn(problem, task, seed, context, sampler=sampler)


def references(problem: Problem) -> tuple[float, float]:
    """Accuracy in the test environment of the pooled posterior p(y | c, s), and of the invariant one, p(y | c)."""
    test = problem.test.marginal(("c", "s", "y")).reshape(-1, problem.law.shape[1])
    pooled = np.moveaxis(problem.law.sum(axis=0), 0, 2)
    content = np.broadcast_to(pooled.sum(axis=1, keepdims=True), pooled.shape)
    shape = test.shape
    return accuracy(test, pooled.reshape(shape)), accuracy(test, content.reshape(shape))


def noise_and_strength(problem: Problem) -> tuple[float, float]:
    """P(c != y) and P(s = y) in the pool, the axes of the phase diagram; told to 12 digits, to be compared."""
    pooled = problem.law.sum(axis=0) / problem.law.sum()
    agreeing = np.trace(pooled.sum(axis=2)), np.trace(pooled.sum(axis=1))
    return round(1 - float(agreeing[0]), 12), round(float(agreeing[1]), 12)


def label_of(setting: Setting) -> str:
    """Name of a run in figures: the objective, and what of it differs from the catalogue's default."""
    marks = [str(setting[name]) for name in ("proposal", "estimator", "text") if name in setting]
    marks += [f"lambda {setting['trade_off']:g}"] if "trade_off" in setting else []
    return setting["objective"] + (f" ({', '.join(marks)})" if marks else "")


def evidence_of(
    setting: Setting, problem: Problem, report: Report, bar: Mapping[str, Interval], note: str = ""
) -> Evidence:
    """The numbers of a run beside their bars.

    Measured, all with the objective's own prompt at the last step unless their name says otherwise: ood (accuracy in
    the test environment), accuracy_NAME of each training environment, worst, spread (largest minus smallest accuracy
    over environments), penalty (IRMv1, sum over the training environments), calibration_training (the larger error),
    calibration_test, share = (ood - pooled) / (invariant - pooled) of the way from the pooled posterior to the
    invariant one, gap = invariant - ood, ood_PROMPT and penalty_PROMPT of the other prompts, and ood_selected_training
    and ood_selected_oracle, the test accuracy at the step that the best accuracy in the training environments, or in
    the test one, selects. Floor and ceiling of ood: the pooled and the invariant posterior, exactly.

    Series: objective (its label), label_noise and strength (`noise_and_strength`), environments and accuracy,
    calibration in their order (test last), penalty, prompt;
    prompts: {name: {accuracy, penalty, calibration}}; selection: {rule: {ood, step}}; steps, loss; cpu_seconds.
    """
    scores = report.own
    label_noise, strength = noise_and_strength(problem)
    pooled, invariant = references(problem)
    measured = {
        "ood": scores.ood,
        **{f"accuracy_{name}": value for name, value in zip(scores.environments[:-1], scores.accuracy, strict=False)},
        "worst": scores.worst,
        "spread": scores.spread,
        "gap": invariant - scores.ood,
        "penalty": scores.penalty,
        "calibration_training": max(scores.calibration[:-1]),
        "calibration_test": scores.calibration[-1],
        "ood_selected_training": report.selection["training"].ood,
        "ood_selected_oracle": report.selection["oracle"].ood,
    }
    if invariant > pooled:
        measured["share"] = (scores.ood - pooled) / (invariant - pooled)
    own, *others = report.prompts
    for prompt in others:
        measured[f"ood_{prompt}"] = report.prompts[prompt].ood
        measured[f"penalty_{prompt}"] = report.prompts[prompt].penalty
    series: dict[str, Any] = {
        "objective": label_of(setting),
        "label_noise": label_noise,
        "strength": strength,
        "environments": list(scores.environments),
        "accuracy": list(scores.accuracy),
        "calibration": list(scores.calibration),
        "penalty": scores.penalty,
        "prompt": own,
        "prompts": {
            prompt: {
                "accuracy": list(other.accuracy),
                "penalty": other.penalty,
                "calibration": list(other.calibration),
            }
            for prompt, other in report.prompts.items()
        },
        "selection": {rule: {"ood": chosen.ood, "step": chosen.step} for rule, chosen in report.selection.items()},
        "steps": list(report.steps),
        "loss": list(report.losses),
        "cpu_seconds": report.cpu_seconds,
    }
    return Evidence(measured, bar, {"ood": invariant}, {"ood": pooled}, series, note)
