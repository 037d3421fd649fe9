"""The emoji compositional set: two captions one operator apart, with pictures of both by the same vendor."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from realscale.data.emoji_scenes import COLOURS
from realscale.data.words import words_of
from scm.streams import stream

Operator = Literal["swap", "replace", "add"]

_HOURS = "one two three four five six seven eight nine ten eleven twelve"
_KINDS = {
    "colour": " ".join(COLOURS),
    "person": "man woman men women person people boy girl child older",
    "number": f"{_HOURS} {_HOURS.replace(' ', '-thirty ')}-thirty 0 1 2 3 4 5 6 7 8 9 10",
    "direction": "left right up down upwards downwards leftwards rightwards up-right up-left down-right down-left "
    "up-down left-right clockwise counterclockwise next last",
    "size": "small large medium big little medium-small small-medium medium-large",
    "state": "open closed raised lowered locked unlocked full low high empty outlined first last",
    "tone": "light medium-light medium medium-dark dark",
    "relation": "with without in on behind over under holding wearing and of",
}
_WORDS: Mapping[str, frozenset[str]] = {name: frozenset(words.split(" ")) for name, words in _KINDS.items()}
NOUN = "noun"


class CaptionPair(NamedTuple):
    """Two captions one operator apart and the kind of words it works on; of an ADD pair the second is the longer."""

    operator: Operator
    type: str
    captions: tuple[str, str]
    composed: bool = False  # whether its pictures are scenes of two emoji


def mined_pairs(labels: Mapping[str, str], *, per_subgroup: int) -> list[CaptionPair]:
    """All pairs among real labels (label -> its subgroup) that differ by one operator, in a fixed order.

    SWAP: two words exchange places. REPLACE: one word stands for another of the same kind; nouns only within one
    subgroup, at most `per_subgroup` pairs of it (a fixed draw), because "woman X", "woman Y" would be nearly all. ADD:
    a run of words is put in that begins with a relation or says an attribute; nouns are left out, because a compound
    ("oil drum") is not a drum with something added.
    """
    words = {label: tuple(words_of(label)) for label in labels}
    found = [
        CaptionPair("swap", kind, pair) for pair in _reordered(words) if (kind := _swapped(*(words[p] for p in pair)))
    ]
    nouns: dict[str, list[CaptionPair]] = defaultdict(list)
    for pair, replaced in _replaced(words):
        kind = _kind(replaced, words[pair[0]])
        if kind == NOUN and labels[pair[0]] == labels[pair[1]]:
            nouns[labels[pair[0]]].append(CaptionPair("replace", kind, pair))
        elif kind and kind != NOUN:
            found.append(CaptionPair("replace", kind, pair))
    for subgroup, pairs in nouns.items():
        rng = stream(0, "emoji pairs", subgroup)
        kept = rng.permutation(len(pairs))[:per_subgroup]
        found += [pairs[index] for index in sorted(kept)]
    for pair, chunk in _added(words):
        kind = "relation" if chunk[0] in _WORDS["relation"] else _kind(chunk, words[pair[1]])
        if kind and kind != NOUN:
            found.append(CaptionPair("add", kind, pair))
    return found


def _kind(changed: Sequence[str], words: Sequence[str]) -> str:
    """What kind of words these all are; "" where they are of several kinds."""
    for name, members in _WORDS.items():
        if name == "tone" and "skin" not in words:
            continue
        if all(word in members for word in changed):
            return name
    kinds = [any(word in members for members in _WORDS.values()) for word in changed]
    return "" if any(kinds) or any(re.search(r"[^a-z’'.-]", word) for word in changed) else NOUN


def _reordered(words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for label, parts in words.items():
        groups[tuple(sorted(parts))].append(label)
    for group in groups.values():
        yield from combinations(group, 2)


def _swapped(one: Sequence[str], other: Sequence[str]) -> str:
    places = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    return _kind([one[place] for place in places], one) if len(places) == 2 else ""


def _replaced(words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    groups: dict[tuple[str | None, ...], list[tuple[str, str]]] = defaultdict(list)
    for label, parts in words.items():
        if len(parts) > 1:
            for place, word in enumerate(parts):
                groups[(*parts[:place], None, *parts[place + 1 :])].append((label, word))
    for group in groups.values():
        for (one, word), (other, another) in combinations(group, 2):
            if word != another:
                yield (one, other), (word, another)


def _added(words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    by_words = {parts: label for label, parts in words.items()}
    for label, parts in words.items():
        shorter: dict[str, tuple[str, ...]] = {}
        for first, last in combinations(range(len(parts) + 1), 2):
            rest = (*parts[:first], *parts[last:])
            if rest in by_words and rest:
                shorter.setdefault(by_words[rest], parts[first:last])
        for short, chunk in shorter.items():
            yield (short, label), chunk
