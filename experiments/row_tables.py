"""What a claim measured row by row (recipe by recipe) as a table: a column a row, a line a number."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from experiments.records import canonical
from experiments.summary import setting_label, student_interval


def row_tables(records: Sequence[Mapping[str, Any]]) -> list[RenderableType]:
    """A titled table for each setting whose records have the series `rows`: row -> number -> values (seeds, splits).

    A cell holds the mean and half the width of its 95 % Student interval; of a single value there is none.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        if record["evidence"] and record["evidence"]["series"].get("rows"):
            groups.setdefault(canonical(record["setting"]), []).append(record)
    return [part for group in groups.values() for part in (_title(group), _table(group))]


def _title(group: Sequence[Mapping[str, Any]]) -> Text:
    setting = {name: value for name, value in group[0]["setting"].items() if not isinstance(value, list)}
    shown = ", ".join(filter(None, [setting_label(setting), f"seeds: {len(group)}"]))
    return Text(f"{shown}; mean and half of its 95 % interval")


def _table(group: Sequence[Mapping[str, Any]]) -> Table:
    values: dict[str, dict[str, list[float]]] = {}
    for record in group:
        for row, numbers in record["evidence"]["series"]["rows"].items():
            for name, own in numbers.items():
                of_row = values.setdefault(row, {}).setdefault(name, [])
                of_row.extend(float("nan") if value is None else value for value in own)
    table = Table("number", *(row.replace("_", " ") for row in values))
    for column in table.columns[1:]:
        column.justify = "right"
    for name in dict.fromkeys(name for numbers in values.values() for name in numbers):
        table.add_row(name.replace("_", " "), *(_cell(numbers.get(name, [])) for numbers in values.values()))
    return table


def _cell(values: Sequence[float]) -> str:
    """`0.771 ±0.056`; a share of runs, whose values are 0 and 1, has no interval."""
    if not values or any(value != value for value in values):
        return ""
    ends = None if {0.0, 1.0} >= set(values) else student_interval(values)
    mean = f"{sum(values) / len(values):.3f}"
    return f"{mean} ±{(ends[1] - ends[0]) / 2:.3f}" if ends else mean
