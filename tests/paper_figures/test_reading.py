"""Which records are read, in which order, and what is said when they cannot be."""

import dataclasses
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.records import RecordsError
from paper_figures.reading import NoRecords, Reading, in_order, read_run


@pytest.fixture
def lines(runs: Path) -> list[str]:
    (path,) = runs.glob("identifiability/*/records.jsonl")
    return path.read_text().splitlines()


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write the text of a run folder's records, older or newer by `age`; returns the folder of all runs."""

    def write(text: str, *, name: str = "quick-1", age: float = 0.0) -> Path:
        path = tmp_path / "identifiability" / name / "records.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        os.utime(path, (1e9 - age, 1e9 - age))
        return tmp_path

    return write


def test_the_newest_run_is_read_unless_a_preset_is_named(lines: list[str], written: Callable[..., Path]) -> None:
    text = "\n".join(lines) + "\n"
    written(text, name="standard-1", age=5)
    written(text, name="quick-2", age=9)
    out = written(text, name="quick-1", age=7)
    written("", name="full-1", age=0)  # a run that has not finished a cell
    assert read_run("identifiability", None, out).path.parent.name == "standard-1"
    assert read_run("identifiability", None, out).preset == "standard"
    assert read_run("identifiability", "quick", out).path.parent.name == "quick-1"


def test_the_last_record_of_a_cell_counts(lines: list[str], written: Callable[..., Path]) -> None:
    again = json.loads(lines[3])
    again["seconds"] = 1234.5
    reading = read_run("identifiability", None, written("\n".join([*lines, json.dumps(again)]) + "\n"))
    assert (reading.lines, len(reading.records)) == (len(lines) + 1, len(lines))
    assert [r["seconds"] for r in reading.records if r["key"] == again["key"]] == [1234.5]


def test_records_come_in_the_order_of_the_ledger_not_of_the_run(lines: list[str]) -> None:
    records = [json.loads(line) for line in lines]
    shuffled = random.Random(0).sample(records, len(records))
    ordered = in_order(shuffled)
    assert ordered == in_order(records)
    assert [r["position"] for r in ordered] == sorted(r["position"] for r in records)
    first = [(r["setting"]["dims"], r["seed"]) for r in ordered if r["claim"] == "thm2.blocks"]
    assert first == [(dims, seed) for dims in (3, 12) for seed in range(3)], "12 comes after 3"


def test_a_torn_tail_is_left_out_and_said(lines: list[str], written: Callable[..., Path]) -> None:
    reading = read_run("identifiability", None, written("\n".join([*lines, lines[0][:40]])))
    assert len(reading.records) == len(lines)
    assert "torn" in reading.torn


def test_records_of_several_commits_are_told(reading: Reading) -> None:
    assert reading.mixed == ""
    later = dict(reading.records[0]) | {"commit": "fedcba987654"}
    mixed = dataclasses.replace(reading, records=(*reading.records[1:], later)).mixed
    assert "2 commits (0123456789ab, fedcba987654)" in mixed
    assert "`python -m experiments.identifiability --preset quick --fresh`" in mixed


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda line: line[:40], "is no record"),
        (lambda line: json.dumps(json.loads(line) | {"schema": 99}), "schema 99; expected"),
    ],
)
def test_broken_or_foreign_records_are_refused(
    lines: list[str], written: Callable[..., Path], spoil: Callable[[str], str], named: str
) -> None:
    out = written("\n".join([lines[0], spoil(lines[1]), *lines[2:]]) + "\n")
    with pytest.raises(RecordsError, match=named):
        read_run("identifiability", None, out)


@pytest.mark.parametrize("preset", [None, "full"])
def test_without_records_the_command_that_makes_them_is_named(tmp_path: Path, preset: str | None) -> None:
    command = "python -m experiments.identifiability" + (" --preset full" if preset else "")
    with pytest.raises(NoRecords, match=f"`{command}` makes them"):
        read_run("identifiability", preset, tmp_path)


def test_a_run_that_died_in_its_first_record_has_none(lines: list[str], written: Callable[..., Path]) -> None:
    with pytest.raises(NoRecords, match="no whole record"):
        read_run("identifiability", None, written(lines[0][:40]))


def test_records_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "identifiability" / "quick-1" / "records.jsonl").mkdir(parents=True)
    with pytest.raises(NoRecords, match=r"quick-1/records\.jsonl cannot be read"):
        read_run("identifiability", None, tmp_path)


def test_a_measurement_joins_the_seeds_of_one_setting(reading: Reading) -> None:
    small, large = (m for m in reading.measurements if m.claim == "thm2.blocks")
    assert [m.setting for m in (small, large)] == ["dims=3", "dims=12"]
    seeds = [record["evidence"]["measured"]["forward_image"] for record in small.records]
    assert small.measured["forward_image"] == pytest.approx(sum(seeds) / 3)
    assert small.summary["range"]["forward_image"] == [min(seeds), max(seeds)]


def test_missed_is_any_seed_outside_its_bar(reading: Reading) -> None:
    record: dict[str, Any] = json.loads(json.dumps(reading.records[0]))
    name = next(iter(record["evidence"]["bar"]))

    def missed(value: float | None, bar: list[float | None]) -> bool:
        record["evidence"]["measured"][name], record["evidence"]["bar"][name] = value, bar
        return type(reading.measurements[0])((record,)).missed(name)

    assert not missed(0.5, [0.5, 0.5])
    assert missed(0.5, [0.6, None])
    assert missed(0.5, [None, 0.4])
    assert missed(None, [None, None]), "what is not a number is outside every bar"
    assert not reading.measurements[0].missed("no such number")


def test_a_brief_setting_leaves_the_length_of_training_out(reading: Reading) -> None:
    record = dict(reading.records[0]) | {"setting": {"dims": 3, "steps": 800, "batch": 256, "width": 64, "bar": 0.99}}
    measurement = type(reading.measurements[0])((record,))
    assert measurement.brief == "dims=3"
    assert "steps=800" in measurement.setting
