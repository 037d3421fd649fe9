"""Five classes in five drawing styles on frozen features: the style goes with the class in training, not in tests.

One linear image map and a free code for every caption, trained by an objective of the catalogue on the whole training
set at once. The concepts of the tests are in no training pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from identifiability.learning.invariance.captions import Captions
from identifiability.objectives.tokens import Tokens
from identifiability.objectives.vocabulary import token_balancing_weights
from realscale.claims.linear_towers import FeaturePairs, LinearTowers, standardised, train_towers
from realscale.claims.spurious_measures import Answers, Outcome, design_weights, outcome_of
from realscale.data.cache import root
from realscale.data.dataset import ImageTextSet
from realscale.data.emoji_classes import CLASSES, load_emoji_classes
from realscale.pretrained.features import image_features
from scm.streams import stream

CAPTIONS = Captions(tuple(CLASSES), ("noto", "twemoji", "openmoji", "fluent", "blob"))
COUNT = len(CLASSES)  # of classes, and of styles: each class prefers a style of its own
HELD_OUT = 0.4  # share of the concepts that only the tests have
Contexts = Literal["named", "random"]


@dataclass(frozen=True)
class SpuriousTask:
    """The law of the training pairs and what is learned from them.

    Attributes:
        objective: name in the catalogue.
        components: principal components of the features that the image map sees; None: all 1,280 dimensions.
        agreement: p(style = the style that the named class prefers), in training and in the test "id".
        token_noise: probability that a picture's class word is drawn anew, from all classes.
        contexts: whether the context word names the picture's style, or a random one.
        balanced: weigh the pairs by p(t_y) p(t_e) / p(t_y, t_e) whatever the objective does.
        prompt: how the tests ask for the class (`class_scores`).
        steps: of full-batch training.
    """

    objective: str
    components: int | None = 12
    agreement: float = 0.9
    token_noise: float = 0.25
    contexts: Contexts = "named"
    balanced: bool = False
    prompt: str = "class"
    steps: int = 150


@cache
def _data(cached_in: Path) -> tuple[ImageTextSet, Float[np.ndarray, "n d"]]:
    """The set without its pictures (one pixel each), and their features."""
    dataset = load_emoji_classes()
    features = image_features(dataset).astype(np.float64)
    return replace(dataset, images=dataset.images[:, :1, :1].copy()), features


def spurious_data() -> tuple[ImageTextSet, Float[np.ndarray, "n d"]]:
    """The emoji of five classes and the pretrained tower's features of them.

    Raises:
        MissingData: one of them is not in the data cache; the message holds the command.
    """
    return _data(root())


def style_laws(agreement: float, seed: int, count: int = COUNT) -> Mapping[str, Float[np.ndarray, "C S"]]:
    """p(style | class) of the tests: "id" as in training, "uniform", "reversed" where each prefers the next one's.

    count: of classes, and of styles: each class prefers a style of its own.
    """
    preferred = stream(seed, "preferred styles").permutation(count)
    law = np.full((count, count), (1 - agreement) / (count - 1))
    law[np.arange(count), preferred] = agreement
    return {"id": law, "uniform": np.full_like(law, 1 / count), "reversed": np.roll(law, -1, axis=0)}


def outcome(task: SpuriousTask, seed: int) -> Outcome:
    """Accuracy in the tests "id", "uniform", "reversed"; "fit": of the noisy words of training; leakage, calibration.

    Everything random comes from named streams of `seed`, the same for all tasks: objectives meet the same data.

    Raises:
        MissingData: the features are not in the data cache.
    """
    dataset, features = spurious_data()
    training = _training(seed)
    laws = style_laws(task.agreement, seed)
    styles, classes = dataset.styles[training], dataset.classes[training]
    rng = stream(seed, "token noise")
    drawn_anew = rng.random(len(classes)) < task.token_noise
    words = np.where(drawn_anew, rng.integers(COUNT, size=len(classes)), classes)
    weights = torch.from_numpy(design_weights(laws["id"], words, styles))
    other = stream(seed, "context words").integers(COUNT, size=len(styles))
    named = styles if task.contexts == "named" else other
    tokens = Tokens(torch.from_numpy(words), torch.from_numpy(named))
    if task.balanced:
        weights = weights * token_balancing_weights(tokens, weights)
    directions = None if task.components is None else _directions(task.components, seed)
    every = standardised(features[training], features, directions)
    fitted, tested = every[torch.from_numpy(training)], every[torch.from_numpy(~training)]
    pairs = FeaturePairs(fitted, tokens, weights)
    towers = train_towers(task.objective, CAPTIONS, lambda step: pairs, steps=task.steps, seed=seed)
    right = torch.from_numpy(towers.scores(fitted, task.prompt, named).argmax(axis=1) == words).double()
    seen_part, unseen_part = (
        _answers(towers, part, dataset.take(rows), task.prompt)
        for part, rows in ((fitted, training), (tested, ~training))
    )
    return outcome_of(seen_part, unseen_part, laws, task.token_noise, float((right * weights).sum() / weights.sum()))


def _training(seed: int) -> Bool[np.ndarray, " n"]:
    """Which pictures are of training: those of its concepts."""
    dataset, _ = spurious_data()
    seen, _ = dataset.split_concepts(HELD_OUT, rng=stream(seed, "held-out concepts"))
    return np.isin(dataset.concepts, seen.concepts)


@lru_cache(maxsize=64)
def _directions(count: int, seed: int) -> Float[np.ndarray, "d k"]:
    """Principal directions of the training features of one split, the greatest first."""
    fitted = spurious_data()[1][_training(seed)]
    return np.linalg.svd(fitted - fitted.mean(axis=0), full_matrices=False)[2][:count].T


def _answers(towers: LinearTowers, features: Float[Tensor, "m k"], shown: ImageTextSet, prompt: str) -> Answers:
    """The pictures with the classes and the styles that they show."""
    scores = towers.scores(features, prompt, shown.styles)
    return Answers(towers.codes(features), scores, shown.classes, shown.styles)
