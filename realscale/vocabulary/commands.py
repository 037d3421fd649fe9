"""The commands: mine a vocabulary, match captions against it, report what a run found."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import Progress

from realscale.vocabulary import table, writing
from realscale.vocabulary.shards import shards

Flag = tyro.conf.FlagCreatePairsOff[bool]
Captions = Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="CAPTIONS...")]
FAULTS_SHOWN = 100


class Faults:
    """Malformed lines, named on stderr; after a hundred counted alone."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, path: Path, line: int, reason: str) -> None:
        """Name one."""
        self.count += 1
        if self.count <= FAULTS_SHOWN:
            print(f"{path}, line {line} is left out: {reason}", file=sys.stderr)
        elif self.count == FAULTS_SHOWN + 1:
            print("further malformed lines are counted alone", file=sys.stderr)


def match(
    captions: Captions,
    vocabulary: Path,
    out: Path = Path("ids"),
    field: str | None = None,
    prune: Flag = False,
    quiet: Flag = False,
    as_json: Annotated[Flag, tyro.conf.arg(name="json")] = False,
) -> None:
    """Find the class and context ids of every caption; the same command goes on where it was stopped.

    Args:
        captions: Shards (.parquet, .jsonl, .txt) and folders of them.
        vocabulary: The reviewed vocabulary (YAML, from `mine`).
        out: Folder of the tables: parquet parts and state.json.
        field: Column or JSON field of the captions; unset: caption, TEXT or text.
        prune: Write each caption and its pruned form X_{y/e} too.
        quiet: No progress on stderr; malformed lines are named all the same.
        as_json: The counts as one JSON document on stdout.
    """
    words = writing.load(vocabulary)
    found = shards(captions, field)
    sizes = [shard.size for shard in found]
    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("captions", total=sum(sizes))
        tally = table.run(
            found,
            words,
            out,
            prune=prune,
            fault=Faults(),
            progress=lambda shard, position, tally: bar.update(
                task, completed=sum(sizes[:shard]) + position, description=f"{tally.captions} captions"
            ),
        )
    if as_json:
        print(json.dumps({"out": str(out), "vocabulary": words.identity, **asdict(tally)}, indent=1))
        return
    if not words.reviewed:
        print(f"{vocabulary} has not been reviewed", file=sys.stderr)
    share = {name: count / max(tally.captions, 1) for name, count in asdict(tally).items()}
    print(f"{tally.captions} captions in {out}; {tally.malformed} malformed lines are left out")
    classes, contexts, both = (share[name] for name in ("with_class", "with_context", "with_both"))
    print(f"a class in {classes:.1%}, a context in {contexts:.1%}, both in {both:.1%}")


COMMANDS: dict[str, Callable[..., None]] = {"match": match}
