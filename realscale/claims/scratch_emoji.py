"""Emoji of four broad classes at 32 pixels for a small CLIP from scratch: pairs to train on, and pictures to name."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from realscale.claims.scratch_clip import Drawn, Panel, Strings, Track
from realscale.claims.spurious_context import Contexts, style_laws
from realscale.claims.spurious_measures import design_weights
from realscale.composition_training.model import pixels
from realscale.data import load
from realscale.data.cache import root
from realscale.data.dataset import ImageTextSet
from scm.environments import balancing_weights
from scm.streams import stream

# groups of Unicode's list and the word that captions have for them: far enough apart for a small model from scratch
GROUPS = {"smileys-emotion": "smiley", "people-body": "person", "travel-places": "place", "symbols": "symbol"}
Draws = Literal["law", "balanced"]
COUNT = len(GROUPS)  # and of the vendors
PROBED = 800  # training pictures that probes are fitted on, at most
HELD_OUT = 0.4  # share of the concepts that only the tests have


@dataclass(frozen=True)
class EmojiPairs:
    """Which pairs there are to train on.

    Attributes:
        agreement: p(style = the style that the named class prefers), in training and in the test "id".
        token_noise: probability that a picture's class word is drawn anew, from all classes; once and for all.
        contexts: whether the context word names the picture's style, or a random one.
        draws: whether pairs are drawn by the training law, or with class and context words made independent.
        concepts: how many concepts there are in training; None: all that the tests leave.
    """

    agreement: float = 0.9
    token_noise: float = 0.25
    contexts: Contexts = "named"
    draws: Draws = "law"
    concepts: int | None = None

    def track(self, seed: int) -> Track:
        """One split of the concepts, and one pairing of classes and styles.

        Raises:
            MissingData: the emoji are not in the data cache; the message holds the command.
        """
        return _emoji_track(self, seed)


@cache
def _grouped(cached_in: Path) -> ImageTextSet:
    dataset = load("emoji", size=32)
    number = {group: place for place, group in enumerate(GROUPS)}
    classes = np.array([number.get(str(detail["group"]), -1) for detail in dataset.details])[dataset.concepts]
    named = replace(dataset, classes=np.maximum(classes, 0), class_names=tuple(GROUPS.values()))
    return named.take(classes >= 0)


def grouped_emoji() -> ImageTextSet:
    """The emoji of the four groups by four vendors, 32 x 32 pixels.

    Raises:
        MissingData: they are not in the data cache; the message holds the command.
    """
    return _grouped(root())


def _emoji_track(pairs: EmojiPairs, seed: int) -> Track:
    """The law of `realscale.claims.spurious_context`, with pairs drawn by it instead of weighted."""
    dataset = grouped_emoji()
    seen, unseen = dataset.split_concepts(HELD_OUT, rng=stream(seed, "held-out concepts"))
    if pairs.concepts is not None:
        chosen = stream(seed, "few concepts").permutation(np.unique(seen.concepts))[: pairs.concepts]
        seen = seen.take(np.isin(seen.concepts, chosen))
    tests = style_laws(pairs.agreement, seed, COUNT)
    rng = stream(seed, "token noise")
    drawn_anew = rng.random(len(seen)) < pairs.token_noise
    words = np.where(drawn_anew, rng.integers(COUNT, size=len(seen)), seen.classes)
    other = stream(seed, "context words").integers(COUNT, size=len(seen))
    named = seen.styles if pairs.contexts == "named" else other
    weights = design_weights(tests["id"], words, seen.styles) / len(seen)
    probability = weights
    if pairs.draws == "balanced":
        probability = probability * balancing_weights(_table(words, named, probability))[words, named]
        probability /= probability.sum()
    pool = Drawn(pixels(seen.images), words, named)

    def draw(rng: np.random.Generator, size: int) -> Drawn:
        rows = rng.choice(len(words), size=size, p=probability)
        return Drawn(pool.images[rows], words[rows], named[rows])

    return Track(
        strings=Strings(dataset.class_names, dataset.style_phrases),
        draw=draw,
        law=_table(words, named, probability),
        pool=(pool, weights),
        seen=_panel(seen.take(stream(seed, "probes").permutation(len(seen))[:PROBED])),
        unseen=_panel(unseen),
        tests=tests,
        token_noise=pairs.token_noise,
    )


def _panel(dataset: ImageTextSet) -> Panel:
    return Panel(pixels(dataset.images), dataset.classes, dataset.styles)


def _table(
    words: Int[np.ndarray, " n"], contexts: Int[np.ndarray, " n"], probability: Float[np.ndarray, " n"]
) -> Float[np.ndarray, "C S"]:
    table = np.zeros((COUNT, COUNT))
    np.add.at(table, (words, contexts), probability)
    return table / table.sum()
