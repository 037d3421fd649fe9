"""SWAP, REPLACE and ADD on real captions: negatives that say what they are and how they were made."""

from scm.composition.captions.generation import TYPES, Negative, Step, negatives
from scm.composition.captions.lexicon import Attribute, Lexicon, Noun, Relation
from scm.composition.captions.meaning import meaning
from scm.composition.captions.paraphrasing import Paraphrase, Paraphraser
from scm.composition.captions.parsing import Caption, Concept, parse
from scm.composition.captions.proposals import OperatorName, Proposal, Refusal
from scm.composition.captions.words import Edit, Word, applied, article, split

__all__ = [
    "TYPES",
    "Attribute",
    "Caption",
    "Concept",
    "Edit",
    "Lexicon",
    "Negative",
    "Noun",
    "OperatorName",
    "Paraphrase",
    "Paraphraser",
    "Proposal",
    "Refusal",
    "Relation",
    "Step",
    "Word",
    "applied",
    "article",
    "meaning",
    "negatives",
    "parse",
    "split",
]
