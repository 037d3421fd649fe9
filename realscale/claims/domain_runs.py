"""Eight classes in six styles on frozen features: trained on five styles, asked in the sixth, or trained on all six.

One linear image map and a free code for every caption, trained by an objective of the catalogue. Groups of the tests
(the same emoji in every style, the same picture) are in no training pair.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.linalg import eigh
from torch import Tensor, nn

from identifiability.exact.invariance import is_irm_optimal
from identifiability.learning import TrainingConfig, initialise, train
from identifiability.learning.invariance.captions import Captions, CaptionStrings
from identifiability.learning.invariance.evaluation import calibration_error, class_scores
from identifiability.metrics import accuracy_linear
from identifiability.objectives.catalogue import OBJECTIVES
from identifiability.objectives.tokens import Tokens
from realscale.data.cache import root
from realscale.data.dataset import ImageTextSet
from realscale.data.open_styles import load_open_styles
from realscale.pretrained.features import image_features
from scm.streams import stream, stream_seed

HELD_OUT = 0.4  # share of the concepts that only the tests have
OUTPUTS = 16
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


@cache
def domain_run(task: DomainTask, target: int, left_out: bool, seed: int) -> DomainRun:
    """The task with style `target` left out of training, or with as many pairs of all styles.

    Everything random comes from named streams of `seed`, the same for all tasks: objectives meet the same data.

    Raises:
        MissingData: the features are not in the data cache.
    """
    dataset, features = domain_data()
    seen, _ = dataset.split_concepts(HELD_OUT, rng=stream(seed, "held-out concepts"))
    training = np.isin(dataset.concepts, seen.concepts)
    styles = dataset.styles
    if task.domains == "random":
        styles = stream(seed, "random domains").permutation(styles)
    others = np.flatnonzero(training & (styles != target))
    rows = others
    if not left_out:
        every = np.flatnonzero(training)
        rows = np.sort(stream(seed, "as many", target).choice(every, size=len(others), replace=False))
    mapped = _components(features[rows], features, task.components)
    words, contexts = torch.from_numpy(dataset.classes), torch.from_numpy(styles)
    captions = Captions(dataset.class_names, tuple(name.replace("-", "").lower() for name in dataset.style_names))
    shares = _shares(dataset.classes[rows], styles[rows], task.agreement, seed)
    law = np.zeros((len(captions.class_words), len(captions.context_words)))
    np.add.at(law, (dataset.classes[rows], styles[rows]), shares)
    towers = _train(task, mapped[rows], Tokens(words[rows], contexts[rows]), shares, law, captions, seed)
    scores = _scores(towers, mapped, task.prompt, captions, styles, np.unique(styles[rows]))
    codes = towers["image"](mapped).detach().double().numpy()
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
    task: DomainTask,
    features: Float[Tensor, "n k"],
    tokens: Tokens,
    shares: Float[np.ndarray, " n"],
    law: Float[np.ndarray, "C S"],
    captions: Captions,
    seed: int,
) -> nn.ModuleDict:
    towers = nn.ModuleDict({"image": nn.Linear(features.shape[1], OUTPUTS), "text": CaptionStrings(captions, OUTPUTS)})
    initialise(towers, generator=torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63))
    objective = OBJECTIVES[task.objective]
    options = {"law": law} if "law" in objective.build.options else {}
    loss = objective.prepare(parameters=towers["image"].parameters(), **options)
    numbers = tokens.classes
    if objective.captions[0] == "full":
        numbers = captions.full(tokens.classes, tokens.column("contexts"))

    def loss_of(step: int) -> Tensor:
        rows = torch.from_numpy(stream(seed, "batch", step).choice(len(shares), size=BATCH, p=shares))
        batch = Tokens(tokens.classes[rows], tokens.column("contexts")[rows])
        return loss(towers["image"](features[rows]), towers["text"](numbers[rows]), batch)

    train(towers, loss_of, TrainingConfig(steps=task.steps, muon_rate=0.02, adam_rate=0.02, warmup=20))
    return towers


def _scores(
    towers: nn.ModuleDict,
    features: Float[Tensor, "m k"],
    prompt: str,
    captions: Captions,
    shown: Int[np.ndarray, " m"],
    known: Int[np.ndarray, " s"],
) -> Float[np.ndarray, "m C"]:
    """Scores of the classes by a prompt; captions of a style that training has not are not asked.

    A picture of such a style has no prompt that matches it; it gets that of the first style of training.
    """
    every, styles = torch.arange(len(captions.class_words)), torch.from_numpy(known)
    own = torch.from_numpy(np.searchsorted(known, shown) * np.isin(shown, known))
    with torch.no_grad():
        codes = {
            "pruned": towers["text"](every),
            "full": towers["text"](captions.full(every[:, None], styles[None, :])),
        }
        return class_scores(towers["image"](features), codes, prompt, own).double().numpy()


def _components(
    fitted: Float[np.ndarray, "n d"], every: Float[np.ndarray, "m d"], count: int | None
) -> Float[Tensor, "m k"]:
    """Principal components of the fitted features (None: the features), of mean 0 and variance 1 there."""
    centre = fitted.mean(axis=0)
    centred, shown = fitted - centre, every - centre
    if count is not None:
        last = centred.shape[1] - 1
        directions = eigh(centred.T @ centred, subset_by_index=(last - count + 1, last))[1]
        centred, shown = centred @ directions, shown @ directions
    spread = centred.std(axis=0)
    spread[spread == 0] = 1
    return torch.from_numpy(shown / spread).float()
