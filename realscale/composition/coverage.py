"""Which share of a benchmark's negatives is SWAP, REPLACE or ADD in the theorems' sense, read off the words."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal

from realscale.composition.items import Benchmark

Kind = Literal["same", "swap", "permutation", "replace", "add", "other"]

KINDS: tuple[Kind, ...] = ("same", "swap", "permutation", "replace", "add", "other")


def kind_of(caption: str, negative: str) -> Kind:
    """How the words of the negative come from those of the caption, letter case and punctuation aside.

    same: equal words. swap: two stretches of words exchanged, all else in place. permutation: the same words in an
    order that no single exchange makes, that is iterated SWAP. replace: one stretch put in the place of one other. add:
    one stretch inserted. other: anything else, such as a deletion or two replacements (iterated REPLACE or a mixture).
    """
    before, after = (re.findall(r"[\w'-]+", sentence.lower()) for sentence in (caption, negative))
    if before == after:
        return "same"
    if Counter(before) == Counter(after):
        return "swap" if _one_exchange(before, after) else "permutation"
    edits = [code for code in SequenceMatcher(None, before, after, autojunk=False).get_opcodes() if code[0] != "equal"]
    if len(edits) == 1:
        return {"insert": "add", "replace": "replace"}.get(edits[0][0], "other")  # type: ignore[return-value]
    return "other"


def _one_exchange(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether after = p + c + m + b + s for before = p + b + m + c + s, b and c not empty."""
    start = next(i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b)
    end = len(before) - next(
        i for i, (a, b) in enumerate(zip(reversed(before), reversed(after), strict=True)) if a != b
    )
    inner, other = list(before[start:end]), list(after[start:end])
    return any(
        other[:right] == inner[-right:] and other[len(other) - left :] == inner[:left]
        and other[right : len(other) - left] == inner[left : len(inner) - right]
        for left in range(1, len(inner))
        for right in range(1, len(inner) - left + 1)
    )  # fmt: skip


def coverage(benchmark: Benchmark) -> Mapping[str, Mapping[Kind, float]]:
    """Share of each kind among the negatives of each type, in their order by name, and last of "all" of them."""
    counts: dict[str, Counter[Kind]] = defaultdict(Counter)
    for item in benchmark.items:
        for negative in item.negatives:
            kind = kind_of(item.caption, negative)
            counts[item.type][kind] += 1
    rows = {**dict(sorted(counts.items())), "all": sum(counts.values(), Counter())}
    return {name: {kind: found[kind] / found.total() for kind in KINDS} for name, found in rows.items()}
