"""Captions of the coloured problems ("a red seven"), full and pruned, and the text towers that read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from scm.tokens import PADDING, Caption, TokenRole, Vocabulary

DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COLOUR_WORDS = ("red", "green", "blue", "yellow", "purple", "orange", "white", "cyan", "pink", "brown")

TextTower = Literal["strings", "words"]


@dataclass(frozen=True)
class Captions:
    """The captions of C classes in S contexts. String number y is the pruned caption of class y ("a seven"), string
    C + S y + s the full one of class y in context s ("a red seven").

    Raises:
        ValueError: fewer than two classes, or words that do not form a vocabulary (`scm.tokens.Vocabulary`).
    """

    class_words: tuple[str, ...]
    context_words: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.class_words) < 2:
            raise ValueError(
                f"{len(self.class_words)} class words; expected at least 2, because a caption that every image has "
                "tells nothing"
            )
        _ = self.vocabulary  # disjoint roles

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words with their roles: class words are V, context words are E."""
        return Vocabulary(
            {
                TokenRole.FUNCTION: ("a",),
                TokenRole.CLASS: self.class_words,
                TokenRole.ENVIRONMENT: self.context_words,
            }
        )

    @cached_property
    def strings(self) -> tuple[Caption, ...]:
        """Every caption by its number; the pruned ones are the full ones without their environment tokens."""
        full = [self.vocabulary.encode(f"a {s} {y}") for y in self.class_words for s in self.context_words]
        pruned = [caption.without(TokenRole.ENVIRONMENT) for caption in full[:: len(self.context_words)]]
        return (*pruned, *full)

    def full(self, classes: Int[Tensor, "..."], contexts: Int[Tensor, "..."]) -> Int[Tensor, "..."]:
        """Numbers of the full captions; the two arrays are broadcast."""
        return len(self.class_words) + len(self.context_words) * classes + contexts


class CaptionStrings(nn.Module):
    """One free code for every caption string: the text tower of the population optima. Numbers (n,) -> (n, outputs)."""

    def __init__(self, captions: Captions, outputs: int) -> None:
        super().__init__()
        self.codes = nn.Embedding(len(captions.strings), outputs)

    def forward(self, numbers: Int[Tensor, "*n"]) -> Float[Tensor, "*n outputs"]:
        """Codes of the captions."""
        return self.codes(numbers)


class CaptionWords(nn.Module):
    """The sum of the learned vectors of a caption's words: compositional by construction. (n,) -> (n, outputs)."""

    counts: Tensor  # (strings, words) how often each string has each word

    def __init__(self, captions: Captions, outputs: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(len(captions.vocabulary), outputs)
        ids = captions.vocabulary.pad(captions.strings)
        counts = np.zeros((len(ids), len(captions.vocabulary)), dtype=np.float32)
        rows, columns = np.nonzero(ids != PADDING)
        np.add.at(counts, (rows, ids[rows, columns]), 1)
        self.register_buffer("counts", torch.from_numpy(counts), persistent=False)

    def forward(self, numbers: Int[Tensor, "*n"]) -> Float[Tensor, "*n outputs"]:
        """Codes of the captions."""
        return (self.counts @ self.vectors.weight)[numbers]


def caption_tower(kind: str, captions: Captions, outputs: int) -> nn.Module:
    """A text tower by name.

    Raises:
        ValueError: another name.
    """
    towers: dict[str, type[CaptionStrings] | type[CaptionWords]] = {"strings": CaptionStrings, "words": CaptionWords}
    if kind not in towers:
        raise ValueError(f"text tower {kind!r} is unknown; expected one of {', '.join(towers)}")
    return towers[kind](captions, outputs)


def coloured_captions(class_words: Sequence[str]) -> Captions:
    """As many colours as classes, since a colour prefers a class."""
    if len(class_words) > len(COLOUR_WORDS):
        raise ValueError(f"{len(class_words)} classes; there are words for {len(COLOUR_WORDS)} colours only")
    return Captions(tuple(class_words), COLOUR_WORDS[: len(class_words)])
