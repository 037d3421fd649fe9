"""Recipes on rendered pictures whose latents are known: does a CLIP from scratch reach the population's predictor."""

from typing import Any

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Interval, Preset, Setting
from realscale.claims.rendered_colours import COUNT, RenderedPairs, predicted_accuracies
from realscale.claims.scratch_rows import NOTE, TESTS, chance, numbers, outcomes, series_of

# Bars on accuracies of one seed each, set before the claims were run on the seeds of the presets.
NEAR = 0.10  # how far an accuracy may be from the population's in any test
READ = 0.80  # accuracy of a probe that reads a fair bit
UNREAD = 0.60  # and of one that does not
FEW = 64  # pictures with a word for good

# the population's predictor of each row, of `identifiability.exact.invariance.designs`
DESIGN = {"pruned": "pruned", "balanced": "balanced", "stratified": "within_context", "full_matched": "full_matched"}


def _evidence(
    setting: Setting, seed: int, context: Context, rows: list[str], bar: dict[str, Interval], regime: str = ""
) -> Evidence:
    pairs = RenderedPairs(**{name: setting[name] for name in ("pictures", "shown") if name in setting})
    found = outcomes(rows, pairs, seed, context, steps=setting["steps"])
    measured = {name: value for name, value in numbers(found).items() if not np.isnan(value)}
    predicted = {row: predicted_accuracies(DESIGN[row], pairs) for row in rows}
    for row, accuracies in predicted.items():
        measured |= {f"predicted_{test}_{row}": value for test, value in accuracies.items()}
        measured[f"distance_{row}"] = max(abs(found[row].numbers[test] - accuracies[test]) for test in TESTS)
    return Evidence(
        measured=measured,
        bar=bar,
        floor=chance(found, COUNT),
        series={**series_of("rendered", found, regime=regime), "predicted": predicted},
        note=NOTE + "Rendered pictures: two colours of a thing, two backgrounds, all else at random. predicted: at the "
        "population optimum, by enumeration of the finite model; distance: the largest difference of the trained "
        "accuracy from it in the three tests.",
    )


def reaches_population(setting: Setting, seed: int, context: Context) -> Evidence:
    """Every row's accuracies are the population's, up to NEAR."""
    bar: dict[str, Interval] = {f"distance_{row}": (None, NEAR) for row in setting["rows"]}
    return _evidence(setting, seed, context, list(setting["rows"]), bar)


def leaves_population(setting: Setting, seed: int, context: Context) -> Evidence:
    """Few pictures with one word each: the balanced predictor is further than NEAR from the population's."""
    return _evidence(setting, seed, context, ["balanced"], {"distance_balanced": (NEAR, None)}, "few pictures")


def code_keeps_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """A probe reads the context off the codes of the balanced model, and not off its scores."""
    bar: dict[str, Interval] = {"context_in_code_balanced": (READ, None), "context_in_scores_balanced": (None, UNREAD)}
    return _evidence(setting, seed, context, ["balanced"], bar)


def code_has_no_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """Where the picture does not show what the caption names, no probe reads it off the codes."""
    bar: dict[str, Interval] = {"context_in_code_balanced": (None, UNREAD)}
    return _evidence(setting, seed, context, ["balanced"], bar, "background not shown")


def _runs(*, rows: dict[Preset, list[str]] | None = None, **setting: Any) -> dict[str, Any]:
    steps: dict[Preset, int] = {"quick": 100, "standard": 300, "full": 600}
    return {
        "settings": {
            preset: ({**setting, "steps": count} | ({} if rows is None else {"rows": rows[preset]}),)
            for preset, count in steps.items()
        },
        "seeds": {"quick": 1, "standard": 3, "full": 10},
    }


_ALL = list(DESIGN)
_SOURCE = "this project; exactly: `vocabulary.pruned_is_erm`, `irm.balanced_tokens`, `prompts.matched_context`"
_NEW = "the pictures are new in every batch"
_SHOWN = "the picture shows its context"
_SPURIOUS = "the context goes with the class in training"
_POPULATION = "rendered.population"
_CODE = "rendered.code_keeps_context"

RENDERED: tuple[Claim, ...] = (
    Claim(
        id=_POPULATION,
        statement="On rendered pictures of a finite model, pruned captions, token-balanced weights, batches of one "
        "context and matched prompts each come to the accuracies of their population optimum, in every test.",
        formula=r"\operatorname{argmax}_y \hat s(x, y) = \operatorname{argmax}_y s^*(x, y)",
        source=_SOURCE,
        form="extra",
        track="learned",
        assumptions=(_SPURIOUS, _SHOWN, _NEW),
        check=reaches_population,
        **_runs(rows={"quick": ["pruned", "balanced"], "standard": _ALL, "full": _ALL}),
    ),
    Claim(
        id=f"{_POPULATION}.few_pictures",
        statement="Few pictures, each with one noisy word for good, make another predictor than the population's.",
        formula=r"\operatorname{argmax}_y \hat s(x, y) \neq \operatorname{argmax}_y s^*(x, y)",
        source="this project",
        form="violation",
        track="learned",
        assumptions=(_SPURIOUS, _SHOWN),
        check=leaves_population,
        drops=(_POPULATION, _NEW),
        **_runs(pictures=FEW),
    ),
    Claim(
        id=_CODE,
        statement="The balanced predictor does not depend on the context, and its image code still tells the context: "
        "an invariant predictor is no invariant representation.",
        formula=r"f = f_0 + u(x), \quad u \perp \operatorname{span}\{g_t\}",
        source="this project; exactly: `features.seen_part`",
        form="extra",
        track="learned",
        assumptions=(_SPURIOUS, _SHOWN, _NEW),
        check=code_keeps_context,
        **_runs(),
    ),
    Claim(
        id=f"{_CODE}.not_shown",
        statement="A context that captions name and pictures do not show is in no code.",
        formula=r"X \perp S\ \Rightarrow\ f(X) \perp S",
        source="this project",
        form="violation",
        track="learned",
        assumptions=(_SPURIOUS, _NEW),
        check=code_has_no_context,
        drops=(_CODE, _SHOWN),
        **_runs(shown=False),
    ),
)
