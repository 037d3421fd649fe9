"""Which share of a benchmark's negatives is SWAP, REPLACE or ADD in the theorems' sense, read off their concepts."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Literal

from realscale.composition.aro import Tagger
from realscale.composition.concepts import Read, edits, exchanges, permutes, plain_words, read
from realscale.composition.items import Benchmark

Row = Literal["same", "swap", "replace", "add", "several", "order", "other"]

ROWS: tuple[Row, ...] = ("same", "swap", "replace", "add", "several", "order", "other")


def row_of(caption: str, negative: str, tagger: Tagger, parsed: Read | None = None) -> Row:
    """How the concepts of the negative come from those of the caption, letter case, punctuation and a / an aside.

    Concepts are objects (a compound noun is one), attributes, actions, relations, numbers and adverbs, as the part-of-
    speech tags have them: a tagger errs, so that shares are estimates.

    same: equal words. swap: two concepts of one kind exchanged, or two objects with their noun phrases. replace: one
    concept in the place of one of its kind. add: one attribute, number, negation, or object with what joins it put in.
    several: more than one step of SWAP, or of REPLACE and ADD. order: the same words in an order that no exchange of
    concepts makes. other: anything else, such as a deletion, or words of another kind.
    """
    before, after = plain_words(caption), plain_words(negative)
    if before == after:
        return "same"
    concepts = parsed or read(caption, tagger)
    if Counter(before) == Counter(after):
        return "swap" if exchanges(concepts, after) else "several" if permutes(concepts, after) else "order"
    steps = edits(concepts, read(negative, tagger, concepts))
    if steps is None:
        return "other"
    return {(1, 0): "replace", (0, 1): "add"}.get(steps, "several")  # type: ignore[return-value]


def coverage(benchmark: Benchmark, tagger: Tagger) -> Mapping[str, Mapping[Row, float]]:
    """Share of each row among the negatives of each type, in their order by name, and last of "all" of them."""
    counts: dict[str, Counter[Row]] = defaultdict(Counter)
    for item in benchmark.items:
        parsed = read(item.caption, tagger)
        for negative in item.negatives:
            counts[item.type][row_of(item.caption, negative, tagger, parsed)] += 1
    every = {**dict(sorted(counts.items())), "all": sum(counts.values(), Counter())}
    return {name: {row: found[row] / found.total() for row in ROWS} for name, found in every.items()}
