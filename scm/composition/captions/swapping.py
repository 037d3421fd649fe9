"""SWAP on captions: two concepts of one kind exchange places."""

from itertools import combinations

from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.parsing import Caption, Concept
from scm.composition.captions.proposals import Proposal, Refusal, Site
from scm.composition.captions.words import Change, lowered

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
    if one.kind == "relation" and not lexicon.fixed.isdisjoint(lexicon.relations[c.key].sense for c in (one, other)):
        return Refusal.GRAMMAR
    if one.kind == "object" and (_uncounted(caption, one, other, lexicon) or _uncounted(caption, other, one, lexicon)):
        return Refusal.GRAMMAR
    return [_moved(caption, one, other), _moved(caption, other, one)]


def _uncounted(caption: Caption, place: Concept, source: Concept, lexicon: Lexicon) -> bool:
    """Whether a mass noun would come behind "a"."""
    return source.key in lexicon.mass and caption.words[place.phrase].text.lower() in {"a", "an"}


def _moved(caption: Caption, place: Concept, source: Concept) -> Change:
    """The words of `source` at the place of another concept."""
    words = caption.words[source.first : source.last]
    text = caption.text[words[0].start : words[-1].end]
    text = lowered(words[0]) + text[len(words[0].text) :]
    start, end = caption.words[place.first].start, caption.words[place.last - 1].end
    return Change(start, end, text, tuple(word.tag for word in words))
