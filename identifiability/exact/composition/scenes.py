"""A scene SCM on which SWAP, REPLACE and ADD each have a pseudo-optimal encoder: codes, losses and accuracies, exactly.

A scene has two different objects in order, an attribute of each, and perhaps an extra: its caption is (attribute,
object, attribute, object[, extra]). Training shows one order of each pair of objects, each object's own attribute and
no extra, so that the bag of objects determines the scene on the training support and nowhere else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations, product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from scm.composition import Add, Operator, Replace, Sentence, Swap

Codes = Mapping[Sentence, Float[np.ndarray, " d"]]


@dataclass(frozen=True)
class Scenes:
    """`objects` objects, `attributes` attributes, `extras` extras; tokens are numbered in this order."""

    objects: int = 5
    attributes: int = 3
    extras: int = 3

    @property
    def kinds(self) -> tuple[int, ...]:
        """Kind of each token: 0 object, 1 attribute, 2 extra."""
        return (0,) * self.objects + (1,) * self.attributes + (2,) * self.extras

    def captions(self) -> list[Sentence]:
        """The caption of every scene; captions and scenes are one to one."""
        attributes = range(self.objects, self.objects + self.attributes)
        extras = range(self.objects + self.attributes, len(self.kinds))
        return [
            (first, a, second, b, *extra)
            for a, b in permutations(range(self.objects), 2)
            for first, second in product(attributes, repeat=2)
            for extra in ((), *((token,) for token in extras))
        ]

    def training(self) -> list[Sentence]:
        """One caption for each pair of objects, uniformly drawn: the support T."""
        own = [self.objects + token % self.attributes for token in range(self.objects)]
        return [(own[a], a, own[b], b) for a, b in combinations(range(self.objects), 2)]

    def operators(self) -> dict[str, Operator]:
        """SWAP of objects, SWAP of attributes, REPLACE of an attribute, ADD of an extra, by name."""
        tokens = range(len(self.kinds))
        alone = tuple(-1 - token for token in tokens)  # a class or kind of its own
        attributes = tuple(1 if self.kinds[token] == 1 else alone[token] for token in tokens)
        objects = tuple(0 if self.kinds[token] == 0 else alone[token] for token in tokens)
        extras = frozenset(token for token in tokens if self.kinds[token] == 2)
        return {
            "swap_objects": Swap(objects),
            "swap_attributes": Swap(attributes),
            "replace_attributes": Replace(attributes),
            "add_extras": Add(extras, 5),
        }

    def negatives(self, caption: Sentence, operator: Operator) -> Iterator[Sentence]:
        """What one step of the operator makes of a caption, as far as it is a caption of another scene."""
        return (other for other in operator.steps(caption) if other in self._grammatical)

    @cached_property
    def _grammatical(self) -> frozenset[Sentence]:
        return frozenset(self.captions())


def true_codes(scenes: Scenes) -> Codes:
    """g*: an orthonormal code of every caption's scene, and f* of that scene's image."""
    captions = scenes.captions()
    return dict(zip(captions, np.eye(len(captions)), strict=True))


def blind_codes(scenes: Scenes) -> Codes:
    """g**: the code of the training caption with the same bag of objects; it sees no order, attribute or extra."""
    codes = true_codes(scenes)

    def objects(caption: Sentence) -> frozenset[int]:
        return frozenset(token for token in caption if token < scenes.objects)

    known = {objects(caption): codes[caption] for caption in scenes.training()}
    return {caption: known[objects(caption)] for caption in codes}


def training_critic(scenes: Scenes, text: Codes, temperature: float) -> Float[np.ndarray, "x t"]:
    """<f*(x), g(t)> / tau over the training scenes and captions."""
    images = true_codes(scenes)
    training = scenes.training()
    return np.array([[images[x] @ text[t] for t in training] for x in training]) / temperature


class PairAccuracy(NamedTuple):
    """Share of pairs in which the image prefers its caption, ties counted 1/2; share of ties; number of pairs."""

    accuracy: float
    ties: float
    pairs: int


def pair_accuracy(scenes: Scenes, text: Codes, operator: Operator) -> PairAccuracy:
    """Every training caption against each of its negatives, by its image."""
    images = true_codes(scenes)
    scores = [
        np.sign(images[caption] @ text[caption] - images[caption] @ text[other])
        for caption in scenes.training()
        for other in scenes.negatives(caption, operator)
    ]
    return PairAccuracy(float(np.mean(scores) / 2 + 0.5), float(np.mean(np.equal(scores, 0))), len(scores))


def hard_negative_loss(scenes: Scenes, text: Codes, temperature: float) -> float:
    """Mean over training pairs of -log softmax of the caption among itself and all its hard negatives."""
    images = true_codes(scenes)
    losses = []
    for caption in scenes.training():
        others = [t for operator in scenes.operators().values() for t in scenes.negatives(caption, operator)]
        margins = np.array([images[caption] @ (text[t] - text[caption]) for t in others]) / temperature
        losses.append(np.log1p(np.exp(margins).sum()))
    return float(np.mean(losses))


def hard_negative_counts(scenes: Scenes) -> list[int]:
    """Number of hard negatives of each training caption."""
    operators = scenes.operators().values()
    return [sum(1 for operator in operators for _ in scenes.negatives(t, operator)) for t in scenes.training()]
