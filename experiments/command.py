"""The command line that every experiment shares: run, list, show."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from experiments.cells import BROKEN, Cell, left_out, plan, provenance
from experiments.records import SCHEMA, RecordsError, RecordStore, canonical, open_records, plain, read_records
from experiments.scheduling import run_cells
from experiments.summary import summarise
from experiments.terminal import CellProgress, claim_details, claim_list, claim_table, results_console
from identifiability.claims.claim import Claim, Preset
from scm.spelling import nearest_names


class UsageError(ValueError):
    """Bad input; the message is one paragraph that names the value, the expectation and the reason."""


@dataclass(frozen=True)
class Run:
    """Check the claims: run every cell that has no record yet, then print the table of verdicts."""

    preset: Preset = "quick"
    """quick: every claim, small dims, about a minute. standard: the bars, several seeds, at most 10 minutes. full: the
    paper's grid, hours, resumable."""
    claims: tuple[str, ...] = ()
    """Only these claims (ids as `list` prints them); none: all."""
    seeds: tuple[int, ...] = ()
    """Run these seeds instead of the preset's own number of seeds; none: the preset's."""
    data: str = "all"
    """all: synthetic, and real data where it is at hand. synthetic: no real data. The name of the experiment's real
    data (emoji: identifiability; digits: equivalence): only that, which must be at hand."""
    jobs: int = 0
    """Worker processes, one thread each; 0: one a processor."""
    out: Path = Path("runs")
    """Folder of records; this run's are in OUT/EXPERIMENT/PRESET-CONFIG_HASH/records.jsonl."""
    json: bool = False
    """Print one JSON document on standard output and nothing else there."""
    details: bool = False
    """Show every quantity of every claim in the table, not only its subject and the nearest to its bar."""
    fresh: bool = False
    """Start over: earlier records of this configuration are set aside, not read."""
    budget_seconds: Annotated[float | None, tyro.conf.arg(metavar="SECONDS")] = None
    """Start no cell after so many seconds; what is left out is named, and a rerun does it. None: no limit."""

    def __post_init__(self) -> None:
        if self.jobs < 0:
            raise UsageError(f"--jobs {self.jobs}: expected 0 (one a processor) or a positive number of processes")
        if any(seed < 0 for seed in self.seeds) or len(set(self.seeds)) < len(self.seeds):
            raise UsageError(
                f"--seeds {' '.join(map(str, self.seeds))}: expected different integers >= 0: each names a stream"
            )
        if self.budget_seconds is not None and not self.budget_seconds > 0:
            raise UsageError(f"--budget-seconds {self.budget_seconds}: expected a positive number of seconds")


@dataclass(frozen=True)
class List:
    """List the claims: id, form, track and statement."""

    json: bool = False
    """Print one JSON document instead of a table."""


@dataclass(frozen=True)
class Show:
    """Show one claim whole: statement, source, assumptions, settings, and what its records say."""

    claim: tyro.conf.Positional[str]
    """Id of the claim, as `list` prints it."""
    preset: Preset = "quick"
    """Which preset's records to read."""
    seeds: tuple[int, ...] = ()
    """Which seeds' records to read, as given to `run`; none: those of the preset."""
    out: Path = Path("runs")
    """Folder of records."""


Command = (
    Annotated[Run, tyro.conf.subcommand("run")]
    | Annotated[List, tyro.conf.subcommand("list")]
    | Annotated[Show, tyro.conf.subcommand("show")]
)


@dataclass(frozen=True)
class Experiment:
    """One experiment: its name, its claims in the order of the ledger, and the real data that some of them use."""

    name: str
    claims: tuple[Claim, ...]
    data: str = ""
    """Name of the real data, as `--data` takes it; "" where no claim uses any."""
    data_missing: Callable[[], str] = lambda: ""
    """Why the real data cannot be used here ("" when it can), with the command that gets it."""

    def __post_init__(self) -> None:
        ids = [claim.id for claim in self.claims]
        repeated = sorted({name for name in ids if ids.count(name) > 1})
        if repeated:
            raise ValueError(
                f"experiment {self.name} has several claims {repeated}; expected ids that differ: an id names records"
            )

    def folder(self, preset: Preset, seeds: Sequence[int], out: Path) -> tuple[str, Path]:
        """The configuration's hash and its folder of records: which cells are run decides, not how they are run."""
        keys = sorted(cell.key for cell in plan(self.claims, preset, seeds or None))
        configuration = {"experiment": self.name, "preset": preset, "cells": keys, "schema": SCHEMA}
        digest = hashlib.sha256(canonical(configuration).encode()).hexdigest()[:12]
        return digest, out / self.name / f"{preset}-{digest}"

    def select(self, ids: Sequence[str], data: str) -> tuple[Claim, ...]:
        """The claims named, of the data asked for. Raises UsageError for an unknown id or data, and for no claim."""
        known = {claim.id for claim in self.claims}
        unknown = [name for name in ids if name not in known]
        if unknown:
            close = dict.fromkeys(match for name in unknown for match in nearest_names(name, sorted(known)))
            raise UsageError(
                f"unknown claim {', '.join(unknown)}; expected ids of {self.name}"
                f"{', the nearest of which are' if close else ''}: {', '.join(close or sorted(known))}; "
                f"`python -m experiments.{self.name} list` prints them with their statements"
            )
        choices = {"all": {"exact", "learned", "real"}, "synthetic": {"exact", "learned"}}
        if self.data:
            choices[self.data] = {"real"}
        if data not in choices:
            raise UsageError(
                f"--data {data}: expected {', '.join(choices)}, because these are the data that the claims of "
                f"{self.name} use"
            )
        tracks = choices[data]
        selected = tuple(claim for claim in self.claims if claim.track in tracks and (not ids or claim.id in ids))
        if not selected:
            raise UsageError(
                f"--data {data} leaves none of the claims asked for ({', '.join(ids) or 'all'}); expected claims of "
                f"track {' or '.join(sorted(tracks))}, because the others do not use that data"
            )
        return selected


