"""Summaries: means over seeds, the worst verdict, names that tell settings apart."""

import itertools
import math
from typing import Any

import pytest
from scipy import stats

from experiments.summary import headlines, nearest, setting_label, settings_shown, summarise


def record(claim: str = "a.claim", **fields: Any) -> dict[str, Any]:
    evidence = {"measured": {"r2": 0.5}, "bar": {"r2": [0.4, None]}, "ceiling": {"r2": 0.75}, "floor": {}, "note": ""}
    return {
        "claim": claim,
        "statement": "s",
        "formula": "f",
        "source": "own",
        "form": "extra",
        "track": "exact",
        "assumptions": [],
        "drops": None,
        "setting": {},
        "seed": 0,
        "verdict": "holds",
        "reason": "",
        "seconds": 0.5,
        "cpu_seconds": 0.25,
        **fields,
        "evidence": fields["evidence"] if "evidence" in fields else {**evidence, **fields.get("of_evidence", {})},
    }


def measured(value: float | None, seed: int, **fields: Any) -> dict[str, Any]:
    return record(seed=seed, of_evidence={"measured": {"r2": value}}, **fields)


def test_numbers_are_means_over_seeds_with_range_and_student_interval() -> None:
    values = [0.2, 0.5, 0.8, 0.9]
    (entry,) = summarise(measured(value, seed) for seed, value in enumerate(values))
    assert entry["measured"] == {"r2": pytest.approx(0.6)}
    assert entry["range"] == {"r2": [0.2, 0.9]}
    reference = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert entry["interval"]["r2"] == pytest.approx([reference.low, reference.high])
    assert entry["ceiling"] == {"r2": 0.75}
    assert entry["floor"] == {}
    assert entry["seeds"] == [0, 1, 2, 3]
    assert (entry["seconds"], entry["cpu_seconds"]) == (2.0, 1.0)


def test_one_seed_has_no_interval_and_an_undefined_number_no_mean() -> None:
    assert summarise([measured(0.5, 0)])[0]["interval"] == {}
    for cells in ([measured(0.5, 0), measured(None, 1)], [measured(None, 0), measured(0.5, 1)]):
        (entry,) = summarise(cells)
        assert entry["interval"] == {}
        assert math.isnan(entry["measured"]["r2"])
        assert all(map(math.isnan, entry["range"]["r2"]))


ORDER = ("refuted", "not run", "holds", "fails as predicted")


@pytest.mark.parametrize(("worse", "better"), list(itertools.combinations(ORDER, 2)))
def test_the_worst_verdict_of_the_cells_is_the_claims(worse: str, better: str) -> None:
    for verdicts in ((worse, better), (better, worse), (better, better, worse)):
        (entry,) = summarise(record(seed=seed, verdict=verdict) for seed, verdict in enumerate(verdicts))
        assert entry["verdict"] == worse


def test_several_settings_are_told_apart_in_every_name() -> None:
    """By what differs between them, and by that alone."""
    settings = ({"dims": 3, "kind": "leaky", "layers": 2}, {"dims": 5, "kind": "smooth", "layers": 2})
    (entry,) = summarise(record(setting=setting) for setting in settings)
    names = {"r2 [dims=3, kind=leaky]", "r2 [dims=5, kind=smooth]"}
    for kind in ("measured", "bar", "range", "ceiling"):
        assert entry[kind].keys() == names
    (entry,) = summarise(record(setting=settings[0], seed=seed) for seed in (0, 1))
    assert entry["measured"].keys() == {"r2"}
    assert setting_label(settings[0]) == "dims=3, kind=leaky, layers=2"
    assert setting_label({}) == ""


def test_cells_that_were_not_run_give_their_reason_and_no_number() -> None:
    cells = [record(), record(seed=1, evidence=None, verdict="not run", reason="no data")]
    (entry,) = summarise(cells)
    assert (entry["verdict"], entry["reason"]) == ("not run", "no data")
    assert entry["measured"] == {"r2": 0.5}
    assert entry["seeds"] == [0, 1]
    (entry,) = summarise(cells[1:])
    assert (entry["measured"], entry["bar"]) == ({}, {})


def test_claims_stay_in_the_order_in_which_they_come() -> None:
    claims = ["b", "a", "b", "c", "a"]
    assert [entry["id"] for entry in summarise(record(claim) for claim in claims)] == ["b", "a", "c"]


