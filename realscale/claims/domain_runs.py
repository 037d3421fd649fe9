"""Eight classes in six styles on frozen features: trained on five styles, asked in the sixth, or trained on all six.

One linear image map and a free code for every caption, trained by an objective of the catalogue. Groups of the tests
(the same emoji in every style, the same picture) are in no training pair.
"""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.linalg import eigh
from torch import Tensor

from identifiability.exact.invariance import is_irm_optimal
from identifiability.learning.invariance.captions import Captions
from identifiability.learning.invariance.evaluation import calibration_error
from identifiability.metrics import accuracy_linear
from identifiability.objectives.tokens import Tokens
from realscale.claims.linear_towers import FeaturePairs, LinearTowers, standardised, train_towers
from realscale.data.cache import root
from realscale.data.dataset import ImageTextSet
from realscale.data.open_styles import load_open_styles
from realscale.pretrained.features import image_features
from scm.streams import stream

HELD_OUT = 0.4  # share of the concepts that only the tests have
BATCH = 256
LEVEL = 0.01  # of a false "not invariant"
Domains = Literal["styles", "random"]


@dataclass(frozen=True)
class DomainTask:
    """What is learned, from which pairs.

    Attributes:
        objective: name in the catalogue.
        prompt: how the tests ask for the class; "mean" is the ensemble over the styles of training.
        components: principal components of the features that the image map sees; None: all 1,280 dimensions.
        domains: the styles of the pictures, or as large parts of the set dealt at random.
        agreement: if given, training pairs are drawn so that each class has a style that goes with it, with this
            probability; the classes and the other styles are drawn alike.
        steps: of training on batches of 256.
    """

    objective: str
    prompt: str = "class"
    components: int | None = 64
    domains: Domains = "styles"
    agreement: float | None = None
    steps: int = 100


@dataclass(frozen=True)
class DomainRun:
    """One style, left out or not, on unseen concepts.

    Attributes:
        accuracy, balanced: share of the pictures of the style named rightly; mean over the classes that it has.
        calibration: expected calibration error in the style, classes alike.
        leakage: accuracy of a linear probe for the training styles on the image codes of unseen concepts; `majority`
            is the share of the most frequent of these styles.
        rejected: whether `is_irm_optimal` finds that the class named tells different things in different styles.
    """

    accuracy: float
    balanced: float
    calibration: float
    leakage: float
    majority: float
    rejected: bool


@cache
def _data(cached_in: Path) -> tuple[ImageTextSet, Float[np.ndarray, "n d"]]:
    """The set without its pictures (one pixel each), and their features."""
    dataset = load_open_styles()
    features = image_features(dataset).astype(np.float64)
    shown = np.zeros((len(dataset.class_names), len(dataset.style_names)), dtype=bool)
    shown[dataset.classes, dataset.styles] = True
    everywhere = np.flatnonzero(shown.all(axis=1))
    rows = np.flatnonzero(np.isin(dataset.classes, everywhere))
    small = replace(dataset, images=dataset.images[:, :1, :1].copy()).take(rows)
    names = tuple(dataset.class_names[label] for label in everywhere)
    return replace(small, classes=np.searchsorted(everywhere, small.classes), class_names=names), features[rows]


def domain_data() -> tuple[ImageTextSet, Float[np.ndarray, "n d"]]:
    """The pictures of the classes that every style has, and the pretrained tower's features of them.

    Without a class that one style lacks (cartoons of flowers and of tools), class and style are independent under no
    weights: positivity fails.

    Raises:
        MissingData: one of them is not in the data cache; the message holds the command.
    """
    return _data(root())


def domain_run(task: DomainTask, target: int, left_out: bool, seed: int) -> DomainRun:
    """The task with style `target` left out of training, or with as many pairs of all styles.

    Everything random comes from named streams of `seed`, the same for all tasks: objectives meet the same data.

    Raises:
        MissingData: the features are not in the data cache.
    """
    dataset, features = domain_data()
    training, styles, rows = _pairs(task.domains, target, left_out, seed)
    directions = None
    if task.components is not None:
        directions = _directions(task.components, task.domains, target, left_out, seed)
    mapped = standardised(features[rows], features, directions)
    words, contexts = torch.from_numpy(dataset.classes), torch.from_numpy(styles)
    shares = _shares(dataset.classes[rows], styles[rows], task.agreement, seed)
    towers = _train(task, mapped[rows], Tokens(words[rows], contexts[rows]), shares, seed)
    scores = towers.scores(mapped, task.prompt, styles, np.unique(styles[rows]))
    codes = towers.codes(mapped)
    tested = np.flatnonzero(~training & (styles == target))
    probed = np.flatnonzero(~training & np.isin(styles, styles[rows]))
    return DomainRun(
        **_accuracies(scores[tested], dataset.classes[tested]),
        leakage=accuracy_linear(codes[rows], styles[rows], codes[probed], styles[probed]),
        majority=float(np.bincount(styles[probed]).max() / len(probed)),
        rejected=_rejected(scores[~training], dataset.classes[~training], styles[~training]),
    )


