"""What trained towers make of an operator: tie-aware accuracy, distance of the edited caption, retrieval, excess."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from identifiability.exact.composition.contrast import contrasting_gap, contrasting_law
from identifiability.exact.infonce import noise_free_floor
from identifiability.learning.composition.towers import Towers
from identifiability.learning.composition.training import Pairs, Trained
from identifiability.metrics.pairwise import credits
from identifiability.objectives import symmetric_infonce
from scm.composition import Operator, Sentence

TIE = 0.01  # cosines this near to each other tie; those of different bags differ by about one
Encode = Callable[[Sequence[Sentence]], Float[np.ndarray, "n d"]]  # captions -> unit codes


@dataclass(frozen=True)
class OperatorScore:
    """How captions fare against what one step of an operator makes of them.

    Attributes:
        accuracy: an image of the caption's scene, its caption against the edited one; ties count 1/2.
        altered: an image of the edited scene, the edited caption against the caption; ties count 1/2.
        raw: as accuracy, but only equal scores tie.
        ties, margin: share of ties and mean size of the difference of the two cosines, of accuracy.
        cosine: mean of cos(g(t), g(o t)).
        items: number of (caption, edited caption) pairs.
    """

    accuracy: float
    altered: float
    raw: float
    ties: float
    margin: float
    cosine: float
    items: int


def operator_score(
    towers: Towers,
    captions: Sequence[Sentence],
    operator: Operator,
    *,
    rng: np.random.Generator,
    text: Encode | None = None,
) -> OperatorScore:
    """Score every caption against all that one step of the operator makes of it, on fresh images.

    Args:
        towers: the image tower, and the text tower unless `text` is given.
        captions: the captions.
        operator: makes the edited captions.
        rng: noise of the images.
        text: another text encoder.

    Raises:
        ValueError: the operator makes nothing of any caption.
    """
    encode = text or towers.caption_codes
    pairs = [(caption, negative) for caption in captions for negative in towers.scenes.negatives(caption, operator)]
    if not pairs:
        raise ValueError(f"{operator.name} makes no negative of {len(captions)} captions; expected one to compare with")
    own, others = [caption for caption, _ in pairs], [negative for _, negative in pairs]
    difference = encode(own) - encode(others)
    ahead = (towers.image_codes(own, rng=rng) * difference).sum(axis=1)
    behind = (towers.image_codes(others, rng=rng) * difference).sum(axis=1)
    return OperatorScore(
        accuracy=_accuracy(ahead, TIE),
        altered=_accuracy(-behind, TIE),
        raw=_accuracy(ahead, 0.0),
        ties=float((np.abs(ahead) <= TIE).mean()),
        margin=float(np.abs(ahead).mean()),
        cosine=float(1 - np.square(difference).sum(axis=1).mean() / 2),
        items=len(pairs),
    )


def _accuracy(margin: Float[np.ndarray, " n"], tolerance: float) -> float:
    return float(credits(margin, list(np.zeros((len(margin), 1))), tolerance=tolerance).mean())


def retrieval(
    towers: Towers, captions: Sequence[Sentence], others: Sequence[Sentence], *, rng: np.random.Generator
) -> float:
    """Share of captions, a fresh image each, that score highest among all the captions and the others."""
    scores = towers.image_codes(captions, rng=rng) @ towers.caption_codes([*captions, *others]).T
    return float((scores.argmax(axis=1) == np.arange(len(captions))).mean())


def support_loss(
    towers: Towers, captions: Sequence[Sentence], *, temperature: float, rng: np.random.Generator, text: Encode
) -> float:
    """InfoNCE of one fresh image of each caption with the text encoder's codes, all captions in one batch, in nats."""
    f, g = torch.from_numpy(towers.image_codes(captions, rng=rng)), torch.from_numpy(text(captions))
    return float(symmetric_infonce(f, g, temperature=temperature, similarity="cosine"))


def trained_loss(trained: Trained, *, batches: int, rng: np.random.Generator) -> float:
    """Mean loss of fresh batches of the law that the towers were trained on, in nats."""
    pairs = Pairs(trained.scenes, trained.task)
    with torch.no_grad():
        return float(np.mean([float(pairs.loss(trained.towers, rng)) for _ in range(batches)]))


def infimum(trained: Trained) -> float:
    """What the loss costs at least, approached by towers that tell every caption apart, in nats.

    0 for batches of distinct bags; for independent draws the cost of batches that repeat a caption.
    """
    if trained.task.batches == "distinct":
        return 0.0
    law = contrasting_law(len(trained.scenes.training), trained.task.share)
    return noise_free_floor(law.ravel(), trained.task.batch)


def blind_gap(trained: Trained) -> float:
    """Least excess over the infimum of a tower that is blind to SWAP, in nats.

    With M SWAPs of the caption as hard negatives log(1 + M) in one direction of the loss and nothing in the other;
    without them the gap of the law at the batch size (`contrasting_gap`), 0 where twins never share a batch.

    Raises:
        ValueError: hard negatives of another operator, or on independent draws, for which this is not worked out.
    """
    task = trained.task
    if task.negatives:
        if task.negatives != ("swap_objects",) or task.batches != "distinct":
            raise ValueError(
                f"negatives {task.negatives} in {task.batches} batches; expected swap_objects in distinct ones, "
                "because there a blind tower ties with every hard negative and with no other candidate"
            )
        return float(np.log1p(task.count) / 2)
    if task.batches == "distinct":
        return 0.0
    return contrasting_gap(contrasting_law(len(trained.scenes.training), task.share), task.batch)
