"""Atomic concepts of a tagged caption: objects, attributes, relations and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.words import Word, tagged

Kind = Literal["object", "attribute", "relation", "number"]

DETERMINERS = frozenset({"DT", "PRP$", "PDT", "WP$", "POS"})
NEGATORS = frozenset({"no", "not", "without", "never", "nobody", "nothing", "none", "neither", "nor", "n't"})


class Concept(NamedTuple):
    """Words first..last (last left out) that say one thing.

    `key` is its entry in the lexicon, or its lower-case text where it has none (`known` false). `form` must agree when
    concepts change places: number for objects, kind and tag for the others. `phrase` is the first word of its noun
    phrase, and `noun` the place of the head noun (-1 for none).
    """

    kind: Kind
    first: int
    last: int
    key: str
    known: bool
    form: str
    phrase: int
    noun: int


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption with its words and its concepts in order of place."""

    text: str
    words: tuple[Word, ...]
    concepts: tuple[Concept, ...]
    negator: int  # place of the first word that negates what follows; -1 for none

    def said(self, concept: Concept) -> str:
        """The characters of a concept."""
        return self.text[self.words[concept.first].start : self.words[concept.last - 1].end]

    def of(self, kind: Kind) -> list[Concept]:
        """The concepts of one kind."""
        return [concept for concept in self.concepts if concept.kind == kind]

    def category(self, noun: int, lexicon: Lexicon) -> str:
        """Category of the object whose head noun stands at a place; empty if it is not known."""
        for concept in self.concepts:
            if concept.noun == noun and concept.kind == "object" and concept.known:
                return lexicon.nouns[concept.key].category
        return ""

    def fresh_from(self, place: int) -> bool:
        """Whether a word from this place on was put there by an edit."""
        return any(word.fresh for word in self.words[place:])

    def countable(self, concept: Concept, lexicon: Lexicon, noun: str) -> bool:
        """Whether another noun can stand where this object does, or beside it: "a fork", "rice", not "a rice", "fork".

        Captions without any article are telegraphic and take all nouns.
        """
        if concept.form == "plural":
            return noun not in lexicon.mass
        if not any(word.tag == "DT" for word in self.words):
            return True
        if concept.form == "bare":
            return noun in lexicon.mass or concept.first > concept.phrase
        return noun not in lexicon.mass or self.words[concept.phrase].text.lower() not in {"a", "an"}


def parse(text: str, tags: Sequence[str], lexicon: Lexicon) -> Caption:
    """Concepts of a caption whose words (`words.split`) have these Penn tags.

    Objects are runs of nouns (compounds are one object, known by the longest tail that the lexicon has); a noun before
    "of" (group, slice, picture) is none. Attributes are adjectives before a noun or after a form of "be". Relations are
    the lexicon's phrases, the longest first. Numbers count a noun.

    Raises:
        ValueError: not one tag a word.
    """
    return parsed(text, tagged(text, tags), lexicon)


