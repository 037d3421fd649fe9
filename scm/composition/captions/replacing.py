"""REPLACE on captions: a co-hyponym, an excluding attribute, another relation or number in the place of one concept."""

from scm.composition.captions.context import agrees, free
from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.parsing import NEGATORS, Caption, Concept
from scm.composition.captions.proposals import Proposal, Refusal, Site
from scm.composition.captions.words import Change, cased_for, split


def replacements(caption: Caption, lexicon: Lexicon) -> list[Site]:
    """Every concept that the lexicon knows, with everything that it offers in its place."""
    return [
        Site("replace", concept.kind, (concept,), others)
        for concept in caption.concepts
        if concept.known and (others := _others(caption, concept, lexicon))
    ]


_SHADES = frozenset({"light", "dark", "bright", "deep", "pale"})  # before another attribute: "light blue"


def _others(caption: Caption, concept: Concept, lexicon: Lexicon) -> tuple[str, ...]:
    if concept.kind == "object":
        return lexicon.nouns[concept.key].others
    if concept.kind == "attribute":
        if concept.key in _SHADES and [word.tag for word in caption.words[concept.last : concept.last + 1]] == ["JJ"]:
            return ()
        return lexicon.fitting(concept.key, caption.category(concept.noun, lexicon))
    if concept.kind == "number":
        return lexicon.other_numbers(concept.key)
    by_category = lexicon.relations[concept.key].others
    if not by_category or not free(caption, concept, lexicon):
        return ()
    following = next(
        (other for other in caption.concepts if other.kind == "object" and other.first >= concept.last), None
    )
    category = caption.category(following.noun, lexicon) if following else ""
    return by_category.get(category) or by_category.get("", ())


def replace(caption: Caption, proposal: Proposal, lexicon: Lexicon) -> list[Change] | Refusal:
    """The change, with the number of the noun or the form of the verb kept, or why it is none."""
    (concept,), new = proposal.concepts, proposal.new
    words = caption.words[concept.first : concept.last]
    refusal = {"object": _object, "attribute": _attribute, "relation": _relation, "number": _number}[concept.kind](
        caption, concept, new, lexicon
    )
    if refusal:
        return refusal
    if concept.form == "plural":
        new = lexicon.nouns[new].plural
    new = cased_for(new, caption.words, concept.first)
    tag = {"object": words[-1].tag, "relation": "IN" if concept.form == "place" else words[0].tag}.get(
        concept.kind, words[0].tag
    )
    return [Change(words[0].start, words[-1].end, new, (tag,) * len(split(new)))]


def _object(caption: Caption, concept: Concept, new: str, lexicon: Lexicon) -> Refusal | None:
    entry = lexicon.nouns[new]
    if lexicon.nouns[concept.key].meanings & entry.meanings:
        return Refusal.SYNONYM
    if any(lexicon.nouns[other.key].sense == entry.sense for other in caption.of("object") if other.known):
        return Refusal.ALREADY_THERE
    if not caption.countable(concept, lexicon, new) or not agrees(caption, concept, new, lexicon):
        return Refusal.GRAMMAR
    return None


def _attribute(caption: Caption, concept: Concept, new: str, lexicon: Lexicon) -> Refusal | None:
    sense = lexicon.attributes[new].sense
    if sense == lexicon.attributes[concept.key].sense:
        return Refusal.SYNONYM
    same = (other for other in caption.of("attribute") if other.known and other.noun == concept.noun)
    if any(lexicon.attributes[other.key].sense == sense for other in same):
        return Refusal.ALREADY_THERE
    return None


def _relation(caption: Caption, concept: Concept, new: str, lexicon: Lexicon) -> Refusal | None:
    entry = lexicon.relations[new]
    if entry.sense == lexicon.relations[concept.key].sense:
        return Refusal.SYNONYM
    if entry.sense in lexicon.fixed and any(
        lexicon.relations[other.key].sense == entry.sense for other in caption.of("relation")
    ):
        return Refusal.ALREADY_THERE  # the dog on the left is as tall as the dog on the left
    if entry.kind == "intransitive" and any(
        word.tag[:2] in {"DT", "NN", "JJ", "CD", "PR"} for word in caption.words[concept.last : concept.last + 1]
    ):
        return Refusal.GRAMMAR
    if new in NEGATORS and caption.fresh_from(concept.last):
        return Refusal.NEGATED
    return None


def _number(caption: Caption, concept: Concept, new: str, lexicon: Lexicon) -> Refusal | None:
    return Refusal.SYNONYM if lexicon.numbers[new] == lexicon.numbers[concept.key] else None
