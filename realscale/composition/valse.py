"""VALSE (Parcalabescu et al. 2022): pieces of caption and foil, of which crowd workers confirmed most."""

from collections import Counter
from pathlib import Path

from realscale.composition.files import inside, records, text
from realscale.composition.items import Benchmark, BenchmarkError, Item

PIECES = (
    "actant-swap",
    "action-replacement",
    "coreference-hard",
    "coreference-standard",
    "counting-adversarial",
    "counting-hard",
    "counting-small-quant",
    "existence",
    "foil-it",
    "plurals",
    "relations",
)
VOTES = 2  # of three workers must have chosen the caption
UNCONFIRMED = f"not confirmed by {VOTES} votes"


def valse(data: Path, images: Path, pieces: tuple[str, ...] = PIECES) -> Benchmark:
    """Read data/PIECE.json of each piece; only records whose caption has at least two votes take part.

    Record: image_file, caption, foil, mturk {caption, foil, other}; further fields differ by piece and are not read.
    Official rule for pairs: caption strictly above foil, so ties lose; a score for each piece, and their mean, which is
    not defined where a piece is not there.

    Raises:
        BenchmarkError: files that are not so, or none of the pieces.
    """
    there = [piece for piece in pieces if (data / f"{piece}.json").is_file()]
    missing = [piece for piece in pieces if piece not in there]
    items: list[Item] = []
    skipped: Counter[str] = Counter()
    for piece in there:
        path = data / f"{piece}.json"
        for key, record in records(path, dict):
            votes = record.get("mturk")
            if not isinstance(votes, dict) or not isinstance(votes.get("caption"), int):
                raise BenchmarkError(
                    f"{path}, record {key}: field 'mturk' is {votes!r:.80}; expected an object with the number of "
                    "votes for the caption, because unconfirmed records take no part"
                )
            if votes["caption"] < VOTES:
                skipped[UNCONFIRMED] += 1
                continue
            foil = (text(path, key, record, "foil"),)
            image = inside(images, text(path, key, record, "image_file"))
            items.append(Item(f"{piece}/{key}", image, text(path, key, record, "caption"), foil, piece))
    if not missing:
        return Benchmark("valse", tuple(items), "lose", "macro", skipped=skipped)
    names = ", ".join(missing)
    skipped[f"of {len(pieces)} pieces whose files are not in {data} ({names})"] = len(missing)
    rule = f"mean over all {len(pieces)} pieces, of which these are not there: {names}"
    return Benchmark("valse", tuple(items), "lose", "none", None, rule, skipped)
