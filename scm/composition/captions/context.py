"""What stands around a concept, and what that allows: free relations, fitting attributes, pronouns that agree."""

from collections.abc import Sequence

from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.parsing import DETERMINERS, NAMES, Caption, Concept
from scm.composition.captions.tags import FINITE

_BE = frozenset({"is", "are", "was", "were"})
_ALTERNATIVES = frozenset({"or", "either", "neither", "nor", "whether"})
_AFTER_NOUN = frozenset({"NN", "NNS", "NNP", "NNPS", "JJ", "PRP", "CD", ","})
_LINKING = frozenset({"of", "to", "from", "with", "than"})
_WITHIN = frozenset({"JJ", "JJR", "JJS", "CD", "NN", "NNS", "NNP", "NNPS", "VBN", "VBG"})


def free(caption: Caption, relation: Concept, lexicon: Lexicon) -> bool:
    """Whether a relation stands for itself, so that another can take its place.

    A place must have its object right behind it, not a word that makes one phrase with it ("on the left", "in line"),
    nor belong to a verb ("surrounded by", "filled with"). An action of one thing needs a living subject, of two an
    object.
    """
    entry = lexicon.relations[relation.key]
    if entry.kind == "intransitive":
        subject = _subject(caption, relation)
        return subject is not None and subject.known and lexicon.role(subject.key) == "living"
    behind = _object(caption, relation.last, lexicon)
    if entry.kind == "action":
        return behind
    if " " in relation.key and "" in entry.others and relation.key.rsplit(" ", 1)[-1] not in _LINKING:
        return True  # "on the left" is whole
    before = caption.words[relation.first - 1].tag if relation.first else ""
    if relation.key == "by" and before[:2] not in {"NN", "PR"} and caption.lower[relation.first - 1] not in _BE:
        return False
    return behind and (entry.sense != "with" or before in _AFTER_NOUN)


def _subject(caption: Caption, action: Concept) -> Concept | None:
    """The last object before an action that no preposition governs."""
    for concept in reversed(caption.concepts):
        if concept.kind == "object" and concept.last <= action.first:
            before = caption.words[concept.phrase - 1].tag if concept.phrase else ""
            if before not in {"IN", "TO"}:
                return concept
    return None


def _object(caption: Caption, place: int, lexicon: Lexicon) -> bool:
    """Whether an object that can stand behind any relation begins at a place, "a bowl of fruit" included."""
    words, first = caption.words, place
    if place < len(words) and words[place].tag == "PRP":
        return True
    while place < len(words) and words[place].tag in DETERMINERS:
        place += 1
    while place < len(words) and words[place].tag in _WITHIN:
        place += 1
    if place == first or words[place - 1].tag[:2] != "NN" or caption.lower[place - 1] in lexicon.not_objects:
        return False
    if any([word.tag != "NN" for word in words[first:place]]) or caption.telegraphic:
        return True
    return caption.lower[place - 1] in lexicon.mass  # "on ice", not "in bed", "on fire"


def fits(attribute: Concept, noun: int, caption: Caption, lexicon: Lexicon) -> bool:
    """Whether an attribute can be said of the object at another place: no red man; what one animal has, all may."""
    category = caption.category(noun, lexicon)
    before = caption.category(attribute.noun, lexicon)
    if not attribute.known and not before and lexicon.roles.get(category) == "body":
        return False  # no severe spine
    return attribute.key not in lexicon.unfit.get(category, ()) or category == before


def compared(lower: Sequence[str], first: int, last: int) -> bool:
    """Whether two places are the sides of a comparison that says the same of both: "as tall as", "the same hat as"."""
    if "as" not in lower[first:last]:
        return False
    place = max(place for place in range(first, last) if lower[place] == "as")
    return "as" in lower[:place] or "same" in lower[:place]


def named(caption: Caption, concept: Concept) -> bool:
    """Whether an object has a name in it, or an attribute is one's."""
    if concept.kind == "object":
        return any([word.tag in NAMES for word in caption.words[concept.first : concept.last]])
    return concept.kind == "attribute" and concept.noun >= 0 and caption.words[concept.noun].tag in NAMES


def stays_the_same(caption: Caption, concept: Concept) -> bool:
    """Whether a concept stands in a noun phrase of "the same": two views of one place are of one city too."""
    return concept.kind != "relation" and "same" in caption.lower[concept.phrase : concept.last]


def negatable(caption: Caption, place: int) -> bool:
    """Whether "not" can stand before a place: behind a form of "be", or behind a noun that no verb has yet.

    Nothing is negated among alternatives: "either not" says no more than "or".
    """
    if not _ALTERNATIVES.isdisjoint(caption.lower):
        return False
    if caption.lower[place - 1] in _BE:
        return True
    verbs = [word for word in caption.words[:place] if word.tag == "VB" or word.tag in FINITE]
    return not verbs and caption.words[place - 1].tag[:2] == "NN"


def agrees(caption: Caption, concept: Concept, noun: str, lexicon: Lexicon) -> bool:
    """Whether a noun can take the place of an object, or join it, with the pronouns that follow: no man and her dog."""
    following = [gender for place, gender in caption.pronouns if place >= concept.last]
    return not following or lexicon.genders.get(noun, following[0]) in following


def bound(caption: Caption, concept: Concept) -> bool:
    """Whether a pronoun points to an object, or owns it, so that it cannot change places: "a man and his dog"."""
    if not caption.pronouns:
        return False
    owned = any(place == concept.phrase for place, _ in caption.pronouns)
    return owned or concept.first < caption.pronouns[-1][0]
