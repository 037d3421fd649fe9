"""Recipes from scratch: a small CLIP of random weights on emoji whose style goes with the class in training."""

from dataclasses import replace
from typing import Any

from identifiability.claims.claim import PRESETS, Claim, Context, Evidence, Interval, Preset, Setting
from realscale.claims.scratch_emoji import COUNT, EmojiPairs
from realscale.claims.scratch_rows import NOTE, TESTS, chance, numbers, outcomes, series_of
from realscale.claims.scratch_sheet import caption_pairs

# Bars on accuracies of one seed each, set before the claims were run on the seeds of the presets.
MUCH = 0.10
SOME = 0.05
BY_HEART = 0.95  # share of the noisy training words, under the training law, from which a model interpolates


def _evidence(
    setting: Setting, seed: int, context: Context, rows: tuple[str, ...], bar: dict[str, Interval], regime: str = ""
) -> Evidence:
    pairs = EmojiPairs(**{name: setting[name] for name in ("agreement", "contexts", "concepts") if name in setting})
    found = outcomes(rows, pairs, seed, context, steps=setting["steps"])
    return Evidence(
        measured=numbers(found),
        bar=bar,
        floor=chance(found, COUNT),
        series=series_of("from scratch", [found], regime=regime, random_words=setting.get("contexts") == "random"),
        note=NOTE + "Emoji of four broad classes by four vendors; accuracies on unseen concepts. fit: of the noisy "
        "training words under the training law; 1 interpolates.",
    )


def recipes_gain(setting: Setting, seed: int, context: Context) -> Evidence:
    """Balanced by MUCH and stratified by SOME over pruned, styles reversed; the other rows are shown beside."""
    bars = {"balanced": MUCH, "stratified": SOME}
    rows = ("pruned", *setting["rows"])
    bar: dict[str, Interval] = {f"gain_reversed_{row}": (bars[row], None) for row in rows if row in bars}
    evidence = _evidence(setting, seed, context, rows, bar)
    return replace(evidence, series={**evidence.series, "caption_pairs": caption_pairs()})


def weights_gain_nothing_by_heart(setting: Setting, seed: int, context: Context) -> Evidence:
    """Few pictures: both models fit the noisy words, and weights gain less than MUCH."""
    bar: dict[str, Interval] = {
        "gain_reversed_balanced": (None, MUCH),
        "fit_pruned": (BY_HEART, None),
        "fit_balanced": (BY_HEART, None),
    }
    return _evidence(setting, seed, context, ("pruned", *setting["rows"]), bar, "few pictures")


def weights_gain_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """Weights by words that do not tell the style gain less than SOME."""
    bar: dict[str, Interval] = {"gain_reversed_balanced": (None, SOME)}
    return _evidence(setting, seed, context, ("pruned", "balanced"), bar)


def weights_change_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """Where the style does not go with the class, balanced and pruned differ by less than SOME in every test."""
    bar: dict[str, Interval] = {f"gain_{test}_balanced": (-SOME, SOME) for test in TESTS}
    return _evidence(setting, seed, context, ("pruned", "balanced"), bar, "style independent of class")


def full_captions_gain_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """Eq. 11 with lambda = 1, asked by pruned captions, gains less than SOME over pruned captions alone."""
    bar: dict[str, Interval] = {"gain_reversed_pruned_and_full": (None, SOME)}
    return _evidence(setting, seed, context, ("pruned", *setting["rows"]), bar)


def weights_gain_beside_full_captions(setting: Setting, seed: int, context: Context) -> Evidence:
    """Eq. 11 with lambda = 1 and token-balanced weights in its first term gains MUCH over pruned captions."""
    bar: dict[str, Interval] = {"gain_reversed_balanced_and_full": (MUCH, None)}
    return _evidence(setting, seed, context, ("pruned", "balanced_and_full"), bar)


def resampling_gains(setting: Setting, seed: int, context: Context) -> Evidence:
    """Pruned captions on balanced draws gain MUCH over pruned captions on the training law's."""
    return _evidence(setting, seed, context, ("pruned", "resampled"), {"gain_reversed_resampled": (MUCH, None)})


def resampling_gains_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """Draws balanced by words that do not tell the style gain less than SOME."""
    return _evidence(setting, seed, context, ("pruned", "resampled"), {"gain_reversed_resampled": (None, SOME)})


def _runs(**setting: Any) -> dict[str, Any]:
    """The setting in every preset; a mapping holds what differs between presets."""
    return {
        "settings": {
            preset: ({name: own[preset] if isinstance(own, dict) else own for name, own in setting.items()},)
            for preset in PRESETS
        },
        "seeds": {"quick": 1, "standard": 3, "full": 10},
    }


_ALL = ["balanced", "stratified", "full_matched", "full_mean", "hardneg_matched", "resampled"]
_LAMBDAS = ["pruned_and_full", "pruned_and_full_matched", "pruned_and_10_full"]
_REGULAR = ["balanced", "pruned_augmented", "resampled_augmented"]
_STEPS: dict[Preset, int] = {"quick": 80, "standard": 120, "full": 120}
_BY_HEART: dict[str, dict[Preset, int]] = {
    "concepts": {"quick": 20, "standard": 60, "full": 60},  # drawn by four vendors each
    "steps": {"quick": 80, "standard": 300, "full": 300},
}

