"""From caption shards to tables of class and context ids: parquet parts, gone on with after a kill."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from realscale.data.cache import write_atomically
from realscale.vocabulary.document import ReviewedVocabulary
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.pruning import pruned
from realscale.vocabulary.shards import Shard, ahead, identity

STATE = "state.json"
COLUMNS = ("shard", "line", "class", "context", "classes", "contexts")


class ResumeError(ValueError):
    """A folder of tables that this run can neither go on with nor overwrite."""


@dataclass
class Tally:
    """Counts of a run so far."""

    captions: int = 0
    malformed: int = 0
    with_class: int = 0
    with_context: int = 0
    with_both: int = 0
    failed: int = 0

    def add(self, table: pl.DataFrame, malformed: int, failed: int) -> None:
        """Count one batch."""
        named, placed = table["class"] >= 0, table["context"] >= 0
        self.captions += len(table)
        self.malformed += malformed
        self.failed += failed
        self.with_class += int(named.sum())
        self.with_context += int(placed.sum())
        self.with_both += int((named & placed).sum())


def run(
    sources: Sequence[Shard],
    vocabulary: ReviewedVocabulary,
    out: Path,
    *,
    prune: bool,
    fault: Callable[[Path, int, str], None],
    progress: Callable[[int, int, Tally], None],
) -> Tally:
    """Write one parquet part for each batch of captions to the folder `out`; a batch is bounded, so memory is too.

    Columns: shard (its number among the sources), line (from 1; rows of parquet shards likewise), class and context
    (the first id mentioned, -1 for none), classes and contexts (all ids); with `prune` also caption, pruned (X_{y/e}).
    A part is renamed into place before `state.json` counts it; a run that was stopped, however roughly, goes on with
    the next part, and the parts are byte by byte those of an uninterrupted run. `fault` is told of malformed lines,
    `progress` of shard, position and counts.

    Raises:
        ResumeError: `out` was made from other shards or with another vocabulary, or not by this program, or cannot be
            made at all.
    """
    made_by = {"shards": identity(sources), "vocabulary": vocabulary.identity, "prune": prune}
    described = {"version": vocabulary.version, "classes": [e.name for e in vocabulary.classes]}
    described["environments"] = [entry.name for entry in vocabulary.environments]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResumeError(
            f"{out} cannot be a folder of tables: {error.strerror or error}. Give another --out"
        ) from error
    state = _state(out, made_by) | {"named": described, "files": [str(shard.path) for shard in sources]}
    tally = Tally(**state["tally"])
    matcher = Matcher(vocabulary)
    for number in range(state["shard"], len(sources)):
        for batch in ahead(sources[number].batches(line=state["line"], position=state["position"])):
            for line, reason in batch.faults:
                fault(sources[number].path, line, reason)
            table = matcher.match(batch.frame).with_columns(pl.lit(number, dtype=pl.Int64).alias("shard"))
            tally.add(table, len(batch.faults), batch.failed)
            columns = list(COLUMNS)
            if prune:
                table = table.with_columns(pruned(table, matcher))
                columns += ["caption", "pruned"]
            _write(table.select(columns), out / _part(state["part"]))
            state |= {"part": state["part"] + 1, "line": batch.line, "position": batch.position, "tally": asdict(tally)}
            write_atomically(out / STATE, json.dumps(state).encode())
            progress(number, batch.position, tally)
        state |= {"shard": number + 1, "line": 0, "position": 0}
    write_atomically(out / STATE, json.dumps(state | {"finished": True}).encode())
    return tally


def table(folder: Path, vocabulary: ReviewedVocabulary | None = None) -> pl.LazyFrame:
    """The tables of a finished run as one lazy frame, in the order of the captions.

    Raises:
        ValueError: no finished run, one with another vocabulary, whose ids would name other entries, or one without a
            caption.
    """
    state = described(folder)
    if not state.get("finished"):
        raise ValueError(f"{folder} holds a run that has not finished; the same `match` command goes on with it")
    if vocabulary is not None and state["made_by"]["vocabulary"] != vocabulary.identity:
        raise ValueError(
            f"{folder} was matched with version {state['named']['version']} of a vocabulary whose entries differ from "
            f"this one's (version {vocabulary.version}), so that its ids name other entries; match again"
        )
    if not state["tally"]["captions"]:
        raise ValueError(
            f"{folder} holds no caption: the shards have none, or malformed lines alone; expected one at least"
        )
    return pl.scan_parquet([folder / _part(part) for part in range(state["part"])])


def described(folder: Path) -> dict[str, Any]:
    """What a run's state file says: how far it came, counts, names of the entries.

    Raises:
        ValueError: there is none.
    """
    try:
        return json.loads((folder / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{folder} holds no tables of ids: {STATE} cannot be read ({error})") from error


def _part(number: int) -> str:
    return f"part-{number:06d}.parquet"


def _write(frame: pl.DataFrame, path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    frame.write_parquet(draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def _state(out: Path, made_by: dict[str, Any]) -> dict[str, Any]:
    """How far an earlier run came, or the beginning."""
    advice = "Give another --out, or remove the folder to begin anew"
    if not (out / STATE).exists():
        if strange := sorted(
            path.name for path in out.iterdir() if not path.name.startswith((".part-", "part-000000"))
        ):
            raise ResumeError(f"{out} holds {strange[0]} but no {STATE}: it was not made by this command. {advice}")
        return {"made_by": made_by, "shard": 0, "line": 0, "position": 0, "part": 0, "tally": asdict(Tally())}
    try:
        state = described(out)
        before = state["made_by"]
        positions = [state[name] for name in ("shard", "line", "position", "part")]
    except (ValueError, KeyError, TypeError) as error:
        raise ResumeError(f"{out / STATE} cannot be read ({type(error).__name__}: {error}). {advice}") from error
    if differing := sorted(key for key in made_by if before.get(key) != made_by[key]):
        raise ResumeError(
            f"{out} was made with another {' and another '.join(differing)}; its ids and new ones would not mean the "
            f"same. {advice}"
        )
    if missing := [_part(part) for part in range(positions[3]) if not (out / _part(part)).is_file()]:
        raise ResumeError(f"{out} lacks {missing[0]}, which {STATE} counts. {advice}")
    return state
