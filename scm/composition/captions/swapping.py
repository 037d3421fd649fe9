"""SWAP on captions: two concepts of one kind exchange places."""

from itertools import combinations

from scm.composition.captions.context import bound, compared, fits, free
from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.parsing import Caption, Concept
from scm.composition.captions.proposals import Proposal, Refusal, Site
from scm.composition.captions.words import Change, cased_for, lowered

_APART = frozenset(':;“”"')  # what they part does not trade places


def swaps(caption: Caption, lexicon: Lexicon) -> list[Site]:
    """Every pair of concepts of one kind."""
    return [
        Site("swap", one.kind, (one, other), rank=_rank(one, other, lexicon))
        for one, other in combinations(caption.concepts, 2)
        if one.kind == other.kind
    ]


def _rank(one: Concept, other: Concept, lexicon: Lexicon) -> int:
    """1 for two objects that play different parts in a scene: a man and a sidewalk."""
    if one.kind != "object" or not (one.known and other.known):
        return 0
    categories = lexicon.nouns[one.key].category, lexicon.nouns[other.key].category
    return int(categories[0] != categories[1] and len({lexicon.roles.get(category) for category in categories}) > 1)


def swap(caption: Caption, proposal: Proposal, lexicon: Lexicon) -> list[Change] | Refusal:
    """The two changes of an exchange, or why it is none.

    Words are moved as they are, so that the caption keeps its words up to `a` and `an` and the capital of the first;
    concepts whose grammar differs (singular and plural, with and without an article, "sits" and "riding") would need
    other words and are refused.
    """
    one, other = proposal.concepts
    if one.key == other.key:
        return Refusal.IDENTICAL
    if one.kind in {"attribute", "number"} and one.noun == other.noun:
        return Refusal.SAME_OBJECT
    if one.form != other.form or any(word.text in _APART for word in caption.words[one.last : other.first]):
        return Refusal.GRAMMAR
    if compared(caption.lower, one.last, other.first):
        return Refusal.SAME_MEANING
    unfit = {"object": _objects, "attribute": _attributes, "relation": _relations}.get(one.kind)
    if unfit and (refusal := unfit(caption, one, other, lexicon)):
        return refusal
    return [_moved(caption, one, other), _moved(caption, other, one)]


def _objects(caption: Caption, one: Concept, other: Concept, lexicon: Lexicon) -> Refusal | None:
    if bound(caption, one) or bound(caption, other) or not _stands(caption, one, other, lexicon):
        return Refusal.GRAMMAR
    for attribute in caption.concepts:
        if attribute.kind == "attribute" and attribute.noun in (one.noun, other.noun):
            place = other.noun if attribute.noun == one.noun else one.noun
            if not fits(attribute, place, caption, lexicon):
                return Refusal.UNFIT
    return Refusal.SAME_MEANING if _together(caption, one, other, lexicon) else None


def _attributes(caption: Caption, one: Concept, other: Concept, lexicon: Lexicon) -> Refusal | None:
    fitting = fits(one, other.noun, caption, lexicon) and fits(other, one.noun, caption, lexicon)
    return None if fitting else Refusal.UNFIT


def _relations(caption: Caption, one: Concept, other: Concept, lexicon: Lexicon) -> Refusal | None:
    fixed = not lexicon.fixed.isdisjoint([lexicon.relations[concept.key].sense for concept in (one, other)])
    return Refusal.GRAMMAR if fixed or not all([free(caption, c, lexicon) for c in (one, other)]) else None


def _stands(caption: Caption, one: Concept, other: Concept, lexicon: Lexicon) -> bool:
    """Whether each noun can stand where the other does: no mass noun behind "a", no countable one alone."""
    if one.form == "plural":
        return True
    return caption.countable(one, lexicon, other.key) and caption.countable(other, lexicon, one.key)


def _together(caption: Caption, one: Concept, other: Concept, lexicon: Lexicon) -> bool:
    """Whether the two do something with each other, which says the same both ways: "a man plays chess with a boy"."""
    if caption.lower[other.phrase - 1] not in {"with", "against"} or not (one.known and other.known):
        return False
    between = [c for c in caption.concepts if one.last <= c.first < other.phrase - 1]
    kinds = [c.kind for c in between if c.kind != "relation" or lexicon.relations[c.key].kind == "place"]
    alone = "relation" not in kinds and kinds.count("object") <= 1
    return alone and lexicon.nouns[one.key].category == lexicon.nouns[other.key].category


def _moved(caption: Caption, place: Concept, source: Concept) -> Change:
    """The words of `source` at the place of another concept."""
    words = caption.words[source.first : source.last]
    text = caption.text[words[0].start : words[-1].end]
    text = lowered(caption.words, source.first) + text[len(words[0].text) :]
    text = cased_for(text, caption.words, place.first)
    start, end = caption.words[place.first].start, caption.words[place.last - 1].end
    return Change(start, end, text, tuple(word.tag for word in words))
