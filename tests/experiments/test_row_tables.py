"""The table of a claim that was measured row by row."""

import io
from typing import Any

import pytest
from rich.console import Console, Group

from experiments.row_tables import row_tables


def record(setting: dict[str, Any], rows: dict[str, Any] | None) -> dict[str, Any]:
    return {"setting": setting, "evidence": {"series": {} if rows is None else {"rows": rows}}}


def printed(records: list[dict[str, Any]]) -> list[str]:
    console = Console(file=io.StringIO(), width=160)
    console.print(Group(*row_tables(records)))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_values_of_all_seeds_of_a_setting_are_pooled() -> None:
    told = [record({"steps": 9, "rows": ["balanced"]}, {"balanced": {"id": [value]}}) for value in (0.6, 0.7, 0.8)]
    lines = printed(told)
    assert "steps=9, seeds: 3; mean and half of its 95 % interval" in lines[0]
    assert any("balanced" in line for line in lines)
    (accuracy,) = [line for line in lines if "│ id" in line]
    assert "0.700 ±0.248" in accuracy  # 4.3027 x 0.1 / sqrt(3)


def test_settings_have_tables_of_their_own() -> None:
    lines = printed([record({"n": 1}, {"pruned": {"id": [0.25]}}), record({"n": 2}, {"pruned": {"id": [0.5]}})])
    values = [line for line in lines if "│ id" in line]
    assert len(values) == 2
    assert "0.250 " in values[0]
    assert "±" not in values[0]


def test_a_share_has_no_interval() -> None:
    told = [record({}, {"pruned": {"rejected": [value]}}) for value in (1.0, 1.0, 0.0)]
    (share,) = [line for line in printed(told) if "rejected" in line]
    assert "0.667" in share
    assert "±" not in share


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_not_defined_is_left_out(missing: float | None) -> None:
    rows = {"pruned": {"fit": [missing], "worst_context": [0.4]}, "balanced": {"worst_context": [0.5]}}
    lines = printed([record({}, rows)])
    assert any("worst context" in line for line in lines)
    assert not any("nan" in line or "None" in line for line in lines)


def test_records_without_rows_have_no_table() -> None:
    assert row_tables([record({}, None), {"setting": {}, "evidence": None}]) == []
