"""`python -m paper_figures.readme`: the README's table of claims, from the records of every experiment."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import tyro

from experiments.records import RecordsError
from experiments.summary import headlines, nearest, settings_shown
from paper_figures.catalogue import Experiment
from paper_figures.numbers import bar, counted, number, quantity
from paper_figures.reading import NoRecords, Reading, read_run
from paper_figures.verdicts import tally, verdict_words

BEGIN, END = "<!-- claims -->", "<!-- /claims -->"
TESTS = {"exact": "tests/identifiability/claims/test_registry.py"}
LEGEND = (
    "A row is a claim: of what it measures the first quantity that it sets a bar for, and the one nearest to its bar "
    "if that is another (if refuted, the one furthest beyond it), with several seeds the mean and the range. "
    "In the last column stand its violations, each with one of its assumptions dropped and named after the claim: "
    "`.token_noise` in the row of `gk.common_part` is `gk.common_part.token_noise`. Every exact claim has a test that "
    f"names it, which `{TESTS['exact']}` sees to; all numbers of all claims are in the ledger, "
    "`python -m paper_figures ledger`."
)


@dataclass(frozen=True)
class Arguments:
    """Put the table of claims between its two marks in a file; everything else in the file stays."""

    preset: Literal["quick", "standard", "full"] | None = None
    """Which preset's records to read; None: the newest records of each experiment, whose preset the table names."""
    experiments: tuple[Experiment, ...] = get_args(Experiment)
    """Whose claims to tell; each must have records."""
    out: Path = Path("runs")
    """Folder of records."""
    file: Path = Path("README.md")
    """File with the two marks."""


def table(readings: Sequence[Reading]) -> str:
    """The claims in Markdown, a part an experiment."""
    return "\n\n".join([LEGEND, *map(_part, readings)])


def _part(reading: Reading) -> str:
    entries = [entry for entry, _ in reading.claims]
    return "\n".join(
        [
            f"### {reading.experiment}",
            "",
            f"Preset {reading.preset}, {counted(len(reading.records), 'cell')} of "
            f"{counted(len(entries), 'claim')}: {tally(entries)}.",
            "",
            "| claim | says | measured | verdict | violations, all failing as predicted unless said |",
            "|---|---|---|---|---|",
            *(_row(entry, violations) for entry, violations in _with_violations(entries)),
        ]
    )


def _with_violations(entries: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Each claim with the violations that are named after it; a violation of a claim that is not there stands alone."""
    ids = {entry["id"] for entry in entries}
    rows: dict[str, tuple[Mapping[str, Any], list[Mapping[str, Any]]]] = {}
    for entry in entries:
        if not _stands_under(entry, ids):
            rows[entry["id"]] = (entry, [])
    for entry in entries:
        if _stands_under(entry, ids):
            rows[entry["drops"][0]][1].append(entry)
    return list(rows.values())


def _stands_under(entry: Mapping[str, Any], ids: set[str]) -> bool:
    return bool(entry["drops"]) and entry["drops"][0] in ids and entry["id"].startswith(entry["drops"][0] + ".")


def _row(entry: Mapping[str, Any], violations: Sequence[Mapping[str, Any]]) -> str:
    cells = (
        f"`{entry['id']}`",
        f"{entry['statement']} *({entry['form']}, {entry['track']})*",
        _measured(entry) or entry["reason"],
        _verdict(entry),
        ", ".join(_violation(entry["id"], violation) for violation in violations),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _violation(claim: str, violation: Mapping[str, Any]) -> str:
    words = verdict_words(violation)
    told = ", ".join(filter(None, ("" if words == "fails as predicted" else words, settings_shown(violation))))
    return f"`{violation['id'].removeprefix(claim)}`{f' ({told})' if told else ''}"


def _verdict(entry: Mapping[str, Any]) -> str:
    """`holds (1 of 3 settings)`: the verdict, and of how many settings where it is not of all of preset standard."""
    some = settings_shown(entry)
    return verdict_words(entry) + (f" ({some})" if some else "")


def _measured(entry: Mapping[str, Any]) -> str:
    """What the claim is about, or misses its bar the furthest; then what comes nearest to it."""
    names = dict.fromkeys([*headlines(entry)[:1], *nearest(entry)[:1]])
    told = [f"{quantity(name)} {_with_range(entry, name)}, bar {bar(entry['bar'][name])}" for name in names]
    return "; nearest to its bar: ".join(told)


def _with_range(entry: Mapping[str, Any], name: str) -> str:
    low, high = (number(value) for value in entry["range"][name])
    mean = number(entry["measured"][name])
    return mean if low == high else f"{mean} ({low} to {high})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, replace, write; returns 0, or 2 for bad input (nothing is written then)."""
    command = tyro.cli(Arguments, prog="python -m paper_figures.readme", args=arguments)
    try:
        readings = _readings(command)
        text = command.file.read_text(encoding="utf-8")
        before, found, rest = text.partition(BEGIN)
        _, closed, after = rest.partition(END)
        if not found or not closed:
            raise NoRecords(f"{command.file} lacks the marks {BEGIN} and {END}, between which the table belongs")
        command.file.write_text(f"{before}{BEGIN}\n{table(readings)}\n{END}{after}", encoding="utf-8")
    except (NoRecords, RecordsError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(command.file)
    return 0


def _readings(command: Arguments) -> list[Reading]:
    """The records of every experiment asked for. Raises NoRecords naming all that have none."""
    readings, without = [], {}
    for experiment in command.experiments:
        try:
            readings.append(read_run(experiment, command.preset, command.out))
        except NoRecords as reason:
            without[experiment] = str(reason)
    if without:
        raise NoRecords(
            "; ".join(without.values()) + "; a table without them would look whole: make them, or name the "
            "experiments to tell with --experiments"
        )
    return readings


if __name__ == "__main__":
    sys.exit(main())
