"""Training a small CLIP on emoji: plain InfoNCE first, then on from there with or without hard negatives."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from identifiability.learning import History, TrainingConfig, train
from identifiability.objectives import hard_negative_infonce, symmetric_infonce
from realscale.composition_training.corpus import Corpus, Negatives
from realscale.composition_training.model import SmallCLIP
from scm.streams import stream


@dataclass(frozen=True)
class Schedule:
    """Steps of training from scratch and of going on; pairs in a batch by kind; rates."""

    scratch: int
    further: int
    singles: int = 40
    things: int = 60
    colours: int = 28
    adam_rate: float = 3e-3
    muon_rate: float = 0.02
    told: bool = True  # whether, from scratch, the things of a scene stand as its caption says, or by lot


def train_small_clip(
    model: SmallCLIP,
    corpus: Corpus,
    vendors: tuple[int, ...],
    schedule: Schedule,
    *,
    steps: int,
    batches: str,
    seed: int,
    told: bool = True,
    negatives: Negatives | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> History:
    """Train the model in place on pictures of the given vendors, by InfoNCE with the negatives if there are any.

    The batch of a step depends on (seed, batches, step) alone: runs on batches of one name see the same pairs with and
    without negatives, and a resumed run equals an uninterrupted one.
    """

    def loss_of(step: int) -> Tensor:
        rng = stream(seed, "batch", batches, step)
        rows = corpus.draw(rng, singles=schedule.singles, things=schedule.things, colours=schedule.colours)
        drawn_by = np.array(vendors)[rng.integers(len(vendors), size=len(rows))]
        images = model.image_codes(corpus.pictures(rows, drawn_by, rng, told=told))
        tokens = corpus.tokens[torch.from_numpy(rows)]
        if negatives is None:
            texts = model.text_codes(tokens)
            return symmetric_infonce(images, texts, temperature=model.temperature, similarity="cosine")
        others = negatives.draw(rows, stream(seed, "negatives", batches, step))
        codes = model.text_codes(torch.cat([tokens, others.flatten(0, 1)]))
        return hard_negative_infonce(
            images,
            codes[: len(rows)],
            codes[len(rows) :].unflatten(0, others.shape[:2]),
            in_batch=True,
            temperature=model.temperature,
            similarity="cosine",
        )

    config = TrainingConfig(
        steps=steps,
        muon_rate=schedule.muon_rate,
        adam_rate=schedule.adam_rate,
        warmup=20,
        log_every=20,
        checkpoint_every=100,
    )
    return train(model, loss_of, config, checkpoint=checkpoint, progress=progress)


def copied(model: SmallCLIP) -> SmallCLIP:
    """The same model with parameters of its own."""
    return copy.deepcopy(model)
