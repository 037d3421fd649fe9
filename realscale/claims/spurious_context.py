"""Five classes in five drawing styles on frozen features: the style goes with the class in training, not in tests.

One linear image map and a free code for every caption, trained by an objective of the catalogue on the whole training
set at once. The concepts of the tests are in no training pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from identifiability.learning import TrainingConfig, initialise, train
from identifiability.learning.invariance.captions import Captions, CaptionStrings
from identifiability.learning.invariance.evaluation import class_scores
from identifiability.objectives.catalogue import OBJECTIVES
from identifiability.objectives.tokens import Tokens
from identifiability.objectives.vocabulary import token_balancing_weights
from realscale.claims.spurious_measures import Answers, Outcome, design_weights, outcome_of
from realscale.data.cache import root
from realscale.data.dataset import ImageTextSet
from realscale.data.emoji_classes import CLASSES, load_emoji_classes
from realscale.pretrained.features import image_features
from scm.streams import stream, stream_seed

CAPTIONS = Captions(tuple(CLASSES), ("noto", "twemoji", "openmoji", "fluent", "blob"))
COUNT = len(CLASSES)  # of classes, and of styles: each class prefers a style of its own
HELD_OUT = 0.4  # share of the concepts that only the tests have
OUTPUTS = 16
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
        prompt: how the tests ask for the class (`class_scores`); "other" names another style than the picture's.
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


@cache
def outcome(task: SpuriousTask, seed: int) -> Outcome:
    """Accuracy in the tests "id", "uniform", "reversed"; "fit": of the noisy words of training; leakage, calibration.

    Everything random comes from named streams of `seed`, the same for all tasks: objectives meet the same data.

    Raises:
        MissingData: the features are not in the data cache.
    """
    dataset, features = spurious_data()
    seen, _ = dataset.split_concepts(HELD_OUT, rng=stream(seed, "held-out concepts"))
    training = np.isin(dataset.concepts, seen.concepts)
    laws = style_laws(task.agreement, seed)
    styles, classes = dataset.styles[training], dataset.classes[training]
    rng = stream(seed, "token noise")
    drawn_anew = rng.random(len(classes)) < task.token_noise
    words = np.where(drawn_anew, rng.integers(COUNT, size=len(classes)), classes)
    weights = torch.from_numpy(design_weights(laws["id"], words, styles))
    other = stream(seed, "context words").integers(COUNT, size=len(styles))
    tokens = Tokens(torch.from_numpy(words), torch.from_numpy(styles if task.contexts == "named" else other))
    if task.balanced:
        weights = weights * token_balancing_weights(tokens, weights)
    fitted, tested = _components(features[training], features[~training], task.components)
    towers = _train(task, fitted, tokens, weights, seed)
    fit = (_scores(towers, fitted, tokens, task.prompt).argmax(dim=1) == tokens.classes).double()
    seen_part, unseen_part = (
        _answers(towers, part, dataset.take(rows), task.prompt)
        for part, rows in ((fitted, training), (tested, ~training))
    )
    return outcome_of(seen_part, unseen_part, laws, task.token_noise, float((fit * weights).sum() / weights.sum()))


def _answers(towers: nn.ModuleDict, features: Float[Tensor, "m k"], shown: ImageTextSet, prompt: str) -> Answers:
    """The pictures with the classes and the styles that they show."""
    tokens = Tokens(torch.from_numpy(shown.classes), torch.from_numpy(shown.styles))
    with torch.no_grad():
        codes = towers["image"](features).double().numpy()
    scores = _scores(towers, features, tokens, prompt).double().numpy()
    return Answers(codes, scores, shown.classes, shown.styles)


def _components(
    seen: Float[np.ndarray, "n d"], unseen: Float[np.ndarray, "m d"], count: int | None
) -> tuple[Float[Tensor, "n k"], Float[Tensor, "m k"]]:
    """Principal components of the training features (None: the features), of mean 0 and variance 1 in training."""
    centre = seen.mean(axis=0)
    directions = np.eye(seen.shape[1])
    if count is not None:
        directions = np.linalg.svd(seen - centre, full_matrices=False)[2][:count].T
    seen, unseen = (seen - centre) @ directions, (unseen - centre) @ directions
    spread = seen.std(axis=0)
    spread[spread == 0] = 1
    return torch.from_numpy(seen / spread).float(), torch.from_numpy(unseen / spread).float()


def _train(
    task: SpuriousTask, features: Float[Tensor, "n k"], tokens: Tokens, weights: Float[Tensor, " n"], seed: int
) -> nn.ModuleDict:
    towers = nn.ModuleDict({"image": nn.Linear(features.shape[1], OUTPUTS), "text": CaptionStrings(CAPTIONS, OUTPUTS)})
    initialise(towers, generator=torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63))
    objective = OBJECTIVES[task.objective]
    loss = objective.prepare(parameters=towers["image"].parameters())
    numbers = {
        "pruned": tokens.classes,
        "full": CAPTIONS.full(tokens.classes, tokens.column("contexts")),
        "vocabulary": torch.arange(COUNT),
    }[objective.captions[0]]

    def loss_of(step: int) -> Tensor:
        return loss(towers["image"](features), towers["text"](numbers), tokens, weights)

    train(towers, loss_of, TrainingConfig(steps=task.steps, muon_rate=0.02, adam_rate=0.02, warmup=20))
    return towers


def _scores(towers: nn.ModuleDict, features: Float[Tensor, "m k"], tokens: Tokens, prompt: str) -> Float[Tensor, "m C"]:
    contexts = tokens.column("contexts")
    if prompt == "other":
        prompt, contexts = "matched", (contexts + 1) % COUNT
    every = torch.arange(COUNT)
    with torch.no_grad():
        codes = {
            "pruned": towers["text"](every),
            "full": towers["text"](CAPTIONS.full(every[:, None], every[None, :])),
        }
        return class_scores(towers["image"](features), codes, prompt, contexts)
