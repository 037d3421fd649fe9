"""ADD on captions: one more object, attribute, or a negation put in; deleting it gives the caption back."""

from scm.composition.captions.context import agrees, free, negatable
from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.parsing import DETERMINERS, Caption, Concept
from scm.composition.captions.proposals import Proposal, Refusal, Site
from scm.composition.captions.words import Change, article, cased_for, split


def additions(caption: Caption, lexicon: Lexicon) -> list[Site]:
    """Objects beside an object ("and a cat"), attributes of an object that has none, one negation."""
    result = []
    described = {concept.noun for concept in caption.concepts if concept.kind == "attribute"}
    for concept in caption.concepts:
        if concept.kind == "object" and concept.known:
            entry = lexicon.nouns[concept.key]
            if entry.others and lexicon.role(concept.key) in {"living", "thing"} and _closed(caption, concept):
                result.append(Site("add", "object", (concept,), entry.others))
            words = lexicon.additions.get(entry.category, ())
            if words and concept.noun not in described and _bare(caption, concept, lexicon):
                result.append(Site("add", "attribute", (concept,), words))
        if negator := _negator(caption, concept, lexicon):
            result.append(Site("add", "negation", (concept,), (negator,)))
    return result


def _bare(caption: Caption, concept: Concept, lexicon: Lexicon) -> bool:
    """Whether an attribute can stand right before an object that is counted: no small rice, no piece of large cake."""
    if concept.form == "bare" and (concept.key in lexicon.mass or (concept.phrase and not caption.telegraphic)):
        return False
    before = caption.words[concept.first - 1].tag if concept.first > concept.phrase else "DT"
    return before in DETERMINERS or before == "CD"


def _closed(caption: Caption, concept: Concept) -> bool:
    """Whether "and a ..." can follow: the noun phrase ends here, and no verb in the singular has it as its subject.

    Nothing joins what is joined already ("a cup and a plate").
    """
    if concept.phrase and caption.lower[concept.phrase - 1] in {"and", "or", "nor", ","}:
        return False
    if concept.last == len(caption.words):
        return True
    word = caption.words[concept.last]
    if word.tag not in {"IN", "VBG", "."} or caption.lower[concept.last] == "of":
        return False
    tags = [word.tag for word in caption.words]
    return concept.form == "plural" or "VBZ" in tags[: concept.first] or "VBZ" not in tags[concept.last :]


def _negator(caption: Caption, concept: Concept, lexicon: Lexicon) -> str:
    """The word that can negate from a concept on; empty for none.

    It is "not" before a place or an action (see `negatable`), "no" before a bare object at the beginning.
    """
    if concept.kind == "object":
        return "no" if concept.first == concept.phrase == 0 and concept.form in {"bare", "plural"} else ""
    if concept.kind != "relation" or concept.first == 0 or concept.key == "with":
        return ""
    tag = caption.words[concept.first].tag
    placed = tag == "IN" and lexicon.relations[concept.key].others and free(caption, concept, lexicon)
    stands = tag == "VBG" or placed
    return "not" if stands and negatable(caption, concept.first) else ""


def add(caption: Caption, proposal: Proposal, lexicon: Lexicon) -> list[Change] | Refusal:
    """The insertion, or why it is none."""
    (concept,), new = proposal.concepts, proposal.new
    words = caption.words
    start = words[concept.first].start
    if proposal.type == "negation":
        if caption.negator >= 0 or caption.fresh_from(concept.first):
            return Refusal.NEGATED
        return [Change(start, start, f"{new} ", ("DT" if new == "no" else "RB",))]
    if proposal.type == "attribute":
        return [Change(start, start, f"{cased_for(new, words, concept.first)} ", ("JJ",))]
    entry = lexicon.nouns[new]
    there = [lexicon.nouns[other.key] for other in caption.of("object") if other.known]
    if any(entry.sense == other.sense or entry.meanings & other.meanings for other in there):
        return Refusal.ALREADY_THERE
    if not caption.countable(concept, lexicon, new) or not agrees(caption, concept, new, lexicon):
        return Refusal.GRAMMAR
    name = entry.plural if concept.form == "plural" else new
    determiner = _determiner(caption, concept, name)
    name = cased_for(name, words, concept.last - 1)
    tags = ("CC", *determiner[1], *((words[concept.last - 1].tag,) * len(split(name))))
    end = words[concept.last - 1].end
    return [Change(end, end, f" and {determiner[0]}{name}", tags)]


def _determiner(caption: Caption, concept: Concept, name: str) -> tuple[str, tuple[str, ...]]:
    """What stands before the added noun, as before the one beside it: an article, a number or nothing; and its tag."""
    if any(number.noun == concept.noun for number in caption.of("number")) and concept.form == "plural":
        return "two ", ("CD",)
    first = caption.lower[concept.phrase]
    if concept.form == "bare" or (concept.form == "plural" and first != "the"):
        return "", ()
    return ("the " if first == "the" else f"{article(name)} "), ("DT",)
