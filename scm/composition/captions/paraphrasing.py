"""Captions that say the same in other words: what a negative must be told apart from, and compared with."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

from scm.composition.captions.generation import Uniform, shuffled
from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.meaning import meaning, sense
from scm.composition.captions.parsing import NEGATORS, Caption, Concept, parsed
from scm.composition.captions.proposals import Proposal, Refusal
from scm.composition.captions.swapping import swap, swaps
from scm.composition.captions.words import Change, Edit, agreed, applied, article, edits_of, moved, split

ParaphraseType = Literal["synonym", "order", "article"]


class Paraphrase(NamedTuple):
    """A caption that says the same, and the edits that made it.

    synonym: one concept in other words ("sofa", "couch"; "beside", "next to"; "two", "2"). order: an exchange where
    order says nothing ("a cat and a dog"). article: "a" for "the", or an article where there was none.
    """

    caption: str
    text: str
    type: ParaphraseType
    edits: tuple[Edit, ...]


class Paraphraser:
    """Makes paraphrases with the words of a lexicon: none that `meaning` can tell from its caption.

    `meaning` errs towards equal, paraphrases must not: nouns are taken only from the familiar ones that the lexicon
    offers in the place of others, and a preposition behind a participle ("made of", "produced by") stays.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._same: dict[tuple[str, str], list[str]] = defaultdict(list)  # words by kind of concept and sense
        for name in dict.fromkeys(other for noun in lexicon.nouns.values() for other in noun.others):
            self._same["object", lexicon.nouns[name].sense].append(name)
        for name, attribute in lexicon.attributes.items():
            self._same["attribute", attribute.sense].append(name)
        for name, relation in lexicon.relations.items():
            if relation.kind == "place":
                self._same["relation", relation.sense].append(name)
        for name, value in lexicon.numbers.items():
            self._same["number", str(value)].append(name)

    def paraphrases(self, caption: Caption, *, rng: Uniform, most: int = 1) -> list[Paraphrase]:
        """At most `most` paraphrases, different from each other; synonyms and order first, articles after them."""
        found: dict[str, Paraphrase] = {}
        said = meaning(caption, self.lexicon)
        others = shuffled([*self._synonyms(caption), *self._orders(caption)], rng)
        for kind, proposed in [*others, *shuffled(list(self._articles(caption)), rng)]:
            changes = agreed(caption.words, proposed)
            edits = edits_of(caption.text, changes)
            text = applied(caption.text, edits)
            after = parsed(text, moved(caption.words, changes), self.lexicon)
            if text != caption.text and meaning(after, self.lexicon) == said:
                found.setdefault(text, Paraphrase(caption.text, text, kind, edits))
            if len(found) == most:
                break
        return list(found.values())

    def _synonyms(self, caption: Caption) -> Iterator[tuple[ParaphraseType, list[Change]]]:
        for concept in caption.concepts:
            if not concept.known:
                continue
            words = caption.words[concept.head : concept.last]
            for other in self._same.get((concept.kind, sense(concept, self.lexicon)), ()):
                if other == concept.key or not self._stands(caption, concept, other):
                    continue
                new = self.lexicon.nouns[other].plural if concept.form == "plural" else other
                tag = {"object": words[-1].tag, "relation": "IN"}.get(concept.kind, words[0].tag)
                yield "synonym", [Change(words[0].start, words[-1].end, new, (tag,) * len(split(new)))]

    def _stands(self, caption: Caption, concept: Concept, other: str) -> bool:
        """Whether other words can stand in the place of a concept."""
        if concept.kind == "relation":
            return concept.first > 0 and caption.words[concept.first - 1].tag not in {"VBN", "VBD"}
        return concept.kind != "object" or caption.countable(concept, self.lexicon, other)

    def _orders(self, caption: Caption) -> Iterator[tuple[ParaphraseType, list[Change]]]:
        for site in swaps(caption, self.lexicon):
            changes = swap(caption, Proposal("swap", site.type, site.concepts, ""), self.lexicon)
            if not isinstance(changes, Refusal):
                yield "order", changes

    def _articles(self, caption: Caption) -> Iterator[tuple[ParaphraseType, list[Change]]]:
        for concept in caption.of("object"):
            first = caption.words[concept.phrase]
            name = first.text.lower()
            if name in {"a", "an"}:
                yield "article", [Change(first.start, first.end, "the", ("DT",))]
            elif name == "the" and concept.form != "plural":
                following = caption.words[concept.phrase + 1].text
                yield "article", [Change(first.start, first.end, article(following), ("DT",))]
            elif concept.phrase == 0 and concept.form in {"bare", "plural"} and name not in NEGATORS:
                yield "article", [Change(first.start, first.start, "the ", ("DT",))]
