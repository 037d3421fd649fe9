"""Unit-length codes: above a temperature they are free of the context, below it only the predictor is."""

from dataclasses import replace
from typing import Any

import numpy as np

from identifiability.claims.claim import Check, Claim, Context, Evidence, Interval, Setting, every_preset
from identifiability.exact.invariance.sphere import (
    SphereCodes,
    SphereProblem,
    coded,
    descend,
    least_loss_on_the_line,
    optimal_codes,
)
from scm.streams import stream

CONTEXTS = 3
_EPS = 1e-9


def _problem(setting: Setting, temperature: float) -> SphereProblem:
    return SphereProblem(setting["classes"], setting["noise"], temperature)


def _runs(setting: Setting, problem: SphereProblem, seed: int, **options: bool) -> list[SphereCodes]:
    joint = problem.joint(CONTEXTS)
    return [
        descend(joint, problem.temperature, CONTEXTS, setting["dim"], rng=stream(seed, "start", start), **options)
        for start in range(setting["starts"])
    ]


def _worst(runs: list[SphereCodes], name: str) -> float:
    return float(max(getattr(run, name) for run in runs))


def normalisation_removes_the_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """Closed-form optimum, and descent from random starts, one direction and both, at or above tau_c."""
    measured: dict[str, float] = {}
    gaps, both, codes = [], [], []
    for temperature in setting["temperatures"]:
        problem = _problem(setting, temperature)
        closed = optimal_codes(problem, CONTEXTS, setting["classes"] - 1)
        forward, symmetric = _runs(setting, problem, seed), _runs(setting, problem, seed, symmetric=True)
        gaps += [abs(run.loss - problem.bound) for run in (closed, *forward)]
        both += [abs(run.loss + run.backward_loss - 2 * problem.bound) for run in (closed, *symmetric)]
        codes += [*forward, *symmetric]
        measured[f"bound_at_{temperature}"] = problem.bound
    measured |= {
        "critical_temperature": _problem(setting, 1.0).critical_temperature,
        "loss_gap": max(gaps),
        "symmetric_loss_gap": max(both),
        "image_dependence": _worst(codes, "image_dependence"),
        "simplex_error": _worst(codes, "simplex_error"),
    }
    return Evidence(
        measured=measured,
        bar={
            "loss_gap": (0.0, _EPS),
            "symmetric_loss_gap": (0.0, _EPS),
            "image_dependence": (0.0, 2e-4),
            "simplex_error": (0.0, 2e-4),
        },
        note="symmetric_loss: the sum of both directions, whose minimum is 2 psi(delta)",
    )


def _hidden_context(
    setting: Setting, seed: int, least: float, *, unit_length: bool
) -> tuple[dict[str, float], dict[str, Interval]]:
    """Loss above `least`, and the context in image codes and predictors."""
    runs = _runs(setting, _problem(setting, setting["temperature"]), seed, unit_length=unit_length)
    measured = {
        "loss_gap": max(abs(run.loss - least) for run in runs),
        "least_image_dependence": min(run.image_dependence for run in runs),
        "predictor_dependence": _worst(runs, "predictor_dependence"),
    }
    bar: dict[str, Interval] = {
        "loss_gap": (0.0, 1e-4),
        "least_image_dependence": (0.5, None),
        "predictor_dependence": (0.0, 1e-3),
    }
    return measured, bar


def low_temperature_keeps_the_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """Descent from random starts below tau_c, and the noise below which this temperature would be above tau_c."""
    problem = _problem(setting, setting["temperature"])
    measured, bar = _hidden_context(setting, seed, problem.bound, unit_length=True)
    measured["log_critical_noise"] = problem.log_critical_noise
    bar["log_critical_noise"] = (None, float(np.log(problem.noise)))
    measured["log_critical_noise_of_1000_classes"] = replace(problem, classes=1000).log_critical_noise
    return Evidence(measured, bar, note="the image code is free of the context iff log noise <= log_critical_noise")


