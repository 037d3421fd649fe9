"""Atomic concepts of a tagged caption: objects, attributes, relations and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.tags import mended
from scm.composition.captions.words import Word, plain, tagged

Kind = Literal["object", "attribute", "relation", "number"]

DETERMINERS = frozenset({"DT", "PRP$", "PDT", "WP$", "POS"})
NAMES = frozenset({"NNP", "NNPS"})
NEGATORS = frozenset({"no", "not", "without", "never", "nobody", "nothing", "none", "neither", "nor", "n't"})
_GENDERS = {
    **dict.fromkeys(["he", "him", "his", "himself"], "male"),
    **dict.fromkeys(["she", "her", "hers", "herself"], "female"),
}
_GENDERED = frozenset(_GENDERS)


class Concept(NamedTuple):
    """Words first..last (last left out) that say one thing.

    `key` is its entry in the lexicon, or its lower-case text where it has none (`known` false). `form` must agree when
    concepts change places: number for objects, kind and tag for the others. `phrase` is the first word of its noun
    phrase, `noun` the place of the head noun (-1 for none), and `key` begins at word `head`: in "kitchen table" behind
    the first word of the object, which is replaced as a whole all the same.
    """

    kind: Kind
    first: int
    last: int
    key: str
    known: bool
    form: str
    phrase: int
    noun: int
    head: int


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption with its words and its concepts in order of place."""

    text: str
    words: tuple[Word, ...]
    concepts: tuple[Concept, ...]
    lower: tuple[str, ...]  # the words in lower case
    negator: int  # place of the first word that negates what follows; -1 for none
    pronouns: tuple[tuple[int, str], ...]  # places and genders of "he", "her" and the like
    telegraphic: bool  # without any article

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

        "Scissors" stand in the plural alone. Captions without any article are telegraphic and take all nouns.
        """
        if concept.form == "plural":
            return noun not in lexicon.mass
        entry = lexicon.nouns.get(noun)
        if entry and entry.plural == noun and noun.endswith("s"):
            return False
        if self.telegraphic:
            return True
        if concept.form == "bare" and concept.phrase:
            return noun in lexicon.mass
        return noun not in lexicon.mass or self.lower[concept.phrase] not in {"a", "an"}


def parse(text: str, tags: Sequence[str], lexicon: Lexicon) -> Caption:
    """Concepts of a caption whose words (`words.split`) have these Penn tags.

    Objects are runs of nouns (compounds are one object, known by the longest tail that the lexicon has), and other
    words that make a noun of the lexicon with the next ("hot dog"); a noun before "of" (group, slice, picture) is none.
    Attributes are adjectives before a noun or after a form of "be". Relations are the lexicon's phrases, the longest
    first; a participle before its noun ("a sleeping cat") is none. Numbers count a noun. Tags that the neighbours
    contradict are put right (`mended`); markup is nothing at all, and what is tagged as a name is never an attribute.

    Raises:
        ValueError: not one tag a word.
    """
    return parsed(text, tuple(mended(list(tagged(text, tags)), lexicon)), lexicon)


def parsed(text: str, words: tuple[Word, ...], lexicon: Lexicon) -> Caption:
    """`parse` for words that are tagged already."""
    lower = [plain(word.text) for word in words] if "&" in text else [word.text.lower() for word in words]
    found: list[Concept] = []
    waiting: list[int] = []  # places in `found` of attributes and numbers before their noun
    phrase = -1  # first word of the noun phrase that is being read
    index, count = 0, len(words)
    relations, compounds = lexicon.longest_relation, lexicon.compounds
    while index < count:
        tag, name = words[index].tag, lower[index]
        longest = relations.get(name, 0)
        within = tag in {"VBG", "VBN"} and _within(words, index)
        compound = 0
        if (several := compounds.get(name)) and (within or tag != "VBG" or not index):
            compound = _compound(lower, index, *several, lexicon)
        if longest and not (within or compound) and (relation := _relation(lower, words, index, longest, lexicon)):
            found.append(relation)
            waiting, phrase, index = [], -1, relation.last
        elif (compound or tag[:2] == "NN") and (last := _end_of_noun(lower, words, index, compound, lexicon)):
            start = phrase if phrase >= 0 else index
            if not (last < count and lower[last] == "of") and lower[last - 1] not in lexicon.not_objects:
                for place in waiting:
                    found[place] = found[place]._replace(noun=last - 1, phrase=start)
                found.append(_object(lower, words, index, last, start, lexicon))
            waiting, phrase, index = [], -1, last
        else:
            if tag in DETERMINERS or name in NEGATORS:
                waiting, phrase = [], index
            elif kind := _described(name, tag, lexicon):
                phrase = index if phrase < 0 else phrase
                waiting.append(len(found))
                found.append(_quality(kind, index, name, tag, phrase, lexicon))
            elif not (tag in {"CC", ","} and waiting and found[-1].kind == "attribute"):  # "black and white cat"
                if tag not in {"RB", "RBR", "RBS", "JJ", "CD"} and not within:
                    waiting, phrase = [], -1
                elif phrase < 0:
                    phrase = index
            index += 1
    kept = tuple([c for c in found if c.noun >= 0 or not _idle(c, lower)])
    negator = -1
    if not NEGATORS.isdisjoint(lower) or "n't" in " ".join(lower):
        negator = next((place for place, name in enumerate(lower) if name in NEGATORS or name.endswith("n't")), -1)
    pronouns: tuple[tuple[int, str], ...] = ()
    if not _GENDERED.isdisjoint(lower):
        pronouns = tuple([(place, _GENDERS[name]) for place, name in enumerate(lower) if name in _GENDERED])
    return Caption(text, words, kept, tuple(lower), negator, pronouns, "DT" not in [word.tag for word in words])


def _described(name: str, tag: str, lexicon: Lexicon) -> Literal["attribute", "number", ""]:
    """Whether a word before a noun may be an attribute or a number."""
    if tag in NAMES:
        return ""
    if name in lexicon.numbers and tag in {"CD", "NN", "JJ"}:
        return "number"
    adjective = tag.startswith("JJ") or name in lexicon.attributes
    return "attribute" if adjective and name not in lexicon.not_attributes else ""


def _quality(
    kind: Literal["attribute", "number"], index: int, name: str, tag: str, phrase: int, lexicon: Lexicon
) -> Concept:
    if kind == "number":
        known, form = True, "one" if lexicon.numbers[name] == 1 else "many"
    else:
        known = name in lexicon.attributes
        form = tag if tag in {"JJR", "JJS"} and not known else "plain"
    return Concept(kind, index, index + 1, name, known, form, phrase, -1, index)


def _idle(concept: Concept, lower: Sequence[str]) -> bool:
    """Numbers that count no noun, adjectives that stand neither before a noun nor after a form of "be"."""
    if concept.noun >= 0 or concept.kind in {"object", "relation"}:
        return False
    before = lower[concept.first - 1] if concept.first else ""
    return concept.kind == "number" or before not in {"is", "are", "was", "were"}


def _relation(
    lower: Sequence[str], words: Sequence[Word], index: int, longest: int, lexicon: Lexicon
) -> Concept | None:
    tag = words[index].tag
    for length in range(min(longest, len(lower) - index), 0, -1):
        key = lower[index] if length == 1 else " ".join(lower[index : index + length])
        entry = lexicon.relations.get(key)
        if entry is None:
            continue
        place = entry.kind == "place"
        if length == 1 and not (tag in {"IN", "RP", "RB", "TO"} if place else tag[:2] == "VB"):
            continue
        if length > 1 and _goes_on(words, index + length):
            continue
        form = "place" if place else f"{entry.kind} {tag}"
        return Concept("relation", index, index + length, key, True, form, index, -1, index)
    return None


def _goes_on(words: Sequence[Word], place: int) -> bool:
    """Whether a phrase that ends in a noun before a place is only the beginning of one: "on the left" of "bank"."""
    return place < len(words) and words[place].tag[:2] in {"NN", "JJ"} and words[place - 1].tag not in {"IN", "TO"}


def _within(words: Sequence[Word], index: int) -> bool:
    """Whether a participle stands inside a noun phrase: "a burning house", "two smiling women"."""
    following = words[index + 1].tag if index + 1 < len(words) else ""
    return index > 0 and following[:2] in {"NN", "JJ"} and words[index - 1].tag in {"DT", "PRP$", "CD", "JJ"}


def _end_of_noun(lower: Sequence[str], words: Sequence[Word], index: int, compound: int, lexicon: Lexicon) -> int:
    """The place after the noun that begins here, or with the compound that ends at `compound`; 0 if none does."""
    following = compound or index + 1
    tag = words[following].tag if following < len(words) else ""
    described = lower[index] in lexicon.attributes and words[index].tag not in NAMES
    if not compound and described and tag[:2] in {"NN", "JJ"}:  # "orange cat"
        return 0
    while following < len(words) and words[following].tag[:2] == "NN":
        longest = lexicon.longest_relation.get(lower[following], 0)
        if longest and _relation(lower, words, following, longest, lexicon):  # "right of"
            break
        following += 1
    return following


def _compound(lower: Sequence[str], index: int, longest: int, seconds: frozenset[str], lexicon: Lexicon) -> int:
    """The place after the lexicon's noun of several words that begins here; 0 if none does."""
    if index + 1 == len(lower) or lower[index + 1] not in seconds:
        return 0
    for last in range(min(index + longest, len(lower)), index + 1, -1):
        *front, final = lower[index:last]
        if " ".join([*front, lexicon.singular.get(final, final)]) in lexicon.nouns:
            return last
    return 0


def _object(
    lower: Sequence[str], words: Sequence[Word], first: int, last: int, phrase: int, lexicon: Lexicon
) -> Concept:
    name = lower[last - 1]
    entry = lexicon.nouns.get(name)
    several = words[last - 1].tag in {"NNS", "NNPS"}
    if entry is None:
        plural = several or name in lexicon.singular
    else:
        plural = several and entry.plural == name and name not in lexicon.mass
    name = lexicon.singular.get(name, name) if plural else name
    determined = any([word.tag in DETERMINERS for word in words[phrase:first]])
    form = "plural" if plural else "the" if determined else "bare"
    if last == first + 1:
        return Concept("object", first, last, name, name in lexicon.nouns, form, phrase, first, first)
    for head in range(first, last):
        key = " ".join([*lower[head : last - 1], name])
        if key in lexicon.nouns:
            return Concept("object", first, last, key, True, form, phrase, last - 1, head)
    key = " ".join([*lower[first : last - 1], name])
    return Concept("object", first, last, key, False, form, phrase, last - 1, first)
