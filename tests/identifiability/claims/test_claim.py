"""The unit of the ledger: what a verdict is, and what a claim or its evidence may not leave out."""

import math
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identifiability.claims.claim import (
    PRESETS,
    Claim,
    Context,
    Evidence,
    Form,
    Interval,
    Setting,
    every_preset,
)


def check(setting: Setting, seed: int, context: Context) -> Evidence:
    return Evidence(measured={"r2": 1.0}, bar={"r2": (0.99, None)})


def a_claim(form: Form = "extra", drops: tuple[str, str] | None = None, **fields: Any) -> Claim:
    return Claim(
        id="a.claim",
        statement="It is so.",
        formula="x=x",
        source="own",
        form=form,
        track="exact",
        assumptions=("smooth",),
        check=check,
        drops=drops,
        **{**every_preset({"dims": 3}), **fields},
    )


VIOLATION = a_claim("violation", ("another.claim", "smooth"))


@pytest.mark.parametrize(
    ("value", "bar", "met"),
    [
        (1.0, (1.0, 1.0), True),
        (1.0, (None, 1.0), True),
        (1.0, (1.0, None), True),
        (1.0, (None, None), True),
        (1.0, (math.nextafter(1.0, 2.0), None), False),
        (1.0, (None, math.nextafter(1.0, 0.0)), False),
        (math.nan, (None, None), False),
        (math.nan, (0.0, None), False),
        (math.nan, (None, 0.0), False),
        (math.inf, (0.0, None), True),
        (math.inf, (0.0, 1.0), False),
        (np.float64(0.5), (0.0, 1.0), True),
        (0.5, (np.float64(0.6), np.float64(1.0)), False),
    ],
)
def test_a_measurement_meets_its_bar_with_the_ends_and_nan_meets_none(value: float, bar: Interval, met: bool) -> None:
    evidence = Evidence(measured={"x": value, "unbarred": math.nan}, bar={"x": bar})
    assert evidence.missed() == ([] if met else ["x"])
    assert a_claim().verdict(evidence) == ("holds" if met else "refuted")
    assert VIOLATION.verdict(evidence) == ("fails as predicted" if met else "refuted")


@given(st.dictionaries(st.sampled_from("abcde"), st.booleans(), min_size=1))
def test_one_missed_bar_refutes(met: dict[str, bool]) -> None:
    evidence = Evidence(
        measured={name: float(value) for name, value in met.items()}, bar=dict.fromkeys(met, (1.0, 1.0))
    )
    assert evidence.missed() == [name for name, value in met.items() if not value]
    assert (a_claim().verdict(evidence) == "holds") == all(met.values())


def test_a_bar_without_a_measurement_is_refused() -> None:
    with pytest.raises(ValueError, match=r"bars \['r2'\] name nothing that was measured.*hold vacuously"):
        Evidence(measured={"R2": 1.0}, bar={"R2": (0.9, None), "r2": (0.9, None)})


def test_evidence_without_a_bar_is_refused() -> None:
    with pytest.raises(ValueError, match="decides nothing"):
        Evidence(measured={"r2": 1.0}, bar={})


@pytest.mark.parametrize("bar", [(1.0, 0.0), (math.nan, None), (None, math.nan)])
def test_a_bar_that_nothing_could_meet_is_refused(bar: Interval) -> None:
    with pytest.raises(ValueError, match=r"bar \[.*\] of 'r2' holds no number"):
        Evidence(measured={"r2": 1.0}, bar={"r2": bar})


@pytest.mark.parametrize("kind", ["ceiling", "floor"])
def test_a_ceiling_or_floor_of_nothing_is_refused(kind: str) -> None:
    limits: dict[str, Any] = {kind: {"r2_image": 1.0}}
    with pytest.raises(ValueError, match=rf"{kind} \['r2_image'\] names nothing that was measured"):
        Evidence(measured={"r2": 1.0}, bar={"r2": (0.9, None)}, **limits)


def test_a_violation_and_only_a_violation_says_what_it_drops() -> None:
    with pytest.raises(ValueError, match=r"claim a\.claim: a violation, and only a violation"):
        a_claim("violation")
    for form in ("printed", "corrected", "extra"):
        with pytest.raises(ValueError, match="only a violation"):
            a_claim(form, ("another.claim", "smooth"))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_without_a_setting_or_seed_is_refused(preset: str) -> None:
    whole = every_preset({"dims": 3})
    for name, empty in (("settings", ()), ("seeds", 0)):
        with pytest.raises(ValueError, match=f"preset {preset} has no setting or no seed"):
            a_claim(**{name: {**whole[name], preset: empty}})
        without = {other: value for other, value in whole[name].items() if other != preset}
        with pytest.raises(ValueError, match=f"preset {preset} has no setting or no seed"):
            a_claim(**{name: without})


def test_every_preset_repeats_settings_and_seeds() -> None:
    fields = every_preset({"dims": 3}, {"dims": 5}, seeds=4)
    assert fields["settings"] == dict.fromkeys(("quick", "standard", "full"), ({"dims": 3}, {"dims": 5}))
    assert fields["seeds"] == {"quick": 4, "standard": 4, "full": 4}


def test_claims_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        a_claim().form = "printed"  # type: ignore[misc]
    assert replace(a_claim(), form="printed").form == "printed"