_SOURCE = "this project; exactly: `irm.balanced_tokens`"
_SPURIOUS = "in training each class has a style that goes with it"
_NAMED = "the context words name the styles of the pictures"
_POSITIVITY = "every class occurs in every style"
_MORE = "more pictures than the model learns by heart"
_RECIPES = "scratch.recipes"
_UNWEIGHTED = "the pairs keep the training law"
_EQ_11 = "scratch.eq11"
_RESAMPLED = "scratch.resampled"

SCRATCH: tuple[Claim, ...] = (
    Claim(
        id=_RECIPES,
        statement="A CLIP from random weights survives exchanged styles better with token-balanced weights and with "
        "batches of one style than with pruned captions.",
        formula=r"w = \frac{p(t_y)\, p(t_e)}{p(t_y, t_e)}",
        source=_SOURCE,
        form="extra",
        track="real",
        assumptions=(_SPURIOUS, _POSITIVITY, _NAMED, _MORE),
        check=recipes_gain,
        **_runs(steps=_STEPS, rows={"quick": ["balanced"], "standard": _ALL, "full": _ALL}),
    ),
    Claim(
        id=f"{_RECIPES}.by_heart",
        statement="From scratch on few pictures both learn the noisy words by heart, and weights gain little.",
        formula=r"w = \frac{p(t_y)\, p(t_e)}{p(t_y, t_e)}",
        source="this project; weights on separable data: Byrd and Lipton 2019 (arXiv 1812.03372)",
        form="violation",
        track="real",
        assumptions=(_SPURIOUS, _POSITIVITY, _NAMED),
        check=weights_gain_nothing_by_heart,
        drops=(_RECIPES, _MORE),
        **_runs(**_BY_HEART, rows={"quick": ["balanced"], "standard": _REGULAR, "full": _REGULAR}),
    ),
    Claim(
        id=f"{_RECIPES}.random_contexts",
        statement="From scratch too, context words that do not tell the style balance nothing.",
        formula=r"T_E \perp S\ \Rightarrow\ w \approx 1",
        source="this project",
        form="violation",
        track="real",
        assumptions=(_SPURIOUS, _POSITIVITY, _MORE),
        check=weights_gain_nothing,
        drops=(_RECIPES, _NAMED),
        **_runs(steps=_STEPS, contexts="random"),
    ),
    Claim(
        id=f"{_RECIPES}.no_correlation",
        statement="Where no style goes with a class, the weights are one and change nothing.",
        formula=r"T_Y \perp T_E\ \Rightarrow\ w = 1",
        source="this project",
        form="violation",
        track="real",
        assumptions=(_POSITIVITY, _NAMED, _MORE),
        check=weights_change_nothing,
        drops=(_RECIPES, _SPURIOUS),
        **_runs(steps={"quick": 20, "standard": 120, "full": 120}, agreement=1 / COUNT),
    ),
    Claim(
        id=_EQ_11,
        statement="From random weights too, the full captions of equation 11 change little for pruned prompts: with "
        "lambda 1 it gains less than .05 over pruned captions alone when the styles are exchanged.",
        formula=r"L(D_V) + \lambda L(D), \quad \lambda = 1",
        source="CLIP-IRM (CVPR 2026), eq. 11, which leaves lambda open; exactly: `eq11.weight_irrelevant`",
        form="extra",
        track="real",
        assumptions=(_SPURIOUS, _POSITIVITY, _NAMED, _MORE, _UNWEIGHTED),
        check=full_captions_gain_nothing,
        **_runs(steps=_STEPS, rows={"quick": ["pruned_and_full"], "standard": _LAMBDAS, "full": _LAMBDAS}),
    ),
    Claim(
        id=f"{_EQ_11}.balanced",
        statement="Token-balanced weights in the first term of equation 11 gain .10 and more, beside the full captions "
        "too.",
        formula=r"L_w(D_V) + \lambda L(D), \quad w = \frac{p(t_y)\, p(t_e)}{p(t_y, t_e)}",
        source=_SOURCE,
        form="violation",
        track="real",
        assumptions=(_SPURIOUS, _POSITIVITY, _NAMED, _MORE),
        check=weights_gain_beside_full_captions,
        drops=(_EQ_11, _UNWEIGHTED),
        **_runs(steps=_STEPS),
    ),
    Claim(
        id=_RESAMPLED,
        statement="Pairs drawn with class and style independent do what weights do: pruned captions gain .10 and more "
        "when the styles are exchanged.",
        formula=r"(t_y, t_e) \sim p(t_y)\, p(t_e)",
        source="this project; balanced draws: Idrissi et al. 2022 (arXiv 2110.14503)",
        form="extra",
        track="real",
        assumptions=(_SPURIOUS, _POSITIVITY, _NAMED, _MORE),
        check=resampling_gains,
        **_runs(steps=_STEPS),
    ),
    Claim(
        id=f"{_RESAMPLED}.random_contexts",
        statement="Draws balanced by words that do not tell the style gain nothing.",
        formula=r"T_E \perp S\ \Rightarrow\ p(t_y)\, p(t_e) \approx p(t_y, t_e)",
        source="this project",
        form="violation",
        track="real",
        assumptions=(_SPURIOUS, _POSITIVITY, _MORE),
        check=resampling_gains_nothing,
        drops=(_RESAMPLED, _NAMED),
        **_runs(steps=_STEPS, contexts="random"),
    ),
)