def _accuracies(scores: Float[np.ndarray, "m C"], classes: Int[np.ndarray, " m"]) -> dict[str, float]:
    right = scores.argmax(axis=1) == classes
    present = np.unique(classes)
    joint = np.zeros_like(scores)
    joint[np.arange(len(classes)), classes] = 1 / np.bincount(classes)[classes] / len(present)
    return {
        "accuracy": float(right.mean()),
        "balanced": float(np.mean([right[classes == label].mean() for label in present])),
        "calibration": calibration_error(joint, scores),
    }


def _rejected(scores: Float[np.ndarray, "m C"], classes: Int[np.ndarray, " m"], styles: Int[np.ndarray, " m"]) -> bool:
    """Decided on the classes that these pictures show in every style: without the others positivity holds."""
    count = scores.shape[1]
    table = np.zeros((count, styles.max() + 1, count), dtype=np.int64)
    np.add.at(table, (classes, styles, scores.argmax(axis=1)), 1)
    everywhere = (table.sum(axis=2) > 0).all(axis=1)
    return is_irm_optimal(table[everywhere], level=LEVEL).optimal is False


def _shares(
    classes: Int[np.ndarray, " n"], styles: Int[np.ndarray, " n"], agreement: float | None, seed: int
) -> Float[np.ndarray, " n"]:
    """How often each training pair is drawn: alike, or so that a class goes with a style."""
    if agreement is None:
        return np.full(len(classes), 1 / len(classes))
    rng = stream(seed, "preferred styles")
    shares = np.zeros(len(classes))
    for label in np.unique(classes):
        present, counts = np.unique(styles[classes == label], return_counts=True)
        law = np.full(len(present), (1 - agreement) / (len(present) - 1))
        law[rng.integers(len(present))] = agreement
        own = np.searchsorted(present, styles[classes == label])
        shares[classes == label] = (law / counts)[own]
    return shares / shares.sum()


def _train(
    task: DomainTask, features: Float[Tensor, "n k"], tokens: Tokens, shares: Float[np.ndarray, " n"], seed: int
) -> LinearTowers:
    """On batches of the pairs, drawn by their shares."""
    dataset, _ = domain_data()
    captions = Captions(dataset.class_names, tuple(name.replace("-", "").lower() for name in dataset.style_names))
    contexts = tokens.column("contexts")
    law = np.zeros((len(captions.class_words), len(captions.context_words)))
    np.add.at(law, (tokens.classes.numpy(), contexts.numpy()), shares)

    def pairs_of(step: int) -> FeaturePairs:
        rows = torch.from_numpy(stream(seed, "batch", step).choice(len(shares), size=BATCH, p=shares))
        return FeaturePairs(features[rows], Tokens(tokens.classes[rows], contexts[rows]))

    return train_towers(task.objective, captions, pairs_of, steps=task.steps, seed=seed, law=law)


def _pairs(
    domains: Domains, target: int, left_out: bool, seed: int
) -> tuple[Bool[np.ndarray, " n"], Int[np.ndarray, " n"], Int[np.ndarray, " m"]]:
    """Which pictures are not held out, the styles of all, and the rows of the training pairs."""
    dataset, _ = domain_data()
    seen, _ = dataset.split_concepts(HELD_OUT, rng=stream(seed, "held-out concepts"))
    training = np.isin(dataset.concepts, seen.concepts)
    styles = dataset.styles
    if domains == "random":
        styles = stream(seed, "random domains").permutation(styles)
    rows = np.flatnonzero(training & (styles != target))
    if not left_out:
        every = np.flatnonzero(training)
        rows = np.sort(stream(seed, "as many", target).choice(every, size=len(rows), replace=False))
    return training, styles, rows


@lru_cache(maxsize=64)
def _directions(count: int, domains: Domains, target: int, left_out: bool, seed: int) -> Float[np.ndarray, "d k"]:
    """Principal directions of the training features, the greatest last."""
    fitted = domain_data()[1][_pairs(domains, target, left_out, seed)[2]]
    centred = fitted - fitted.mean(axis=0)
    last = centred.shape[1] - 1
    directions: Float[np.ndarray, "d k"] = eigh(centred.T @ centred, subset_by_index=(last - count + 1, last))[1]
    return directions