def free_length_keeps_the_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same descent as above tau_c, with codes of any length."""
    problem = _problem(setting, setting["temperature"])
    least = problem.loss_of_margin(problem.best_margin)
    return Evidence(*_hidden_context(setting, seed, least, unit_length=False))


def too_few_dimensions_miss_the_bound(setting: Setting, seed: int, context: Context) -> Evidence:
    """Every code in one dimension, and descent in d < C - 1."""
    line, plane = _problem(setting["line"], 1.0), _problem(setting["plane"], 1.0)
    best = min(run.loss for run in _runs(setting["plane"], plane, seed))
    return Evidence(
        measured={"excess_on_the_line": least_loss_on_the_line(line) - line.bound, "excess_found": best - plane.bound},
        bar={"excess_on_the_line": (0.01, None), "excess_found": (0.01, None)},
        note="line: 3 classes, d = 1, every code tried; found: 4 classes, d = 2, the best of several descents",
    )


def other_laws_bend_the_simplex(setting: Setting, seed: int, context: Context) -> Evidence:
    """Classes of different frequency, or mistaken within pairs: descent against the matched simplex f(x) = g_y."""
    problem = _problem(setting, setting["temperature"])
    caption = problem.joint(1) if setting["wrong"] == "any" else _mistaken_within_pairs(problem)
    law = caption / caption.sum(axis=1, keepdims=True) * np.array(setting["law"])[:, None]
    joint = np.repeat(law, CONTEXTS, axis=0) / CONTEXTS
    runs = [
        descend(joint, problem.temperature, CONTEXTS, setting["dim"], rng=stream(seed, "start", start))
        for start in range(setting["starts"])
    ]
    matched = optimal_codes(problem, CONTEXTS, setting["dim"])
    matched_loss = coded(joint, matched.image, matched.text, problem.temperature).loss
    return Evidence(
        measured={
            "below_the_matched_simplex": matched_loss - max(run.loss for run in runs),
            "least_simplex_error": min(run.simplex_error for run in runs),
        },
        bar={"below_the_matched_simplex": (1e-3, None), "least_simplex_error": (0.05, None)},
    )


def _mistaken_within_pairs(problem: SphereProblem) -> np.ndarray:
    partner = np.arange(problem.classes) ^ 1
    return (1 - problem.noise) * np.eye(problem.classes) + problem.noise * np.eye(problem.classes)[partner]


def switch_at_the_critical_temperature(setting: Setting, seed: int, context: Context) -> Evidence:
    """Loss, image code and predictor on both sides of tau_c.

    `series` for the figure: `temperature` and `bound` (one number a temperature), `loss`, `image_dependence` and
    `predictor_dependence` (one list a temperature, one number a random start), `closed_form_dependence` (the context in
    the closed-form optimum with the most of it) and `critical_temperature`.
    """
    critical = _problem(setting, 1.0).critical_temperature
    problems = [_problem(setting, ratio * critical) for ratio in setting["ratios"]]
    runs = [_runs(setting, problem, seed) for problem in problems]
    closed = [optimal_codes(problem, CONTEXTS, setting["dim"]) for problem in problems]
    above = [run for problem, group in zip(problems, runs, strict=True) for run in group if _above(problem, critical)]
    below = [
        run for problem, group in zip(problems, runs, strict=True) for run in group if not _above(problem, critical)
    ]
    each = list(zip(problems, runs, closed, strict=True))
    series: dict[str, Any] = {
        "temperature": [problem.temperature for problem in problems],
        "bound": [problem.bound for problem in problems],
        "closed_form_dependence": [codes.image_dependence for codes in closed],
        "critical_temperature": critical,
    }
    for name in ("loss", "image_dependence", "predictor_dependence"):
        series[name] = [[getattr(run, name) for run in group] for group in runs]
    return Evidence(
        measured={
            "critical_temperature": critical,
            "loss_gap": max(abs(run.loss - problem.bound) for problem, group, _ in each for run in group),
            "closed_form_gap": max(abs(codes.loss - problem.bound) for problem, _, codes in each),
            "image_dependence_above": _worst(above, "image_dependence"),
            "least_image_dependence_below": min(run.image_dependence for run in below),
            "predictor_dependence": _worst(above + below, "predictor_dependence"),
        },
        bar={
            "loss_gap": (0.0, 1e-4),
            "closed_form_gap": (0.0, _EPS),
            "image_dependence_above": (0.0, 2e-4),
            "least_image_dependence_below": (setting["least_below"], None),
            "predictor_dependence": (0.0, 1e-3),
        },
        series=series,
    )


def _above(problem: SphereProblem, critical: float) -> bool:
    return problem.temperature >= critical


def no_switch_without_noise(setting: Setting, seed: int, context: Context) -> Evidence:
    """Error-free captions at temperatures below the critical one of noisy captions."""
    problem = _problem(setting, setting["temperature"])
    runs = _runs(setting, problem, seed)
    return Evidence(
        measured={
            "critical_temperature": problem.critical_temperature,
            "image_dependence": _worst(runs, "image_dependence"),
            "loss_gap": max(abs(run.loss - problem.bound) for run in runs),
        },
        bar={"critical_temperature": (0.0, 0.0), "image_dependence": (0.0, 1e-2), "loss_gap": (0.0, 1e-4)},
    )


def one_dimension_less_loses_the_minimum(setting: Setting, seed: int, context: Context) -> Evidence:
    """Two classes on the line, below tau_c: every code tried."""
    problem = _problem(setting, setting["temperature"])
    return Evidence(
        measured={"excess": least_loss_on_the_line(problem) - problem.bound},
        bar={"excess": (0.01, None)},
        note="d = C - 1 = 1 has no direction left in which the spare length could go",
    )


_INVARIANCE, _SWITCH = "sphere.invariance", "sphere.threshold"
_SOURCE = "extension of CLIP-IRM (CVPR 2026), Theorem 5, to unit-length codes; simplex as in arXiv 2008.08186"
_BALANCED = "classes equally frequent"
_NOISE = "a wrong class word is uniform over the other classes"
_UNIT = "codes of unit length"
_SIMPLEX_FITS = "at least C - 1 dimensions"
_HIGH = "temperature at least tau_c"
_ROOM = "at least C dimensions"
_SOME_NOISE = "some class words are wrong"
_COMMON = (_BALANCED, _NOISE, _UNIT, "a code of its own for every image and word")
_INVARIANCE_ASSUMES = (*_COMMON, _SIMPLEX_FITS, _HIGH)
_SWITCH_ASSUMES = (*_COMMON, _ROOM, _SOME_NOISE)
_FOUR: Setting = {"classes": 4, "noise": 0.1, "dim": 8, "starts": 4}


def _violation(
    positive: str, name: str, statement: str, formula: str, dropped: str, check: Check, *settings: Setting
) -> Claim:
    assumptions = {_INVARIANCE: _INVARIANCE_ASSUMES, _SWITCH: _SWITCH_ASSUMES}[positive]
    return Claim(
        id=f"{positive}.{name}",
        statement=statement,
        formula=formula,
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=tuple(other for other in assumptions if other != dropped),
        check=check,
        drops=(positive, dropped),
        **every_preset(*settings),
    )


CLAIMS = (
    Claim(
        id=_INVARIANCE,
        statement="At temperatures of at least tau_c, unit-length codes minimise class-only InfoNCE only as a regular "
        "simplex with every image on its class word: normalisation itself removes the context from the image code.",
        formula=r"\tau\ge\tau_c=\frac{C}{(C-1)\Delta},\ \Delta=\log\frac{(1-\epsilon)(C-1)}{\epsilon}\ \Rightarrow\ "
        r"\min L_\infty=\psi(\delta),\ f(x)=g_{y(x)}\quad"
        r"\big(\delta=\frac{C}{(C-1)\tau},\ \psi(u)=\epsilon u+\log\frac{1+(C-1)e^{-u}}{C}\big)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=_INVARIANCE_ASSUMES,
        check=normalisation_removes_the_context,
        **every_preset({**_FOUR, "temperatures": [0.525916, 1.0]}),
    ),
    _violation(
        _INVARIANCE,
        "low_temperature",
        "Below tau_c the minimum -I(X; T) is reached by image codes that keep the context in the length they do not "
        "need; only the predictor is free of it. The temperature .01 of CLIP is such a case.",
        r"\tau<\tau_c\ \Rightarrow\ \min L_\infty=\psi(\Delta)=-I(X;T),\ f(y,e)\ne f(y,e')",
        _HIGH,
        low_temperature_keeps_the_context,
        {**_FOUR, "temperature": 0.1},
        {**_FOUR, "temperature": 0.01},
    ),
    _violation(
        _INVARIANCE,
        "free_length",
        "Codes of any length keep the context at a temperature at which unit-length codes lose it.",
        r"f\in\mathbb R^d:\ \min L_\infty=-I(X;T)\ \text{for every}\ \tau",
        _UNIT,
        free_length_keeps_the_context,
        {**_FOUR, "temperature": 1.0},
    ),
    _violation(
        _INVARIANCE,
        "too_few_dimensions",
        "With fewer than C - 1 dimensions no simplex fits and the bound is not reached.",
        r"d<C-1\ \Rightarrow\ \min L_\infty>\psi(\delta)",
        _SIMPLEX_FITS,
        too_few_dimensions_miss_the_bound,
        {"line": {"classes": 3, "noise": 0.1}, "plane": {**_FOUR, "dim": 2, "starts": 8}},
    ),
    _violation(
        _INVARIANCE,
        "unbalanced_classes",
        "With classes of different frequency the words are no regular simplex at the optimum.",
        r"p(y)\ne\tfrac1C\ \Rightarrow\ \langle g_t,g_{t'}\rangle\ne-\tfrac1{C-1}",
        _BALANCED,
        other_laws_bend_the_simplex,
        {**_FOUR, "temperature": 1.0, "law": [0.55, 0.25, 0.15, 0.05], "wrong": "any"},
    ),
    _violation(
        _INVARIANCE,
        "mistaken_pairs",
        "If classes are mistaken within pairs only, the words of a pair move together and form no regular simplex.",
        r"p(t\mid y)=\epsilon\ \text{for the partner of}\ y\ \Rightarrow\ "
        r"\langle g_t,g_{t'}\rangle\ne-\tfrac1{C-1}",
        _NOISE,
        other_laws_bend_the_simplex,
        {**_FOUR, "temperature": 1.0, "law": [0.25] * 4, "wrong": "partner"},
    ),
    Claim(
        id=_SWITCH,
        statement="The context in the image code switches at tau_c: none at or above it, below it what the spare "
        "length holds; the predictor is free of the context on both sides.",
        formula=r"\min L_\infty=\psi(\min(\delta,\Delta)),\quad \|f(y,e)-f(y,e')\|=0\ (\tau\ge\tau_c),\ "
        r"\text{up to}\ 2\sqrt{1-\tau^2/\tau_c^2}\ (\tau<\tau_c)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=_SWITCH_ASSUMES,
        check=switch_at_the_critical_temperature,
        **every_preset(
            {
                **_FOUR,
                "ratios": [0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1.05, 1.1, 1.2, 1.3, 1.6, 2.0, 2.5, 3.0],
                "least_below": 0.4,
            }
        ),
    ),
    _violation(
        _SWITCH,
        "noise_free",
        "With error-free captions the critical temperature is 0: the image code is free of the context at every "
        "temperature.",
        r"\epsilon=0\ \Rightarrow\ \tau_c=0",
        _SOME_NOISE,
        no_switch_without_noise,
        {**_FOUR, "noise": 0.0, "temperature": 0.2},
    ),
    _violation(
        _SWITCH,
        "one_dimension_less",
        "In C - 1 dimensions the minimum -I(X; T) is out of reach below tau_c.",
        r"C=2,\ d=1,\ \tau<\tau_c\ \Rightarrow\ \min L_\infty=\min(\psi(\delta),0)>\psi(\Delta)",
        _ROOM,
        one_dimension_less_loses_the_minimum,
        {"classes": 2, "noise": 0.1, "temperature": 0.5},
    ),
)
