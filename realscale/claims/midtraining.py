"""A spurious context on real pictures: whose predictor survives when the classes change their styles.

Three test beds: pretrained features (here), a CLIP from scratch (`scratch_recipes`), and rendered pictures of a known
model (`rendered_recipes`). Here the image tower is EfficientNet-Lite0, really pretrained on ImageNet and frozen; a
linear image map and caption codes are trained on its features of emoji (`realscale.claims.spurious_context`).

What survives on real pixels, of what the exact theory says:
- Pruned captions are ERM and lose their accuracy when the styles are exchanged (`spurious.pruned_is_erm`). The full
  captions of eq. 11 do not change that: from scratch they make it worse (`scratch.eq11`).
- Token-balanced weights and strata of one style are better, pretrained (`spurious.balanced`, `spurious.stratified`)
  and from scratch (`scratch.recipes`); so are balanced draws (`scratch.resampled`).
- Prompts that name the picture's own style are better on pretrained features (`spurious.matched_prompt`).
What does not, or not surely:
- Matched prompts from scratch gain in the mean, on some seeds next to nothing: they stand there without a bar.
- Strata and matched prompts from scratch on rendered pictures do not come to their population optimum on every seed,
  pruned captions and weights do (`rendered.population`).
- Once the training words are learned by heart weights change nothing (`spurious.balanced.interpolating`,
  `scratch.recipes.by_heart`, where balanced draws of altered pictures still gain).
- The image code keeps the style that the scores no longer read (`rendered.code_keeps_context`), and no recipe makes up
  for a style that training never showed (`domains.no_recipe_makes_up`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from identifiability.claims.claim import PRESETS, Claim, Context, Evidence, Interval, NotAvailable, Preset, Setting
from identifiability.metrics import seed_mean
from realscale.claims.rendered_recipes import RENDERED
from realscale.claims.scratch_emoji import grouped_emoji
from realscale.claims.scratch_recipes import SCRATCH
from realscale.claims.spurious_context import COUNT, SpuriousTask, outcome, spurious_data
from realscale.claims.spurious_measures import Outcome, outcomes_once
from realscale.composition_training.model import open_clip_missing
from scm.streams import stream_seed

# Bars on accuracies, each a mean over splits, set before the claims were run.
MUCH = 0.10  # what balancing gains in the reversed test, and what tells two predictors apart
SOME = 0.05  # what counts as a gain at all, and how far two predictors that agree may differ
TESTS = ("id", "uniform", "reversed")
_CHANCE = (*TESTS, "worst_context", "fit", "context_in_code", "context_in_scores")  # of which one in COUNT is a guess


def midtraining_missing() -> str:
    """Why the sets, the features or open_clip cannot be used here, with the command that helps; "" when they can."""
    try:
        spurious_data()
        grouped_emoji()
    except NotAvailable as missing:
        return str(missing)
    return open_clip_missing()


def _evidence(setting: Setting, seed: int, context: Context, bar: Mapping[str, Interval]) -> Evidence:
    """Accuracies of pruned captions, and of the setting's recipe on the same splits; the bars are the claim's."""
    shared = {name: setting[name] for name in ("components", "agreement") if name in setting}
    own = {name: setting[name] for name in ("contexts", "balanced", "prompt") if name in setting}
    tasks = {"recipe": SpuriousTask(setting["recipe"], **shared, **own)} if "recipe" in setting else {}
    tasks["pruned"] = SpuriousTask("pruned", **shared)
    found: dict[str, list[Outcome]] = {name: [] for name in tasks}
    for split in range(setting["splits"]):
        for name, task in tasks.items():
            found[name].append(_outcome(task, stream_seed(seed, "split", split), context))
        if context.progress is not None:
            context.progress(split + 1, setting["splits"])
    scores = {
        f"{key}_{name}": [o.numbers[key] for o in part] for name, part in found.items() for key in part[0].numbers
    }
    scores["drop_pruned"] = [o.numbers["id"] - o.numbers["reversed"] for o in found["pruned"]]
    if "recipe" in tasks:
        for test in TESTS:
            scores[f"gain_{test}"] = _less(scores[f"{test}_recipe"], scores[f"{test}_pruned"])
        removed = _less(scores["context_in_scores_pruned"], scores["context_in_scores_recipe"])
        scores["context_removed"] = removed
    means = {name: seed_mean(values) for name, values in scores.items()}
    named = {_row(setting) if name == "recipe" else name: (name, part) for name, part in found.items()}
    series: dict[str, Any] = {
        "test_bed": "pretrained",
        "regime": _regime(setting),
        "rows": {row: {key: scores[f"{key}_{name}"] for key in part[0].numbers} for row, (name, part) in named.items()},
        "confusion": {
            row: np.mean([one.reversed_confusion for one in part], axis=0).tolist() for row, (_, part) in named.items()
        },
        "intervals": {name: list(mean.interval or ()) for name, mean in means.items()},
    }
    return Evidence(
        measured={name: mean.mean for name, mean in means.items()},
        bar=bar,
        floor={f"{key}_{name}": 1 / COUNT for key in _CHANCE for name in tasks},
        series=series,
        note="Accuracies of five classes on unseen concepts, means over random splits of the concepts. id: styles as "
        "in training; uniform: every style equally often; reversed: each class has the style that another one had. "
        "worst_context: in the style where it is least, classes alike. "
        "fit: of the noisy training words; 1 interpolates. gain: recipe minus pruned. drop_pruned: id minus reversed. "
        "context_in_code, context_in_scores: accuracy of a linear probe for the style on the image codes, on the "
        "scores of the classes; context_removed: pruned minus recipe of the latter. calibration_error: of the scores "
        "as log-odds of the class words, in each test. recalibration: nats, I(word; test | class named). rejected: "
        "share of splits in which `is_irm_optimal` rejects that one classifier of the class named is best in every "
        "style. Frozen EfficientNet-Lite0, pretrained on ImageNet; a linear image map and caption codes on top.",
    )


def _outcome(task: SpuriousTask, seed: int, context: Context) -> Outcome:
    """The outcome on one split, of which several claims make use."""
    return outcomes_once(context, (task, seed), lambda: {"": outcome(task, seed)})[""]


def _less(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [high - low for high, low in zip(one, other, strict=True)]


def _regime(setting: Setting) -> str:
    """What is special about the training, for the figures."""
    components = setting.get("components", 0)
    told = [f"rho {setting['agreement']:g}"] if "agreement" in setting else []
    told += ["interpolating"] if components is None else [f"{components} components"] * (components > 0)
    return ", ".join(told)


def _row(setting: Setting) -> str:
    """What the figures call the recipe."""
    recipe = str(setting["recipe"])
    marks = ["reweighted"] * bool(setting.get("balanced")) + ["random_words"] * (setting.get("contexts") == "random")
    return "_".join(["full_matched" if recipe == "full" else recipe, *marks])


def gains_much(setting: Setting, seed: int, context: Context) -> Evidence:
    """The recipe is better than pruned captions by MUCH in the reversed test, and neither interpolates."""
    bar: dict[str, Interval] = {"gain_reversed": (MUCH, None), "fit_pruned": (None, 0.95), "fit_recipe": (None, 0.95)}
    return _evidence(setting, seed, context, bar)


def gains_nothing_interpolating(setting: Setting, seed: int, context: Context) -> Evidence:
    """Both fit every noisy word of the training set, and the recipe is not better by SOME."""
    bar: dict[str, Interval] = {"gain_reversed": (None, SOME), "fit_pruned": (0.99, None), "fit_recipe": (0.99, None)}
    return _evidence(setting, seed, context, bar)


def gains(setting: Setting, seed: int, context: Context) -> Evidence:
    """The recipe is better than pruned captions by SOME in the reversed test."""
    return _evidence(setting, seed, context, {"gain_reversed": (SOME, None)})


def gains_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """The recipe is not better than pruned captions by SOME in the reversed test."""
    return _evidence(setting, seed, context, {"gain_reversed": (None, SOME)})


def agrees(setting: Setting, seed: int, context: Context) -> Evidence:
    """The recipe and pruned captions differ by less than SOME in every test."""
    return _evidence(setting, seed, context, {f"gain_{test}": (-SOME, SOME) for test in TESTS})


def loses_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """Pruned captions lose less than SOME when the styles are reversed."""
    return _evidence(setting, seed, context, {"drop_pruned": (None, SOME)})


def _runs(*others: Setting, **setting: Any) -> dict[str, Any]:
    """The setting in every preset; `others` change it, and are run beside it in standard and full.

    A claim is about the mean: every split draws concepts, preferred styles and weights from streams of its own.
    """
    splits: dict[Preset, int] = {"quick": 2, "standard": 25, "full": 100}
    settings = {
        preset: tuple({**setting, **other, "splits": count} for other in ({}, *(() if preset == "quick" else others)))
        for preset, count in splits.items()
    }
    return {"settings": settings, "seeds": dict.fromkeys(PRESETS, 1)}


_PAPER = "CLIP-IRM (CVPR 2026)"
_OWN = "this project; exactly: `irm.balanced_tokens`"
_SPURIOUS = "in training each class has a style that goes with it"
_NAMED = "the context words name the styles of the pictures"
_CAPACITY = "the predictor cannot interpolate the training set"
_UNWEIGHTED = "the pairs keep the training law"
_POSITIVITY = "every class occurs in every style"
_ASSUMED = (_SPURIOUS, _POSITIVITY)

_BALANCED = "spurious.balanced"
_ERM = "spurious.pruned_is_erm"
_STRATIFIED = "spurious.stratified"
_MATCHED = "spurious.matched_prompt"

MIDTRAINING: tuple[Claim, ...] = (
    Claim(
        id="spurious.pruning_is_invariant",
        statement="Captions without environment tokens train a predictor that does not lose accuracy when the styles "
        "of the classes are exchanged.",
        formula=r"L(D_V)\ \Rightarrow\ R^{\mathrm{reversed}} = R^{\mathrm{train}}",
        source=f"{_PAPER}, Theorem 5 and eq. 11, as their consequence is told",
        form="printed",
        track="real",
        assumptions=_ASSUMED,
        check=loses_nothing,
        **_runs(),
    ),
    Claim(
        id=_ERM,
        statement="Class-only captions give the accuracies of cross entropy on the class words, in every test: the "
        "style stays in the picture.",
        formula=r"L(D_V) = \mathrm{CE}(q_s) - H(T_Y)",
        source=f"{_PAPER}, first term of eq. 11; exactly: `vocabulary.pruned_is_erm`",
        form="corrected",
        track="real",
        assumptions=(*_ASSUMED, _UNWEIGHTED),
        check=agrees,
        **_runs(recipe="erm"),
    ),
    Claim(
        id=f"{_ERM}.reweighted",
        statement="Cross entropy on pairs reweighted until class and style are independent is another predictor.",
        formula=r"w = \frac{p(t_y)\, p(t_e)}{p(t_y, t_e)}",
        source="this project",
        form="violation",
        track="real",
        assumptions=_ASSUMED,
        check=gains_much,
        drops=(_ERM, _UNWEIGHTED),
        **_runs(recipe="erm", balanced=True),
    ),
    Claim(
        id=_BALANCED,
        statement="On pretrained features of too few dimensions to interpolate, token-balanced InfoNCE is better than "
        "pruned captions by .10 and more when the styles of the classes are exchanged.",
        formula=r"w = \frac{p(t_y)\, p(t_e)}{p(t_y, t_e)}",
        source=_OWN,
        form="extra",
        track="real",
        assumptions=(*_ASSUMED, _NAMED, _CAPACITY),
        check=gains_much,
        **_runs({"agreement": 0.98}, {"components": 30}, recipe="balanced"),
    ),
    Claim(
        id=f"{_BALANCED}.interpolating",
        statement="With all 1,280 dimensions both fit every noisy word, and weights change nothing.",
        formula=r"w = \frac{p(t_y)\, p(t_e)}{p(t_y, t_e)}",
        source="this project; weights on separable data: Byrd and Lipton 2019 (arXiv 1812.03372)",
        form="violation",
        track="real",
        assumptions=(*_ASSUMED, _NAMED),
        check=gains_nothing_interpolating,
        drops=(_BALANCED, _CAPACITY),
        **_runs(recipe="balanced", components=None),
    ),
    Claim(
        id=f"{_BALANCED}.random_contexts",
        statement="Context words that do not tell the style balance nothing.",
        formula=r"T_E \perp S\ \Rightarrow\ w \approx 1",
        source="this project",
        form="violation",
        track="real",
        assumptions=(*_ASSUMED, _CAPACITY),
        check=gains_nothing,
        drops=(_BALANCED, _NAMED),
        **_runs(recipe="balanced", contexts="random"),
    ),
    Claim(
        id=_STRATIFIED,
        statement="Pruned captions with negatives of the pair's own style are better than pruned captions when the "
        "styles of the classes are exchanged.",
        formula=r"s^* = \log \frac{p(y \mid x)}{p(y \mid s)}",
        source="this project; exactly: `negatives.within_context`",
        form="extra",
        track="real",
        assumptions=(*_ASSUMED, _NAMED, _CAPACITY),
        check=gains,
        **_runs(recipe="stratified"),
    ),
    Claim(
        id=f"{_STRATIFIED}.random_contexts",
        statement="Strata by words that do not tell the style are smaller batches, no more.",
        formula=r"T_E \perp S\ \Rightarrow\ s^* = \log \frac{p(y \mid x)}{p(y)}",
        source="this project",
        form="violation",
        track="real",
        assumptions=(*_ASSUMED, _CAPACITY),
        check=gains_nothing,
        drops=(_STRATIFIED, _NAMED),
        **_runs(recipe="stratified", contexts="random"),
    ),
    Claim(
        id=_MATCHED,
        statement="Full captions, asked with the prompt that names the picture's own style, are better than pruned "
        "captions when the styles of the classes are exchanged.",
        formula=r"\log \frac{p(y, s \mid x)}{p(y, s)} = \log \frac{p(y \mid x)}{p(y \mid s)} + a(x)",
        source="this project; exactly: `prompts.matched_context`",
        form="extra",
        track="real",
        assumptions=(*_ASSUMED, _NAMED, _CAPACITY),
        check=gains,
        **_runs(recipe="full", prompt="matched"),
    ),
    Claim(
        id=f"{_MATCHED}.random_contexts",
        statement="Full captions whose context words do not tell the style gain nothing by any prompt.",
        formula=r"T_E \perp S\ \Rightarrow\ s^* = \log \frac{p(y \mid x)}{p(y)}",
        source="this project",
        form="violation",
        track="real",
        assumptions=(*_ASSUMED, _CAPACITY),
        check=gains_nothing,
        drops=(_MATCHED, _NAMED),
        **_runs(recipe="full", prompt="matched", contexts="random"),
    ),
    *SCRATCH,
    *RENDERED,
)
