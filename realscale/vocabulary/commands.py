"""The commands: mine a vocabulary, match captions against it, report what a run found."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.console import Console
from rich.progress import Progress

from realscale.negatives import wordnet
from realscale.vocabulary import mining, table, writing
from realscale.vocabulary import report as reporting
from realscale.vocabulary.shards import shards

Flag = tyro.conf.FlagCreatePairsOff[bool]
Captions = Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="CAPTIONS...")]
FAULTS_SHOWN = 100
FAILED = 'rows left out, because their status is not "success" and no shard has their pictures'


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


def mine(
    captions: Captions,
    classes: Path | None = None,
    out: Path = Path("vocabulary.yaml"),
    update: Path | None = None,
    least: int = 20,
    decide: Flag = False,
    lexicon: Literal["wordnet", "none"] = "wordnet",
    field: str | None = None,
    quiet: Flag = False,
) -> None:
    """Find class and environment words in captions and write them as a YAML file for review.

    Args:
        captions: Shards (.parquet, .jsonl, .txt) and folders of them. Rows of a parquet file whose column `status` is
            not "success" are left out: img2dataset has no picture of them.
        classes: File of class names, one a line. Without it V is what captions show in several styles, and undecided.
        out: The vocabulary to write; an existing file is not overwritten, unless it is the one given as --update.
        update: Reviewed vocabulary whose entries keep their lists, forms and notes.
        least: Captions that must say a word.
        decide: Give words their role by statistics alone, instead of leaving them undecided.
        lexicon: WordNet (python -m realscale.negatives --fetch) for synonyms, kinds and places, or none.
        field: Column or JSON field of the captions; unset: caption, TEXT or text.
        quiet: No progress on stderr; malformed lines are named all the same.
    """
    if out.exists() and (update is None or out.resolve() != update.resolve()):
        raise ValueError(f"{out} is there; a reviewed file is not overwritten: give another --out, or --update {out}")
    earlier = None if update is None else writing.load(update)
    names = [] if classes is None else _names(classes)
    words = wordnet.read() if lexicon == "wordnet" else None
    found = shards(captions, field)
    with _bar(quiet) as bar:
        task = bar.add_task("captions", total=2 * len(found))
        passes = {"counting words": 0, "counting pairs": len(found)}
        mined = mining.mine(
            found,
            names,
            words,
            mining.Settings(least, decide),
            earlier=earlier,
            fault=Faults(),
            progress=lambda title, shard, position: bar.update(
                task, completed=passes[title] + shard, description=f"{title}, shard {shard + 1}, at {position}"
            ),
        )
    writing.save(mined, out)
    print(
        f"{len(mined.classes)} classes, {len(mined.environments)} environments, {len(mined.undecided)} undecided in "
        f"{out} (version {mined.version}); review it before use"
    )
    if failed := mined.source["status not success"]:
        print(f"{FAILED}: {failed}")
    if not mined.classes:
        print(
            "no class was found, without which captions have no D_V; expected --classes FILE with one class name a "
            "line, or classes moved by hand from `undecided`, because captions alone do not say what is to be kept"
        )


def _names(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the classes {path} cannot be read ({error}); expected a text file, a name a line") from error
    return [line for line in lines if line]


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
        captions: Shards (.parquet, .jsonl, .txt) and folders of them. Rows of a parquet file whose column `status` is
            not "success" are left out: img2dataset has no picture of them.
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
    with _bar(quiet) as bar:
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
    for warning in words.warnings:
        print(f"{vocabulary}: {warning}", file=sys.stderr)
    if as_json:
        print(json.dumps({"out": str(out), "vocabulary": words.identity, **asdict(tally)}, indent=1))
        return
    share = {name: count / max(tally.captions, 1) for name, count in asdict(tally).items()}
    print(f"{tally.captions} captions in {out}; {tally.malformed} malformed lines are left out")
    if tally.failed:
        print(f"{FAILED}: {tally.failed}")
    classes, contexts, both = (share[name] for name in ("with_class", "with_context", "with_both"))
    print(f"a class in {classes:.1%}, a context in {contexts:.1%}, both in {both:.1%}")


def report(
    tables: tyro.conf.Positional[Path],
    vocabulary: Path,
    kind: str | None = None,
    shown: int = 20,
    as_json: Annotated[Flag, tyro.conf.arg(name="json")] = False,
) -> None:
    """Coverage, overlaps, ambiguous words, and the joint law of class and context tokens with its empty cells.

    Args:
        tables: Folder that `match` wrote.
        vocabulary: The vocabulary that it was matched with.
        kind: Contexts of this kind alone ("style", "place", ...); unset: the first context of each caption.
        shown: Items of a list that are shown.
        as_json: One JSON document on stdout.
    """
    words = writing.load(vocabulary)
    rows = table.table(tables, words)
    document = reporting.report(rows if kind is None else reporting.of_kind(rows, words, kind), words, shown=shown)
    print(json.dumps(document, indent=1, ensure_ascii=False) if as_json else reporting.text(document))


def _bar(quiet: bool) -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, disable=quiet or not console.is_terminal, transient=True)


COMMANDS: dict[str, Callable[..., None]] = {"mine": mine, "match": match, "report": report}