def test_a_note_is_told_once() -> None:
    (entry,) = summarise(
        record(seed=seed, of_evidence={"note": note}) for seed, note in enumerate(["one", "one", "two"])
    )
    assert entry["note"] == "one two"


def test_settings_are_counted_against_those_of_preset_standard() -> None:
    cells = [record(setting={"dims": dims}, seed=seed, standard_settings=4) for dims in (2, 3) for seed in (0, 1)]
    cells.append(record(setting={"dims": 5}, evidence=None, verdict="not run", standard_settings=4))
    (entry,) = summarise(cells)
    assert entry["settings"] == {"measured": 2, "standard": 4}
    assert settings_shown(entry) == "2 of 4 settings"
    for enough in (1, 2, 0):  # 0: records of before the count was kept
        (entry,) = summarise([cell | {"standard_settings": enough} for cell in cells])
        assert settings_shown(entry) == ""
    (entry,) = summarise(cells[-1:])
    assert settings_shown(entry) == ""


def numbers(bars: dict[str, tuple[float, list[float | None]]], **fields: Any) -> dict[str, Any]:
    evidence = {
        "measured": {n: value for n, (value, _) in bars.items()},
        "bar": {n: bar for n, (_, bar) in bars.items()},
    }
    return record(evidence={**evidence, "ceiling": {}, "floor": {}, "note": ""}, **fields)


def violation(bars: dict[str, tuple[float, list[float | None]]], **fields: Any) -> dict[str, Any]:
    return numbers(
        bars,
        claim="a.claim.v",
        form="violation",
        drops=["a.claim", "an assumption"],
        verdict="fails as predicted",
        **fields,
    )


CLAIM = {"premise": (0.0, [0.0, 1e-9]), "gap": (0.0, [0.0, 1e-6]), "accuracy": (0.9, [0.8, None])}
FAILED = {"premise": (1e-10, [0.0, 1e-9]), "gap": (0.02, [0.01, None]), "accuracy": (0.7, [None, 0.75])}


def test_a_violation_shows_what_is_furthest_beyond_the_bar_of_the_claim() -> None:
    entry = summarise([numbers(CLAIM), violation(FAILED)])[1]
    assert entry["failing"] == ["gap", "accuracy"]
    assert nearest(entry) == ["gap"]
    without_gap = {name: numbers for name, numbers in CLAIM.items() if name != "gap"}
    assert nearest(summarise([numbers(without_gap), violation(FAILED)])[1]) == ["accuracy"]


def test_a_violation_shows_a_quantity_of_each_setting() -> None:
    cells = [violation(FAILED, setting={"dims": dims}) for dims in (2, 3)]
    assert nearest(summarise([numbers(CLAIM), *cells])[1]) == ["gap [dims=2]", "gap [dims=3]"]


def test_a_violation_without_its_claim_shows_what_is_deepest_in_the_bar_of_failure() -> None:
    (entry,) = summarise([violation(FAILED | {"count": (3.0, [3.0, 3.0])})])
    assert (entry["failing"], nearest(entry)) == ([], ["gap"])
    (entry,) = summarise([violation({"count": (3.0, [3.0, 3.0])})])
    assert nearest(entry) == ["count"]


def test_a_refuted_claim_shows_what_misses_its_bar_the_furthest_first() -> None:
    bars = {"held": (0.5, [0.4, None]), "missed": (0.3, [0.4, None]), "far": (5.0, [0.0, 1e-9])}
    (entry,) = summarise([numbers(bars, form="printed", verdict="refuted")])
    assert nearest(entry) == ["far", "missed"]


def test_a_claim_that_holds_shows_what_it_is_about_before_what_comes_nearest() -> None:
    bars = {"gain": (0.9, [0.1, None]), "fit": (0.91, [None, 0.95])}
    (entry,) = summarise([numbers(bars)])
    assert (nearest(entry), headlines(entry)) == (["fit"], ["gain", "fit"])
    (entry,) = summarise([numbers(dict(reversed(bars.items())))])
    assert headlines(entry) == ["fit"]
    (entry,) = summarise([numbers(bars | {"missed": (0.3, [0.4, None])}, form="printed", verdict="refuted")])
    assert headlines(entry) == ["missed"]
    cells = [numbers({"gain": (gain, [0.1, None])}, setting={"dims": dims}) for dims, gain in ((2, 0.9), (3, 0.2))]
    assert headlines(summarise(cells)[0])[0] == "gain [dims=3]"
