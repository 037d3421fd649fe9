"""What the claims on coloured problems are made of: the checks that several share, and how such a claim is written."""

from collections.abc import Mapping
from typing import Any

from identifiability.claims.claim import PRESETS, Check, Claim, Context, Evidence, Interval, Preset, Setting
from identifiability.claims.equivalence.learned_runs import evidence_of, run

INVARIANT: Interval = (0.73, None)  # accuracy in the test environment, of the two-bit problem; its posterior has .75
POOLED: Interval = (None, 0.13)  # the same of the pooled posterior, .10
INVARIANT_SHARE: Interval = (0.9, None)  # of the way from the pooled posterior's test accuracy to the invariant one's
POOLED_SHARE: Interval = (None, 0.25)

Sizes = Mapping[Preset, Mapping[str, Any]]  # the common part of the settings of each preset

SEEDS: Mapping[Preset, int] = {"quick": 1, "standard": 3, "full": 10}
HEADLINE_SEEDS: Mapping[Preset, int] = {"quick": 1, "standard": 5, "full": 20}
VIOLATION_SEEDS: Mapping[Preset, int] = {"quick": 1, "standard": 2, "full": 5}

# Assumptions, named in one way by all claims on coloured problems.
NOISE = "the class is noisy given the content"
AGREES = "the context agrees with the class in every training environment"
INDEPENDENT = "content and context independent given the class"
WITHIN_CONTEXT = "negatives or weights make the context uninformative of the class"


def pooled(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy at the pooled posterior's: the colour is read. Keys of the series: `evidence_of`."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"ood": POOLED})


def pooled_share(setting: Setting, seed: int, context: Context) -> Evidence:
    """At most a quarter of the way from the pooled posterior's test accuracy to the invariant one's."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"share": POOLED_SHARE})


def invariant_share(setting: Setting, seed: int, context: Context) -> Evidence:
    """Nine tenths of the way, and accuracies that differ by at most .05 between environments."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"share": INVARIANT_SHARE, "spread": (None, 0.05)})


def recovered(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy at the invariant posterior's, which is the ceiling and may be 1."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"gap": (None, 0.02)})


def missed(setting: Setting, seed: int, context: Context) -> Evidence:
    """Test accuracy well below that of a predictor which reads the content alone."""
    problem, report = run(setting, seed, context)
    return evidence_of(setting, problem, report, {"share": (None, 0.65)})


def settings_of(
    common: Sizes, *changes: Mapping[str, Any], quick: int | None = None
) -> dict[Preset, tuple[Setting, ...]]:
    """These changes of the common setting of each preset; the quick preset has the first `quick` of them only."""
    return {
        preset: tuple({**common[preset], **change} for change in changes[: quick if preset == "quick" else None])
        for preset in PRESETS
    }


def positive(
    identifier: str,
    statement: str,
    formula: str,
    check: Check,
    assumptions: tuple[str, ...],
    settings: Mapping[Preset, tuple[Setting, ...]],
    *,
    source: str,
    seeds: Mapping[Preset, int] = SEEDS,
    real: bool = False,
) -> Claim:
    """A learned claim that should hold."""
    return Claim(
        id=identifier,
        statement=statement,
        formula=formula,
        source=source,
        form="extra",
        track="real" if real else "learned",
        assumptions=assumptions,
        check=check,
        settings=settings,
        seeds=seeds,
    )


def violation(
    of: Claim,
    name: str,
    statement: str,
    formula: str,
    check: Check,
    dropped: str,
    settings: Mapping[Preset, tuple[Setting, ...]],
    *,
    seeds: Mapping[Preset, int] = VIOLATION_SEEDS,
) -> Claim:
    """A violation of the claim `of`: all its assumptions but the one dropped."""
    return Claim(
        id=f"{of.id}.{name}",
        statement=statement,
        formula=formula,
        source=of.source,
        form="violation",
        track=of.track,
        assumptions=tuple(other for other in of.assumptions if other != dropped),
        check=check,
        settings=settings,
        seeds=seeds,
        drops=(of.id, dropped),
    )
