"""SWAP on captions: two concepts of one kind exchange places."""

from itertools import combinations

from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.parsing import Caption, Concept
from scm.composition.captions.proposals import Proposal, Refusal
from scm.composition.captions.words import Change, lowered


def swaps(caption: Caption, lexicon: Lexicon) -> list[Proposal]:
    """Every pair of concepts of one kind."""
    return [
        Proposal("swap", one.kind, (one, other), "")
        for one, other in combinations(caption.concepts, 2)
        if one.kind == other.kind
    ]


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
    if one.form != other.form:
        return Refusal.GRAMMAR
    return [_moved(caption, one, other), _moved(caption, other, one)]


def _moved(caption: Caption, place: Concept, source: Concept) -> Change:
    """The words of `source` at the place of another concept."""
    words = caption.words[source.first : source.last]
    text = caption.text[words[0].start : words[-1].end]
    text = lowered(words[0]) + text[len(words[0].text) :]
    start, end = caption.words[place.first].start, caption.words[place.last - 1].end
    return Change(start, end, text, tuple(word.tag for word in words))