def parsed(text: str, words: tuple[Word, ...], lexicon: Lexicon) -> Caption:
    """`parse` for words that are tagged already."""
    lower = [word.text.lower() for word in words]
    found: list[Concept] = []
    open_phrase: list[int] = []  # places in `found` of attributes and numbers that wait for their noun
    phrase = -1  # first word of the noun phrase that is being read
    index, count = 0, len(words)
    while index < count:
        tag, name = words[index].tag, lower[index]
        longest = lexicon.longest_relation.get(name, 0)
        if longest and (relation := _relation(lower, words, index, longest, lexicon)):
            found.append(relation)
            open_phrase, phrase, index = [], -1, relation.last
            continue
        if tag.startswith("NN") and not _attributive(lower, words, index, lexicon):
            last = index + 1
            while last < count and words[last].tag.startswith("NN") and lower[last] not in lexicon.longest_relation:
                last += 1
            start = phrase if phrase >= 0 else index
            if not (last < count and lower[last] == "of") and lower[last - 1] not in lexicon.not_objects:
                for place in open_phrase:
                    found[place] = found[place]._replace(noun=last - 1, phrase=start)
                found.append(_object(lower, words, index, last, start, lexicon))
            open_phrase, phrase, index = [], -1, last
            continue
        if tag in DETERMINERS or name in NEGATORS:
            open_phrase, phrase = [], index
        elif name in lexicon.numbers and tag in {"CD", "NN", "JJ"}:
            open_phrase.append(len(found))
            phrase = index if phrase < 0 else phrase
            found.append(
                Concept("number", index, index + 1, name, True, _number_form(lexicon.numbers[name]), phrase, -1)
            )
        elif (tag.startswith("JJ") or name in lexicon.attributes) and name not in lexicon.not_attributes:
            phrase = index if phrase < 0 else phrase
            open_phrase.append(len(found))
            form = "adjective" if tag.startswith("JJ") and tag != "JJ" and name not in lexicon.attributes else "plain"
            found.append(Concept("attribute", index, index + 1, name, name in lexicon.attributes, form, phrase, -1))
        elif tag in {"CC", ","} and open_phrase and found and found[-1].kind == "attribute":
            pass  # "black and white cat"
        elif tag in {"RB", "JJ", "RBR", "RBS", "CD"}:
            phrase = index if phrase < 0 else phrase
        else:
            open_phrase, phrase = [], -1
        index += 1
    kept = tuple(concept for concept in found if not _idle(concept, lower))
    negator = next((place for place, name in enumerate(lower) if name in NEGATORS or name.endswith("n't")), -1)
    return Caption(text, words, kept, negator)


def _number_form(value: int) -> str:
    return "one" if value == 1 else "many"


def _idle(concept: Concept, lower: Sequence[str]) -> bool:
    """Numbers that count no noun, adjectives that stand neither before a noun nor after a form of "be"."""
    if concept.noun >= 0 or concept.kind in {"object", "relation"}:
        return False
    before = lower[concept.first - 1] if concept.first else ""
    return concept.kind == "number" or before not in {"is", "are", "was", "were"}


def _attributive(lower: Sequence[str], words: Sequence[Word], index: int, lexicon: Lexicon) -> bool:
    """Whether a noun serves as an attribute the lexicon knows, right before another noun ("orange cat")."""
    following = index + 1 < len(words) and words[index + 1].tag.startswith("NN")
    return following and lower[index] in lexicon.attributes


def _relation(
    lower: Sequence[str], words: Sequence[Word], index: int, longest: int, lexicon: Lexicon
) -> Concept | None:
    for length in range(min(longest, len(lower) - index), 0, -1):
        key = lower[index] if length == 1 else " ".join(lower[index : index + length])
        entry = lexicon.relations.get(key)
        if entry is None:
            continue
        tag = words[index].tag
        if length == 1 and not (tag.startswith("VB") if entry.kind != "place" else tag in {"IN", "RP", "RB", "TO"}):
            continue
        form = "place" if entry.kind == "place" else f"{entry.kind} {tag}"
        return Concept("relation", index, index + length, key, True, form, index, -1)
    return None


def _object(
    lower: Sequence[str], words: Sequence[Word], first: int, last: int, phrase: int, lexicon: Lexicon
) -> Concept:
    plural = words[last - 1].tag in {"NNS", "NNPS"} and lower[last - 1] not in lexicon.nouns
    head = lower[last - 1]
    if head in lexicon.singular and (plural or head not in lexicon.nouns):
        head, plural = lexicon.singular[head], True
    determined = any(words[place].tag in DETERMINERS for place in range(phrase, first))
    form = "plural" if plural else "the" if determined else "bare"
    for start in range(first, last):
        key = " ".join([*lower[start : last - 1], head])
        if key in lexicon.nouns:
            return Concept("object", first, last, key, True, form, phrase, last - 1)
    return Concept("object", first, last, " ".join([*lower[first : last - 1], head]), False, form, phrase, last - 1)
