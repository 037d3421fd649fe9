"""What the pictures and tables are made of: the records of one run, in the order of the ledger."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from experiments.records import canonical, read_records
from experiments.summary import setting_label, summarise

Record = Mapping[str, Any]


_TRAINING = {"steps", "batch", "width", "bar"}
_TORN = "the last line is torn (its writer was killed, or is still at work): run the same command again to redo it"


class NoRecords(ValueError):
    """There is nothing to draw from; the message names the command that makes the records."""


class NothingToDraw(ValueError):
    """The records do not hold what a figure shows; the message says what was looked for."""


@dataclass(frozen=True)
class Measurement:
    """One claim at one setting: its records (one a seed) and their summary (means over seeds, intervals, verdict)."""

    records: tuple[Record, ...]

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """Entry of `experiments.summary` for these records alone, so that no name carries a setting in brackets."""
        return summarise(self.records)[0]

    @property
    def claim(self) -> str:
        """Id of the claim."""
        return str(self.records[0]["claim"])

    @property
    def setting(self) -> str:
        """`dims=3, layers=2`, or nothing where the claim has no settings."""
        return setting_label(self.records[0]["setting"])

    @property
    def brief(self) -> str:
        """The setting without the length of training and the bar: what a figure has room for."""
        setting: Mapping[str, Any] = self.records[0]["setting"]
        return setting_label({name: value for name, value in setting.items() if name not in _TRAINING})

    @property
    def measured(self) -> Mapping[str, float]:
        """Means over seeds."""
        return dict(self.summary["measured"])

    def missed(self, name: str) -> bool:
        """Whether a seed measured this number outside its bar (nothing measured is outside every bar)."""

        def outside(value: float | None, low: float | None, high: float | None) -> bool:
            return value is None or (low is not None and value < low) or (high is not None and value > high)

        seeds = [record["evidence"] for record in self.records if record["evidence"]]
        return any(outside(seed["measured"][name], *seed["bar"][name]) for seed in seeds if name in seed["bar"])

    def series(self, *names: str) -> list[Mapping[str, Any]]:
        """The series of each seed that has all of `names`."""
        found = [record["evidence"]["series"] for record in self.records if record["evidence"]]
        return [series for series in found if all(series.get(name) is not None for name in names)]


@dataclass(frozen=True)
class Reading:
    """The records of one run folder: `lines` were read, the last one of each cell counts."""

    experiment: str
    preset: str
    path: Path
    lines: int
    records: tuple[Record, ...]
    torn: str = ""  # what was left out because its writing was cut off

    @cached_property
    def measurements(self) -> tuple[Measurement, ...]:
        """Claim x setting, in the order of the ledger."""
        groups: dict[str, list[Record]] = {}
        for record in self.records:
            groups.setdefault(canonical([record["claim"], record["setting"]]), []).append(record)
        return tuple(Measurement(tuple(group)) for group in groups.values())

    @cached_property
    def claims(self) -> tuple[tuple[Mapping[str, Any], tuple[Measurement, ...]], ...]:
        """Each claim once: its entry over all settings and seeds, and its measurements."""
        return tuple(
            (entry, tuple(m for m in self.measurements if m.claim == entry["id"])) for entry in summarise(self.records)
        )

    @property
    def command(self) -> str:
        """The command that made the records."""
        return run_command(self.experiment, self.preset)

    @property
    def seeds(self) -> int:
        """How many different seeds the records have."""
        return len({record["seed"] for record in self.records})

    @property
    def mixed(self) -> str:
        """Said where records of several commits stand beside each other; nothing where one commit made them all."""
        commits = self.distinct("commit")
        if len(commits) == 1:
            return ""
        return (
            f"the records are of {len(commits)} commits ({', '.join(commits)}), and settings that the last of them no "
            f"longer runs may be among them; `{self.command} --fresh` makes all anew"
        )

    def distinct(self, name: str) -> list[Any]:
        """The different values that the records have under a name (commit, versions, platform), in order."""
        return list({canonical(record[name]): record[name] for record in self.records}.values())


def run_command(experiment: str, preset: str | None) -> str:
    """How the records of an experiment are made."""
    return f"python -m experiments.{experiment}" + (f" --preset {preset}" if preset else "")


def read_run(experiment: str, preset: str | None, out: Path) -> Reading:
    """Read the newest run folder of an experiment (of a preset, where one is given).

    Raises:
        NoRecords: no folder has records, or they cannot be read.
        experiments.records.RecordsError: the file is torn or of another version.
    """
    pattern = f"{preset or '*'}-*/records.jsonl"
    files = [path for path in (out / experiment).glob(pattern) if path.stat().st_size]
    if not files:
        raise NoRecords(
            f"{out / experiment} has no records{f' of preset {preset}' if preset else ''} (looked for {pattern}); "
            f"expected the records of a run, because pictures and tables are made from records alone; "
            f"`{run_command(experiment, preset)}` makes them (and --out names its folder here as there)"
        )
    path = max(files, key=lambda path: (path.stat().st_mtime_ns, path.parent.name))
    try:
        lines = read_records(path)
        torn = "" if path.read_bytes().endswith(b"\n") else _TORN
    except OSError as error:
        raise NoRecords(f"{path} cannot be read ({error.strerror}); expected a file of records") from error
    if not lines:
        raise NoRecords(f"{path} has no whole record yet; `{run_command(experiment, preset)}` makes them")
    return Reading(experiment, path.parent.name.split("-")[0], path, len(lines), in_order(lines), torn)


def in_order(lines: Iterable[Record]) -> tuple[Record, ...]:
    """The last record of each cell, by place in the ledger, setting and seed: not by when it happened to finish."""
    last = {record["key"]: record for record in lines}
    return tuple(sorted(last.values(), key=_place))


def _place(record: Record) -> tuple[Any, ...]:
    values = [(name, _natural(str(value))) for name, value in record["setting"].items()]
    return record["position"], record["claim"], values, record["seed"]


def _natural(text: str) -> Sequence[tuple[float, str]]:
    """A key that sorts `dims=5` before `dims=12`."""
    pieces = re.findall(r"(\d+(?:\.\d+)?)|(\D+)", text)
    return [(float(digits) if digits else -1.0, words) for digits, words in pieces]
