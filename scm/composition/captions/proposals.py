"""What an operator may do at a place of a caption, and why a proposal can be refused."""

from enum import StrEnum
from typing import Literal, NamedTuple

from scm.composition.captions.parsing import Concept

OperatorName = Literal["swap", "replace", "add"]


class Refusal(StrEnum):
    """Why a proposal makes no negative."""

    IDENTICAL = "the two concepts are identical"
    SAME_OBJECT = "both attributes are of one object"
    GRAMMAR = "grammar would not agree"
    UNFIT = "an attribute that the object cannot have"
    SYNONYM = "synonyms"
    ALREADY_THERE = "the caption already says it"
    SAME_MEANING = "unchanged meaning"
    SAME_TEXT = "equal to the source"
    NEGATED = "behind a negation the change could be true of the image"
    NAME = "a name"
    SAME = "what is the same could still be so"
    DUPLICATE = "duplicate"
    STEP_AGAIN = "works on what an earlier step changed"


class Site(NamedTuple):
    """Where an operator can be applied, and the new words that it can put there (one empty option for SWAP).

    Those of a lower `rank` make the more natural captions and come first.
    """

    operator: OperatorName
    type: str
    concepts: tuple[Concept, ...]
    options: tuple[str, ...] = ("",)
    rank: int = 0


class Proposal(NamedTuple):
    """One option of a site."""

    operator: OperatorName
    type: str
    concepts: tuple[Concept, ...]
    new: str
