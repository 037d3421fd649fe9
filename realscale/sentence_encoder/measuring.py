"""What the command measures of a file of captions, or of real ones at hand, and how it is shown."""

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from realscale.negatives import lines
from realscale.sentence_encoder.captions import SOURCES, VariantMaker, sample
from realscale.sentence_encoder.encoder import pretrained
from realscale.sentence_encoder.sensitivity import LEVELS, Codes, Noticed, Sensitivity, sensitivity


def measured(captions: Path | None, *, source: str, count: int, seed: int, batch: int, quiet: bool) -> Sensitivity:
    """What the pretrained encoder notices of captions of a file, or without one of a source.

    Raises:
        ValueError: no such file, or a count below 1.
        MissingData: encoder or lexicon have not been fetched.
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
    return sensitivity(variants, Codes({text: row for row, text in enumerate(everything)}, vectors))


def _texts(path: Path) -> list[str]:
    """The captions of a file, each once; malformed lines are named on stderr and left out."""
    texts: dict[str, None] = {}
    for line in lines.captions(path, field="caption" if path.suffix == ".jsonl" else None):
        if line.caption is None:
            print(f"line {line.number} is left out: {line.fault}", file=sys.stderr)
        else:
            texts[line.caption] = None
    return list(texts)


def as_text(found: Sensitivity) -> str:
    """A table, a row for each way of changing captions."""
    head = "".join(f"{f'{level:.0%}':>8}" for level in LEVELS)
    lines = [f"{'cosine with the caption':28}{'mean':>8}{head}{'texts':>8}{'synonym nearer':>16}"]
    rows = {f"{name} (paraphrase)": row for name, row in found.paraphrases.items()}
    for name, row in {**rows, **found.operators, **found.types, "another caption": found.random}.items():
        cells = "".join(f"{value:8.3f}" for value in (row.mean, *row.quantiles))
        share = f"{row.accuracy:.3f} of {row.compared}" if isinstance(row, Noticed) and row.compared else ""
        lines.append(f"{name:28}{cells}{row.count:8}{share:>16}".rstrip())
    return "\n".join(lines)
