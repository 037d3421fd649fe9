"""A normal form of what a caption says: equal for captions that differ by synonyms or by symmetric relations alone."""

from collections.abc import Sequence
from typing import NamedTuple

from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.parsing import DETERMINERS, NEGATORS, Caption, Concept
from scm.composition.captions.words import MARKUP

Meaning = tuple[object, ...]

_BE = frozenset({"is", "are", "was", "were"})
_JOINING = frozenset({"and", "or", ","})
# what can stand before the first thing shown, without a relation to it
_SHOWING = (
    "photo picture image photograph painting drawing sketch illustration view shot scene slide scan micrograph x-ray "
    "ct mri render rendering video snapshot portrait"
)
_SHOWN: frozenset[object] = frozenset(["there", "is", "are", "of", *_SHOWING.split()])
_SHOWN_OF = tuple(f"{word} of" for word in _SHOWING.split())
_CLAUSE = frozenset({"that", "which", "who"})


class _Phrase(NamedTuple):
    """A noun phrase: its head, what is said of it, in any order, and how much there is ("a cup of").

    `alone` says that nothing stands before the head, so that words before another thing it is joined with may count for
    it too: "small cups and plates".
    """

    head: str
    plural: bool
    modifiers: tuple[str, ...]
    category: str
    amount: str = ""
    alone: bool = False


class _Link(NamedTuple):
    """Words between noun phrases."""

    sense: str
    converse: str


class _Put(str):
    """A participle right before a symmetric place: "parked next to"."""

    __slots__ = ()


def meaning(caption: Caption, lexicon: Lexicon) -> Meaning:
    """The caption with synonyms made equal, articles dropped, and symmetric or converse relations put in one order.

    "a dog next to a big cat" and "a large cat next to the dog" are equal, and so are "A left of B" and "B right of A".
    Things joined by "and", "or" or a comma are unordered wherever they stand, with what there is of them ("a cup of
    tea and a cup of milk"); by another symmetric relation ("next to", "meets") only where no other relation governs
    the first of them. It errs towards equal: a negative that is true costs more than one that is lost.
    """
    items = _items(caption, lexicon)
    result: list[object] = []
    index = 0
    while index < len(items):
        if not isinstance(items[index], _Phrase):
            result.append(items[index])
            index += 1
            continue
        run, after = _coordinated(items, index)
        governed = not all([item in _SHOWN or _shows(item) for item in result])
        result += _shared(run)
        pair = None if governed else _related(items, run, after, lexicon)
        found, index = pair or ([_unordered(run)], after)
        result += found
    return tuple(result)


def _shows(item: object) -> bool:
    """Whether words say that this is a picture of what follows: "a satellite image of"."""
    return isinstance(item, str) and item.endswith(_SHOWN_OF)


def ordered(caption: Caption, lexicon: Lexicon) -> bool:
    """Whether all order in the caption counts, so that an exchange of two senses changes the meaning."""
    if not _JOINING.isdisjoint(caption.lower):
        return False
    relations = [lexicon.relations[concept.key] for concept in caption.concepts if concept.kind == "relation"]
    return not any(relation.converse or relation.sense == "with" for relation in relations)


def sense(concept: Concept, lexicon: Lexicon) -> str:
    """What a concept contributes to the meaning: one name for all synonyms."""
    return sense_of(concept.kind, concept.key, lexicon) if concept.known else concept.key


def sense_of(kind: str, key: str, lexicon: Lexicon) -> str:
    """The sense of an entry of the lexicon, or of the word for a negation itself."""
    if kind == "object":
        return lexicon.nouns[key].sense
    if kind == "attribute":
        return lexicon.attributes[key].sense
    if kind == "number":
        return str(lexicon.numbers[key])
    return lexicon.relations[key].sense if kind == "relation" else key


def _related(
    items: Sequence[object], one: list[_Phrase], index: int, lexicon: Lexicon
) -> tuple[list[object], int] | None:
    """Two sides of a relation that has a converse, in one order, and the place after them; None for all else.

    What is put somewhere ("parked next to") is there as well as what sits there.
    """
    while index < len(items) and (
        items[index] in lexicon.upright
        or items[index] in _BE
        or items[index] in _CLAUSE
        or isinstance(items[index], _Put)
    ):
        index += 1
    if (
        index + 1 >= len(items)
        or not isinstance(link := items[index], _Link)
        or not isinstance(items[index + 1], _Phrase)
    ):
        return None
    other, after = _coordinated(items, index + 1)
    ordered = _exchangeable(one, link, other)
    return (ordered, after) if ordered else None


