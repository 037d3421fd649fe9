"""`python -m paper_figures.readme`: the README's table of claims, from the records of a run."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from experiments.records import RecordsError
from experiments.summary import nearest
from paper_figures.numbers import bar, counted, number
from paper_figures.reading import NoRecords, Reading, read_run
from paper_figures.verdicts import tally, verdict_words

BEGIN, END = "<!-- claims -->", "<!-- /claims -->"
TESTS = {
    "exact": "tests/identifiability/claims/test_exact_claims.py",
    "learned": "tests/identifiability/claims/test_learned_claims.py",
    "real": "tests/realscale/claims/test_emoji.py",
}


@dataclass(frozen=True)
class Arguments:
    """Put the table of claims between its two marks in a file; everything else in the file stays."""

    preset: Literal["quick", "standard", "full"] = "standard"
    """Which preset's records to read."""
    out: Path = Path("runs")
    """Folder of records."""
    file: Path = Path("README.md")
    """File with the two marks."""


def table(reading: Reading) -> str:
    """The claims in Markdown: the quantity nearest to its bar, the worst seed of it, the verdict."""
    lines = [
        f"Preset {reading.preset}, {counted(len(reading.records), 'cell')} of "
        f"{counted(len(reading.claims), 'claim')}: "
        f"{tally([entry for entry, _ in reading.claims])}. Of each claim the quantity nearest to its bar; with several "
        "seeds the mean and the range. Exact claims are tested in "
        + ", learned ones in ".join(f"`{TESTS[track]}`" for track in ("exact", "learned"))
        + f", real ones in `{TESTS['real']}`.",
        "",
        "| claim | says | form, track | measured | bar | verdict |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_row(entry) for entry, _ in reading.claims)])


def _row(entry: Mapping[str, Any]) -> str:
    names = nearest(entry)[:1] if entry["bar"] else []
    measured = ", ".join(f"{name} {_with_range(entry, name)}" for name in names) or entry["reason"]
    cells = (
        f"`{entry['id']}`",
        entry["statement"],
        f"{entry['form']}, {entry['track']}",
        measured,
        ", ".join(bar(entry["bar"][name]) for name in names),
        verdict_words(entry),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _with_range(entry: Mapping[str, Any], name: str) -> str:
    low, high = (number(value) for value in entry["range"][name])
    mean = number(entry["measured"][name])
    return mean if low == high else f"{mean} ({low} to {high})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, replace, write; returns 0, or 2 for bad input (nothing is written then)."""
    command = tyro.cli(Arguments, prog="python -m paper_figures.readme", args=arguments)
    try:
        reading = read_run("identifiability", command.preset, command.out)
        text = command.file.read_text(encoding="utf-8")
        before, found, rest = text.partition(BEGIN)
        _, closed, after = rest.partition(END)
        if not found or not closed:
            raise NoRecords(f"{command.file} lacks the marks {BEGIN} and {END}, between which the table belongs")
        command.file.write_text(f"{before}{BEGIN}\n{table(reading)}\n{END}{after}", encoding="utf-8")
    except (NoRecords, RecordsError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(command.file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
