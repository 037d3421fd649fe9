"""Pairs of picture and caption in both versions, and the batches D and D_V that are drawn from them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from identifiability.objectives.tokens import Tokens
from realscale.data.cache import digest
from realscale.data.dataset import ImageTextSet
from realscale.data.labelled import LabelledImages
from realscale.data.phrases import with_article
from realscale.midtraining.ranks import ALONE, Ranks
from realscale.midtraining.recipes import Version
from realscale.vocabulary.shards import ahead
from scm.streams import stream

Names = Literal["concept", "class"]


@dataclass(frozen=True, eq=False)
class Batch:
    """K pairs: pictures, captions in each version, and their class and context tokens.

    full: D; pruned: D_V, the caption of a pair of the same class without environment tokens, or none at all; negatives:
    M wrong captions of each pair, or none at all. images: of one process's share of the pairs; captions and tokens are
    of all.
    after: how to go on behind this batch, for pairs that are read in order (anything that JSON can hold).
    """

    images: UInt8[np.ndarray, "k height width 3"]
    full: tuple[str, ...]
    pruned: tuple[str, ...]
    negatives: tuple[tuple[str, ...], ...]
    tokens: Tokens
    after: Mapping[str, Any] = field(default_factory=dict)


class Pairs(ABC):
    """What is trained on: batches in a fixed order, the same for any number of processes."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Tells data apart."""

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions of captions that batches can have."""
        return ("full", "pruned", "negatives")

    @abstractmethod
    def check(self, size: int, ranks: Ranks) -> None:
        """Refuse batches of a size that these pairs cannot give to these processes.

        Raises:
            ValueError: they cannot.
        """

    @property
    @abstractmethod
    def law(self) -> Float[np.ndarray, "C S"]:
        """p(t_y, t_e) of all pairs."""

    @abstractmethod
    def batches(
        self, size: int, steps: range, *, seed: int, wrong: bool, ranks: Ranks, after: Mapping[str, Any]
    ) -> Iterator[Batch]:
        """The batches of these steps, of `size` pairs in all, with the pictures of this process's share.

        Args:
            size: pairs.
            steps: numbers of the steps.
            seed: of what is drawn.
            wrong: whether wrong captions are wanted.
            ranks: the processes.
            after: what the batch before the first step said.
        """


@dataclass(frozen=True)
class OnDemand:
    """Pictures of a labelled set that are decoded when a batch asks for them, as squares of `size` pixels."""

    labelled: LabelledImages
    size: int

    def __getitem__(self, rows: Int[np.ndarray, " m"]) -> UInt8[np.ndarray, "m size size 3"]:
        return self.labelled.pictures(rows, size=self.size)

    def tobytes(self) -> bytes:
        """What tells these pictures from others without decoding them: the set, its length and the size."""
        return f"{self.labelled.name} {len(self.labelled)} {self.size}".encode()


@dataclass(frozen=True, eq=False)
class PairSet(Pairs):
    """n pictures, each with the name of what it shows, a class and a context (style, place).

    images: in memory, or decoded on demand. names: what the pruned caption says; classes: pairs between which D_V
    exchanges captions; contexts: numbers into `phrases`, how a full caption speaks of the context: "a noto picture", or
    with the place of the name, "a photo of {} on grass".
    """

    images: UInt8[np.ndarray, "n height width 3"] | OnDemand
    names: tuple[str, ...]
    classes: Int[np.ndarray, " n"]
    contexts: Int[np.ndarray, " n"]
    phrases: tuple[str, ...]

    @classmethod
    def of(cls, dataset: ImageTextSet, *, names: Names = "concept") -> "PairSet":
        """The pairs of a real set: contexts are its styles; captions name the concept, or its class alone."""
        labels = dataset.captions if names == "concept" else tuple(dataset.class_names[c] for c in dataset.classes)
        return cls(dataset.images, labels, dataset.classes, dataset.styles, dataset.style_phrases)

    @classmethod
    def on_demand(cls, labelled: LabelledImages, *, size: int, templates: Sequence[str]) -> "PairSet":
        """The pairs of any labelled set, pictures left where they are; `templates` say how a context is spoken of."""
        phrases = tuple(template.replace("a {}", "{}") for template in templates)
        return cls(OnDemand(labelled, size), tuple(labelled.captions), labelled.classes, labelled.contexts, phrases)

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def law(self) -> Float[np.ndarray, "C S"]:
        """p(t_y, t_e) of all pairs."""
        counts = np.zeros((self.classes.max() + 1, len(self.phrases)))
        np.add.at(counts, (self.classes, self.contexts), 1)
        return counts / counts.sum()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of pictures, captions and tokens."""
        words = "\n".join((*self.names, *self.phrases)).encode()
        columns = np.stack([self.classes, self.contexts]).astype(np.int64).tobytes()
        return digest(self.images.tobytes() + words + columns)

    def full(self, name: str, context: int) -> str:
        """A caption with its environment tokens: `a noto picture of a red apple`."""
        phrase, named = self.phrases[context], with_article(name)
        return phrase.format(named) if "{}" in phrase else f"{phrase} of {named}"

    def batches(
        self, size: int, steps: range, *, seed: int, wrong: bool, ranks: Ranks, after: Mapping[str, Any]
    ) -> Iterator[Batch]:
        """A batch is of the seed and of its step's number alone."""
        drawn = (
            self.batch(size, rng=stream(seed, "batch", step), wrong=wrong, share=ranks.share(size)) for step in steps
        )
        return drawn if isinstance(self.images, np.ndarray) else ahead(drawn)

    def batch(self, size: int, *, rng: np.random.Generator, wrong: bool = False, share: slice = slice(None)) -> Batch:
        """`size` different pairs; with `wrong` a pair has two wrong captions: of another name, of another context.

        Only the pictures of the pairs in `share` are given.

        Raises:
            ValueError: a batch larger than the set.
        """
        self.check(size)
        rows = rng.choice(len(self), size=size, replace=False)
        names = [self.names[row] for row in rows]
        classes, contexts = self.classes[rows], self.contexts[rows]
        named = list(zip(names, contexts.tolist(), strict=True))
        pruned = [with_article(names[other]) for other in exchanged(classes, rng=rng)]
        return Batch(
            self.images[rows[share]],
            tuple(self.full(name, context) for name, context in named),
            tuple(pruned),
            tuple(self._wrong(name, context, rng) for name, context in named) if wrong else (),
            Tokens(torch.from_numpy(classes), torch.from_numpy(contexts)),
        )

    def check(self, size: int, ranks: Ranks = ALONE) -> None:
        """Refuse a batch of fewer than two pairs, or of more than there are."""
        if not 2 <= size <= len(self):
            raise ValueError(
                f"a batch of {size} pairs from a set of {len(self)}; expected from 2 up to the whole set, because a "
                "pair is contrasted with others, and a picture that is there twice would be its own negative"
            )

    @cached_property
    def _vocabulary(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.names))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self._vocabulary)}

    def _wrong(self, name: str, context: int, rng: np.random.Generator) -> tuple[str, str]:
        other = self._vocabulary[another(self._places[name], len(self._vocabulary), rng)]
        return self.full(other, context), self.full(name, another(context, len(self.phrases), rng))


def another(number: int, count: int, rng: np.random.Generator) -> int:
    """One of the `count` numbers other than this one, each equally likely.

    Raises:
        ValueError: there is no other.
    """
    if count < 2:
        raise ValueError(f"{count} values; expected at least 2, because a wrong caption replaces one by another")
    return int((number + rng.integers(1, count)) % count)


def exchanged(classes: Int[np.ndarray, " K"], *, rng: np.random.Generator) -> Int[np.ndarray, " K"]:
    """A random permutation that keeps each class: pair i gets the caption of pair `exchanged[i]`, of its own class.

    Source: the batch D_V of CLIP-IRM (CVPR 2026).
    """
    order = np.arange(len(classes))
    for number in np.unique(classes):
        members = np.flatnonzero(classes == number)
        order[members] = rng.permutation(members)
    return order


def distinct(versions: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], list[Int[np.ndarray, " k"]]]:
    """Every string of all versions once, in order of appearance, and for each version the places of its strings."""
    texts = tuple(dict.fromkeys(text for version in versions for text in version))
    place = {text: number for number, text in enumerate(texts)}
    return texts, [np.array([place[text] for text in version], dtype=np.int64) for version in versions]