def _exchangeable(one: list[_Phrase], link: _Link, other: list[_Phrase]) -> list[object] | None:
    """The relation with its two sides in one order, or None for a relation that has no converse."""
    a, b = _unordered(one), _unordered(other)
    if link.sense == "with":
        same = len({phrase.category for phrase in [*one, *other]}) == 1 and one[0].category
        converse = "with" if same else ""
    else:
        converse = link.converse
    if not converse:
        return None
    if converse == link.sense:
        return [link.sense, *sorted([a, b])]
    return [link.sense, a, b] if link.sense < converse else [converse, b, a]


def _unordered(run: Sequence[_Phrase]) -> tuple[_Phrase, ...]:
    return tuple(sorted([phrase._replace(alone=False) for phrase in run]))


def _shared(run: list[_Phrase]) -> list[object]:
    """What is said of the first of things joined and may count for all of them, taken from it."""
    shared: list[object] = []
    if len(run) > 1 and all([phrase.alone for phrase in run[1:]]):
        shared += run[0].modifiers
        run[0] = run[0]._replace(modifiers=())
    if len(run) > 1 and run[0].amount and not any([phrase.amount for phrase in run[1:]]):
        shared.append(run[0].amount)
        run[0] = run[0]._replace(amount="")
    return shared


def _coordinated(items: Sequence[object], index: int) -> tuple[list[_Phrase], int]:
    """The noun phrases joined by "and", "or" or commas that begin at `index`, and the place after them."""
    run: list[_Phrase] = []
    while index < len(items) and isinstance(phrase := items[index], _Phrase):
        run.append(phrase)
        following = index + 1
        while following < len(items) and isinstance(items[following], str) and items[following] in _JOINING:
            following += 1
        if following == index + 1 or following >= len(items) or not isinstance(items[following], _Phrase):
            return run, index + 1
        index = following
    return run, index


def _items(caption: Caption, lexicon: Lexicon) -> list[object]:
    """Noun phrases, relations, and all other words, in order."""
    words = caption.words
    items: list[object] = []
    waiting: list[str] = []  # what is said of the noun to come
    index = 0
    concepts = {concept.first: concept for concept in caption.concepts}
    while index < len(words):
        concept = concepts.get(index)
        if concept is None:
            tag, name = words[index].tag, caption.lower[index]
            if (tag not in DETERMINERS and tag != MARKUP) or name in NEGATORS:
                put = tag in {"VBN", "VBD"} and _symmetric(concepts.get(index + 1), lexicon)
                items.append(_Put(name) if put else name)
            index += 1
            continue
        if concept.kind == "object":
            amount = ""
            if concept.phrase and caption.lower[concept.phrase - 1] == "of" and items and items[-1] == "of":
                amount = _amount(caption, concept.phrase - 1, items)
            items.append(_phrase(concept, waiting, lexicon)._replace(amount=amount))
            waiting = []
        elif concept.kind == "relation":
            entry = lexicon.relations[concept.key]
            linking = entry.kind == "place" or entry.converse
            items.append(_Link(entry.sense, entry.converse) if linking else entry.sense)
        elif concept.noun >= 0:
            waiting.append(sense(concept, lexicon))
        else:
            items.append(sense(concept, lexicon))
        index = concept.last
    return items + waiting


def _symmetric(concept: Concept | None, lexicon: Lexicon) -> bool:
    """Whether a place says the same both ways; "by" behind a participle is no place ("drawn by a dog")."""
    if concept is None or concept.kind != "relation" or concept.key == "by":
        return False
    entry = lexicon.relations[concept.key]
    return entry.kind == "place" and entry.converse == entry.sense


def _amount(caption: Caption, place: int, items: list[object]) -> str:
    """The words before an "of" that say how much there is ("a big cup of"), taken from the items."""
    start = place
    while start and caption.words[start - 1].tag[:2] in {"NN", "JJ", "CD"}:
        start -= 1
    amount = list(caption.lower[start:place])
    if not amount or items[-len(amount) - 1 : -1] != amount:
        return ""
    del items[-len(amount) - 1 :]
    said = " ".join([*amount, "of"])
    if amount[-1] not in _SHOWN:
        return said
    items.append(said)
    return ""


def _phrase(concept: Concept, modifiers: Sequence[str], lexicon: Lexicon) -> _Phrase:
    entry = lexicon.nouns.get(concept.key)
    said = tuple(sorted(set(modifiers)))
    category = entry.category if entry else ""
    alone = concept.phrase == concept.first
    return _Phrase(sense(concept, lexicon), concept.form == "plural", said, category, alone=alone)
