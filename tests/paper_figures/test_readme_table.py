"""The README's table: every claim once, violations in the row of the claim that they violate."""

import dataclasses
from pathlib import Path

import pytest

from paper_figures.reading import Reading
from paper_figures.readme import BEGIN, END, main, table


def cells(markdown: str) -> dict[str, list[str]]:
    """The cells of each row by the claim that stands in the first."""
    rows = [[cell.strip() for cell in row.split(" | ")] for row in markdown.splitlines() if row.startswith("| `")]
    return {row[0].strip("| `"): [cell.removesuffix("|").strip() for cell in row[1:]] for row in rows}


def test_every_claim_is_told_once(reading: Reading) -> None:
    rows = cells(table([reading]))
    entries = {entry["id"]: entry for entry, _ in reading.claims}
    told = [name for claim, row in rows.items() for name in [claim, *(claim + v for v in row[3].split("`")[1::2])]]
    assert told == [name for name in entries]
    for claim, (says, measured, verdict, _) in rows.items():
        entry = entries[claim]
        assert says == f"{entry['statement']} *({entry['form']}, {entry['track']})*".replace("|", "\\|")
        assert verdict in {"holds", "refuted as printed", "not run"}
        assert ("bar" in measured) == (verdict != "not run")
    assert rows["gk.exact"][1] == "error 3.0\u00a0×\u00a010⁻¹⁴, bar 0 to 10⁻¹²"
    assert rows["emoji.missing"][1].startswith("no emoji here")
    assert rows["thm2.blocks"][3] == "`.noisy`"


def test_fewer_settings_than_preset_standard_has_are_told(reading: Reading) -> None:
    records = tuple(dict(record) | {"standard_settings": 3} for record in reading.records)
    rows = cells(table([dataclasses.replace(reading, records=records)]))
    assert rows["thm2.blocks"][2] == "holds (2 of 3 settings)"
    assert rows["thm2.blocks"][3] == "`.noisy` (1 of 3 settings)"
    assert rows["emoji.missing"][2] == "not run"


def test_a_violation_that_does_not_fail_is_said(reading: Reading) -> None:
    records = [dict(r) | {"verdict": "refuted"} if r["form"] == "violation" else r for r in reading.records]
    rows = cells(table([dataclasses.replace(reading, records=tuple(records))]))
    assert rows["thm2.blocks"][3] == "`.noisy` (REFUTED)"


def test_a_violation_whose_claim_was_not_run_has_its_own_row(reading: Reading) -> None:
    alone = tuple(record for record in reading.records if record["form"] == "violation")
    rows = cells(table([dataclasses.replace(reading, records=alone)]))
    assert list(rows) == ["thm2.blocks.noisy"]
    assert rows["thm2.blocks.noisy"][2] == "fails as predicted"


def test_only_what_is_between_the_marks_changes(runs: Path, reading: Reading, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    arguments = ["--preset", "quick", "--out", str(runs), "--file", str(readme)]
    for _ in range(2):
        assert main([*arguments, "--experiments", "identifiability"]) == 0
        assert readme.read_text() == f"before\n{BEGIN}\n{table([reading])}\n{END}\nafter\n"


def test_a_table_that_would_miss_experiments_is_refused(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"{BEGIN}{END}")
    assert main(["--preset", "quick", "--out", str(runs), "--file", str(readme)]) == 2
    said = capsys.readouterr().err
    for experiment in ("equivalence", "invariance_tests"):
        assert f"`python -m experiments.{experiment} --preset quick` makes them" in said
    assert "experiments.identifiability" not in said
    assert readme.read_text() == f"{BEGIN}{END}"


def test_a_file_without_the_marks_is_refused(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("no marks")
    arguments = ["--preset", "quick", "--out", str(runs), "--file", str(readme), "--experiments", "identifiability"]
    assert main(arguments) == 2
    assert "lacks the marks" in capsys.readouterr().err
    assert readme.read_text() == "no marks"
