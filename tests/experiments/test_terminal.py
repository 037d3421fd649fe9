"""What a person sees: numbers, bars, verdicts, progress."""

import io
from typing import Any

import pytest
from rich.console import Console

from experiments.terminal import CellProgress, claim_table, interval, number, verdict_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.99871, "0.9987"),
        (1.0, "1"),
        (-3.0, "-3"),
        (0.0, "0"),
        (3.2e-14, "3.20e-14"),
        (-0.00099, "-9.90e-04"),
        (123456.7, "1.23e+05"),
        (2e6, "2.00e+06"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("bar", "text"),
    [
        ([0.99, None], ">= 0.9900"),
        ([None, 0.02], "<= 0.0200"),
        ([None, 0.0], "<= 0"),
        ([0.0, None], ">= 0"),
        ([3.0, 3.0], "= 3"),
        ([-1.1, -0.9], "in [-1.1000, -0.9000]"),
        ([None, None], ""),
    ],
)
def test_bars_read_as_inequalities(bar: list[float | None], text: str) -> None:
    assert interval(bar) == text


@pytest.mark.parametrize(
    ("verdict", "form", "text"),
    [
        ("holds", "printed", "holds"),
        ("refuted", "printed", "REFUTED (as printed)"),
        ("refuted", "corrected", "REFUTED"),
        ("refuted", "violation", "REFUTED"),
        ("fails as predicted", "violation", "fails as predicted"),
        ("not run", "printed", "not run"),
    ],
)
def test_only_a_printed_form_is_refuted_as_printed(verdict: str, form: str, text: str) -> None:
    assert str(verdict_text({"verdict": verdict, "form": form})) == text


def entry_of(bars: dict[str, tuple[list[float | None], list[float]]]) -> dict[str, Any]:
    return {
        "id": "a.claim",
        "form": "extra",
        "track": "exact",
        "seeds": [0],
        "settings": {"measured": 1, "standard": 1},
        "failing": [],
        "verdict": "holds",
        "reason": "",
        "measured": {name: measured[0] for name, (_, measured) in bars.items()},
        "range": {name: measured for name, (_, measured) in bars.items()},
        "bar": {name: bar for name, (bar, _) in bars.items()},
        "ceiling": {},
        "floor": {},
    }


def shown(entry: dict[str, Any], *, details: bool = False, unrecorded: tuple[str, ...] = ()) -> str:
    document = {"experiment": "fake", "preset": "quick", "seconds": 1.0, "claims": [entry], "unrecorded": unrecorded}
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as captured:
        console.print(claim_table(document, details=details))
    return captured.get()


def test_the_table_shows_what_misses_its_bar_or_its_subject_and_what_comes_nearest() -> None:
    nan = float("nan")
    entry = entry_of(
        {
            "far": ([0.5, None], [0.9, 0.95]),
            "nearest": ([0.8, None], [0.81, 0.99]),
            "count": ([3.0, 3.0], [3.0, 3.0]),
            "unbounded": ([None, None], [5.0, 5.0]),
            "missed": ([None, 0.2], [0.1, 0.3]),
            "undefined": ([0.0, None], [nan, nan]),
            "wrong_count": ([3.0, 3.0], [3.0, 4.0]),
        }
    )
    held, entry["verdict"] = entry["verdict"], "refuted"
    text = shown(entry)
    assert {name for name in entry["bar"] if f" {name} " in text} == {"missed", "undefined", "wrong_count"}
    assert all(f" {name} " in shown(entry, details=True) for name in entry["bar"])
    for name in ("missed", "undefined", "wrong_count"):
        del entry["bar"][name]
    entry["verdict"] = held
    text = shown(entry)
    assert {name for name in entry["bar"] if f" {name} " in text} == {"far", "nearest"}
    assert "4 quantities" in text
    assert "0.8100 [0.8100, 0.9900]" in text
    assert shown(entry_of({"unbounded": ([None, None], [5.0, 5.0])})).count("unbounded") == 1


def test_fewer_settings_than_preset_standard_has_are_told() -> None:
    entry = entry_of({"error": ([0.0, 1.0], [0.5, 0.5])})
    assert "settings" not in shown(entry)
    entry["settings"] = {"measured": 2, "standard": 7}
    assert "extra, exact, 1 seed, 2 of 7 settings" in shown(entry)


def test_claims_without_a_record_have_no_row_and_are_counted() -> None:
    entry = entry_of({}) | {"verdict": "not run", "reason": "left out"}
    assert "a.claim" in shown(entry)
    text = shown(entry, unrecorded=("a.claim",))
    assert "a.claim" not in text
    assert "1 claims: 1 without a record; 1.0 s" in text


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_a_bar_on_a_terminal_and_a_line_a_cell_elsewhere(terminal: bool) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, markup=False, soft_wrap=True)
    with CellProgress(console, 2) as progress:
        progress.within(3, 10)
        progress.finished({"key": "a.claim/[1]/0", "verdict": "holds", "seconds": 1.25})
    told = stream.getvalue()
    assert ("[1/2] a.claim/[1]/0: holds (1.2 s)\n" in told) == (not terminal)
    assert ("\x1b[" in told) == terminal
