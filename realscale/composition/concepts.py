"""Captions as sequences of concepts of one kind each, and which operators turn one such sequence into another."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import Literal, NamedTuple

from realscale.composition.aro import Tagger
from realscale.negatives.lexicon import from_document
from scm.composition.captions import Caption, Lexicon, parse, split
from scm.composition.captions.parsing import NEGATORS

Kind = Literal["object", "attribute", "action", "relation", "number", "adverb", "negation", "joining", "function"]

_BY_TAG: dict[str, Kind] = {"NN": "object", "JJ": "attribute", "VB": "action", "CD": "number", "RB": "adverb"}
_BY_TAG |= {"IN": "relation", "TO": "relation", "RP": "relation"}
_AUXILIARY = frozenset(
    {"is", "are", "was", "were", "be", "been", "being", "am", "has", "have", "had", "do", "does", "did", "can", "will"}
)
_DETERMINING = frozenset({"DT", "PRP$", "PDT", "WP$"})
_NO_RELATION = frozenset({"of", "that", "while", "because", "if", "than", "as"})
_CONCEPTS = frozenset({"object", "attribute", "action", "relation", "number", "adverb"})
_LONGEST_PHRASE = 6  # units of an object that ADD puts in with what joins it: "and on the two beds"


class Unit(NamedTuple):
    """One concept, or one word that is none, in lower case; "an" is "a"."""

    kind: Kind
    text: str


class Read(NamedTuple):
    """The units of a caption, and first and last unit (left out) of the noun phrase of each object."""

    units: tuple[Unit, ...]
    phrases: tuple[tuple[int, int], ...]


@cache
def classes() -> Lexicon:
    """The relations, actions, attributes and numbers that the project knows, without WordNet's nouns."""
    return from_document({"nouns": {}, "antonyms": {}})


def plain_words(text: str) -> list[str]:
    """The words in lower case without punctuation; "an" is "a", which the word behind it decides."""
    return ["a" if word == "an" else word for word in split(text.lower()) if word[0].isalnum()]


def read(text: str, tagger: Tagger, known: Read | None = None) -> Read:
    """A caption's units by its part-of-speech tags; what also stands in `known` keeps the kind that it has there."""
    words = [word for word in split(text) if word[0].isalnum()]
    caption = parse(" ".join(words), tagger(words), classes())
    kinds: dict[str, Kind] = {unit.text: unit.kind for unit in known.units} if known else {}
    units: list[Unit] = []
    unit_of: list[int] = []  # of each word
    starts = {concept.first: concept for concept in caption.concepts}
    place = 0
    while place < len(caption.words):
        concept = starts.get(place)
        last = concept.last if concept else place + 1
        kind: Kind
        if concept is None:
            kind = _kind(caption, place)
        elif concept.kind == "relation":
            kind = "relation" if concept.form == "place" else "action"
        else:
            kind = concept.kind
        said = " ".join("a" if word == "an" else word for word in caption.lower[place:last])
        unit_of += [len(units)] * (last - place)
        units.append(Unit(kinds.get(said, kind), said))
        place = last
    phrases = [(unit_of[c.phrase], unit_of[c.last - 1] + 1) for c in caption.concepts if c.kind == "object"]
    return Read(tuple(units), tuple(phrases))


def _kind(caption: Caption, place: int) -> Kind:
    """Of a word that is no concept of the parser's."""
    name, tag = caption.lower[place], caption.words[place].tag
    if name in NEGATORS:
        return "negation"
    if name in _AUXILIARY or name in _NO_RELATION:
        return "function"
    if tag in {"VBG", "VBN"} and 0 < place < len(caption.words) - 1:  # "a sleeping dog"
        before, after = (caption.words[place + step].tag for step in (-1, 1))
        if after[:2] in {"NN", "JJ"} and (before in _DETERMINING or before in {"CD", "JJ"}):
            return "attribute"
    return "joining" if tag in _DETERMINING or tag == "CC" else _BY_TAG.get(tag[:2], "function")


def exchanges(before: Read, after: Sequence[str]) -> bool:
    """Whether exchanging two concepts of one kind, or two objects with all of their noun phrases, gives these words."""
    spans: list[tuple[int, int, str]] = [
        (i, i + 1, unit.kind) for i, unit in enumerate(before.units) if unit.kind in _CONCEPTS
    ]
    spans += [(*phrase, "phrase") for phrase in before.phrases]
    texts, wanted = [unit.text for unit in before.units], " ".join(after)
    return any(
        one[2] == other[2] and one[1] <= other[0] and wanted == " ".join(_exchanged(texts, *one[:2], *other[:2]))
        for one, other in combinations(spans, 2)
    )


def _exchanged(texts: Sequence[str], first: int, last: int, start: int, end: int) -> list[str]:
    return [*texts[:first], *texts[start:end], *texts[last:start], *texts[first:last], *texts[end:]]


def permutes(before: Read, after: Sequence[str]) -> bool:
    """Whether exchanges of concepts within their kinds, any number of them, give these words (iterated SWAP)."""
    pools: dict[str, list[str]] = defaultdict(list)
    for unit in before.units:
        if unit.kind in _CONCEPTS:
            pools[unit.kind].append(unit.text)

    def fits(number: int, place: int) -> bool:
        if number == len(before.units):
            return place == len(after)
        unit = before.units[number]
        if unit.kind not in _CONCEPTS:
            return after[place : place + 1] == [unit.text] and fits(number + 1, place + 1)
        for text in dict.fromkeys(pools[unit.kind]):
            end = place + text.count(" ") + 1
            if " ".join(after[place:end]) == text:
                pools[unit.kind].remove(text)
                if fits(number + 1, end):
                    return True
                pools[unit.kind].append(text)
        return False

    return fits(0, 0)


def edits(before: Read, after: Read) -> tuple[int, int] | None:
    """Fewest steps of REPLACE and of ADD that turn one into the other; None where no number of them does.

    REPLACE: a concept in the place of one of its kind. ADD: an attribute, a number, a negation, or one object with the
    determiners, the number, the conjunction and the one relation or action that join it; its attributes are a step
    each. Nothing is taken out.
    """
    old, new = before.units, after.units
    none = (10**6, 0)
    best = [(0, 0)] + [none] * len(new)  # replacements and additions up to each unit of `new`
    for row in range(len(old) + 1):
        reached, best = best, [none] * (len(new) + 1)
        for column in range(len(new) + 1):
            options = [reached[column]] if not row else []
            if row and column and old[row - 1] == new[column - 1]:
                options.append(reached[column - 1])
            elif row and column and old[row - 1].kind == new[column - 1].kind in _CONCEPTS:
                options.append((reached[column - 1][0] + 1, reached[column - 1][1]))
            for start in range(max(0, column - _LONGEST_PHRASE), column):
                if steps := _additions(new[start:column]):
                    options.append((best[start][0], best[start][1] + steps))
            best[column] = min(options, key=sum, default=none)
    return best[-1] if best[-1] < none else None


def _additions(units: Sequence[Unit]) -> int:
    """Steps of ADD that put these units in; 0 where it does not."""
    kinds = [unit.kind for unit in units]
    if len(kinds) == 1 and kinds[0] in {"attribute", "number", "negation"}:
        return 1
    linking, attributes = kinds.count("relation") + kinds.count("action"), kinds.count("attribute")
    joining = kinds.count("joining") + kinds.count("number")
    whole = kinds.count("object") == 1 and linking <= 1 and len(kinds) == 1 + linking + attributes + joining
    return 1 + attributes if whole else 0