def processors() -> int:
    """Processors that this process may use (a container may give fewer than the machine has)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main(experiment: Experiment, arguments: Sequence[str] | None = None) -> int:
    """Parse, run, and return the exit code.

    0; 1: a claim that should hold is refuted; 2: bad input; 3: a check broke; 130: Ctrl-C.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or (arguments[0] not in {"run", "list", "show"} and arguments[0] not in {"-h", "--help"}):
        arguments.insert(0, "run")
    errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        command = tyro.cli(
            Command,
            prog=f"python -m experiments.{experiment.name}",
            args=arguments,
            config=(tyro.conf.FlagCreatePairsOff,),
        )
        if isinstance(command, List):
            return _list(experiment, command)
        if isinstance(command, Show):
            return _show(experiment, command)
        return _run(experiment, command, errors)
    except (UsageError, RecordsError) as error:
        errors.print(f"error: {error}", style="red")
        return 2
    except KeyboardInterrupt:
        errors.print("interrupted")
        return 130


def _list(experiment: Experiment, command: List) -> int:
    if command.json:
        fields = ("id", "statement", "formula", "source", "form", "track", "assumptions", "drops")
        print(json.dumps([{name: getattr(claim, name) for name in fields} for claim in experiment.claims], indent=1))
    else:
        results_console().print(claim_list(experiment.claims))
    return 0


def _show(experiment: Experiment, command: Show) -> int:
    (claim,) = experiment.select([command.claim], "all")
    _, folder = experiment.folder(command.preset, command.seeds, command.out)
    last = {record["key"]: record for record in read_records(folder / "records.jsonl")}
    records = [record for record in last.values() if record["claim"] == claim.id]
    results_console().print(claim_details(claim, command.preset, records))
    return 0


def _run(experiment: Experiment, command: Run, errors: Console) -> int:
    started = time.perf_counter()
    chosen = {claim.id for claim in experiment.select(command.claims, command.data)}
    if command.data == experiment.data and (missing := experiment.data_missing()):
        raise UsageError(missing)
    ledger = plan(experiment.claims, command.preset, command.seeds or None)
    cells = [cell for cell in ledger if cell.claim.id in chosen]
    digest, folder = experiment.folder(command.preset, command.seeds, command.out)
    with open_records(folder, fresh=command.fresh) as store:
        for report in store.reports:
            errors.print(report)
        interrupted = _run_missing(store, cells, command, errors)
    left = [cell for cell in cells if cell.key not in store.records]
    reason = f"left out ({'interrupted' if interrupted else 'budget'}); run the same command again"
    # of the code that made the records, which a rerun of other code only reads
    commits = sorted({store.records[cell.key]["commit"] for cell in cells if cell.key in store.records})
    entries = summarise(store.records.get(cell.key) or left_out(cell, reason) for cell in cells)
    document = {
        "experiment": experiment.name,
        "preset": command.preset,
        "config_hash": digest,
        "commit": " ".join(commits) or provenance()["commit"],
        "seconds": round(time.perf_counter() - started, 3),
        "records": str(folder / "records.jsonl"),
        "cells": {"done": len(cells) - len(left), "left": [cell.key for cell in left]},
        "unrecorded": sorted(
            {cell.claim.id for cell in left} - {cell.claim.id for cell in cells if cell.key in store.records}
        ),
        "claims": entries,
    }
    if command.json:
        print(json.dumps(plain(document), indent=1, allow_nan=False))
    else:
        console = results_console()
        console.print(claim_table(document, details=command.details))
        console.print(f"records: {folder / 'records.jsonl'}", soft_wrap=True, highlight=False)
    if left and not interrupted:
        errors.print(f"{len(left)} cells were left out (budget); run the same command again to do them")
    if interrupted:
        errors.print("interrupted: finished cells are kept; run the same command again to go on")
        return 130
    if any(entry["reason"].startswith(BROKEN) for entry in entries):
        errors.print("a check broke (see above); the other claims were checked, and a rerun tries it again")
        return 3
    return int(any(entry["verdict"] == "refuted" and entry["form"] != "printed" for entry in entries))


def _run_missing(store: RecordStore, cells: Sequence[Cell], command: Run, errors: Console) -> bool:
    """Run the cells without a record (a `not run` record is tried again); True when Ctrl-C stopped it."""
    done = {key: record for key, record in store.records.items() if record["verdict"] != "not run"}
    missing = [cell for cell in cells if cell.key not in done]
    reused = [done[cell.key] for cell in cells if cell.key in done]
    commit = provenance()["commit"]
    stale = sum(record["commit"] != commit or commit.endswith("dirty") for record in reused)
    if reused:
        errors.print(f"{len(reused)} of {len(cells)} cells are on record: {store.path}")
    if stale:
        errors.print(f"{stale} of them may be of other code than this (commit {commit}); --fresh redoes them")
    jobs = command.jobs or processors()
    with CellProgress(errors, len(missing)) as progress:
        results = run_cells(
            missing,
            jobs=min(jobs, max(1, len(missing))),
            workspace=store.checkpoints / commit,  # a half-trained model of other code is not gone on from
            budget_seconds=command.budget_seconds,
            progress=progress.within,
        )
        try:
            with closing(results):
                for record in results:
                    earlier = store.records.get(record["key"])
                    if record["verdict"] != "not run" or earlier is None or earlier["reason"] != record["reason"]:
                        store.append(record)
                    progress.finished(record)
        except KeyboardInterrupt:
            return True
    return False
