"""`python -m paper_figures EXPERIMENT|ledger`: figures (PNG, PDF) and one self-contained page, from records alone."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from experiments.records import RecordsError
from paper_figures.catalogue import CATALOGUES, Experiment, Picture, draw_all
from paper_figures.ledger import Chapter, ledger
from paper_figures.numbers import counted
from paper_figures.page import page
from paper_figures.reading import NoRecords, Reading, read_run, run_command
from paper_figures.verdicts import tally

LEDGER = "ledger"


@dataclass(frozen=True)
class Arguments:
    """Draw what was recorded, and say which records were read and what is missing."""

    subject: tyro.conf.Positional[Experiment | Literal["ledger"]]
    """An experiment: its figures and their page. ledger: the claims of all experiments, on one page."""
    preset: Literal["quick", "standard", "full"] | None = None
    """Which preset's records to read; None: the newest records, whatever their preset."""
    out: Path = Path("runs")
    """Folder of records, as `python -m experiments.EXPERIMENT --out` names it."""
    to: Path = Path("paper_figures/output")
    """Folder to write to: TO/EXPERIMENT.html and TO/EXPERIMENT/FIGURE.png and .pdf; TO/ledger.html."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, draw, write; returns the exit code: 0, or 2 for bad input (nothing is written then)."""
    command = tyro.cli(Arguments, prog="python -m paper_figures", args=arguments)
    make = write_ledger if command.subject == LEDGER else write_experiment
    try:
        place = make(command)
    except (NoRecords, RecordsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"error: {command.to} cannot be written ({error}); expected a folder in which this command may create "
            "files, because the page and the figures go there; choose another with --to",
            file=sys.stderr,
        )
        return 2
    print(place)
    return 0


def write_experiment(command: Arguments) -> Path:
    """Figures and page of one experiment; prints what was read, drawn and missed, and returns the page's place."""
    reading = read_run(command.subject, command.preset, command.out)
    pictures, missing = draw_all(reading)
    place = write(reading, pictures, missing, command.to)
    print("\n".join(report(reading, pictures, missing)))
    return place


def write_ledger(command: Arguments) -> Path:
    """The page of all experiments; prints what was read and what was not run, and returns the page's place.

    Raises NoRecords where no experiment at all has records.
    """
    chapters: dict[str, Chapter | None] = {}
    for experiment in CATALOGUES:
        try:
            reading = read_run(experiment, command.preset, command.out)
        except NoRecords as reason:
            chapters[experiment] = None
            print(f"not run: {experiment}: {reason}")
        else:
            chapters[experiment] = Chapter(reading, *draw_all(reading))
            print("\n".join(origin(reading)))
    if not any(chapters.values()):
        raise NoRecords(
            f"{command.out} has no records of {', '.join(CATALOGUES)}; expected those of one experiment at least; "
            f"`{run_command(next(iter(CATALOGUES)), command.preset)}` makes them"
        )
    command.to.mkdir(parents=True, exist_ok=True)
    place = command.to / f"{LEDGER}.html"
    place.write_text(ledger(chapters, command.preset), encoding="utf-8")
    return place


def write(reading: Reading, pictures: Sequence[Picture], missing: dict[str, str], folder: Path) -> Path:
    """Write figures and page; a figure of an earlier call that is missing now does not stay behind."""
    figures = folder / reading.experiment
    figures.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        for kind, content in picture.files.items():
            (figures / f"{picture.name}.{kind}").write_bytes(content)
    for name in missing:
        for kind in ("png", "pdf"):
            (figures / f"{name}.{kind}").unlink(missing_ok=True)
    place = folder / f"{reading.experiment}.html"
    place.write_text(page(reading, pictures, missing), encoding="utf-8")
    return place


def report(reading: Reading, pictures: Sequence[Picture], missing: dict[str, str]) -> list[str]:
    """What was read, what was drawn, what is missing: a line each."""
    lines = origin(reading)
    lines += [
        f"not run: {entry['id']}: {entry['reason']}" for entry, _ in reading.claims if entry["verdict"] == "not run"
    ]
    lines += [f"not drawn: {name}: {reason}" for name, reason in missing.items()]
    names = ", ".join(picture.name for picture in pictures)
    return [*lines, f"drawn, as PNG and PDF: {names}"]


def origin(reading: Reading) -> list[str]:
    """Which records were read, and what is odd about them: a line each."""
    entries = [entry for entry, _ in reading.claims]
    lines = [
        f"read {reading.path}: preset {reading.preset}, {counted(len(reading.records), 'record')} of "
        f"{counted(len(entries), 'claim')} ({tally(entries)})"
    ]
    if reading.torn:
        lines.append(f"left out: {reading.torn}")
    if reading.mixed:
        lines.append(f"mixed: {reading.mixed}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
