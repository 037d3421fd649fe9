"""Codes of trained towers on fresh samples, with the latents behind them: what every learned claim is measured on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from identifiability.claims.claim import Context
from identifiability.learning.loop import History, TrainingConfig, train
from scm.batch import Batch
from scm.streams import stream

Tower = Literal["image", "text"]
TOWERS: tuple[Tower, ...] = ("image", "text")
Sample = Callable[[int, np.random.Generator], Batch]  # n pairs of an SCM in float32
Encode = Callable[[Batch], tuple[Tensor, Tensor]]  # codes of both modalities
PairLoss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class LearnedCodes:
    """Codes of both towers on unseen samples with their latents; probes are fitted on `probe_samples` of them."""

    history: History
    codes: Mapping[Tower, Float[np.ndarray, "n outputs"]]
    latents: Mapping[str, np.ndarray]
    probe_samples: int


@dataclass(frozen=True)
class Probes:
    """Numbers of unseen samples on which probes are fitted and scored."""

    train: int = 1500
    test: int = 10_000


def learn_pairs(
    towers: nn.Module,
    sample: Sample,
    encode: Encode,
    loss: PairLoss,
    *,
    batch: int,
    training: TrainingConfig,
    probes: Probes,
    seed: int,
    context: Context,
) -> LearnedCodes:
    """Train on fresh pairs, then encode unseen ones. The batch of a step depends on (seed, step) alone."""

    def loss_of(step: int) -> Tensor:
        return loss(*encode(sample(batch, stream(seed, "batch", step))))

    checkpoint = None if context.workspace is None else context.workspace / "training.safetensors"
    history = train(towers, loss_of, training, checkpoint=checkpoint, progress=context.progress)
    unseen = sample(probes.train + probes.test, stream(seed, "evaluation"))
    with torch.no_grad():
        image, text = encode(unseen)
    codes: dict[Tower, np.ndarray] = {"image": image.double().numpy(), "text": text.double().numpy()}
    return LearnedCodes(history, codes, unseen.latents, probes.train)
