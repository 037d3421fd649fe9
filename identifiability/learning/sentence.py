"""Learning the towers of a sentence SCM by contrast, and the codes on which the claims are measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from identifiability.claims.claim import Context
from identifiability.learning.encoders import Perceptron, initialise
from identifiability.learning.loop import History, TrainingConfig, train
from identifiability.objectives import mm_align, symmetric_infonce, unit_cube
from scm.sentence import SentenceConfig, SentenceSCM
from scm.streams import stream, stream_seed

Objective = Literal["infonce", "mm_align"]

# Kozachenko-Leonenko and log det Cov are worse choices for training: docs of `mm_align`.
ALIGNMENT_WEIGHT = 30.0
BANDWIDTH = 0.02


@dataclass(frozen=True)
class SentenceTask:
    """What to learn: which SCM, how many output dimensions, by which objective, for how long."""

    scm: SentenceConfig
    outputs: int
    objective: Objective = "infonce"
    batch: int = 512
    width: int = 128
    training: TrainingConfig = field(default_factory=TrainingConfig)
    train_samples: int = 2000  # on which the probes are fitted
    test_samples: int = 6000  # on which they are scored


@dataclass(frozen=True)
class LearnedCodes:
    """Codes of both trained towers on fresh samples, with the latents behind them."""

    scm: SentenceSCM
    history: History
    train_codes: Mapping[str, Float[np.ndarray, "n outputs"]]  # by tower: "image", "text"
    test_codes: Mapping[str, Float[np.ndarray, "m outputs"]]
    train_latents: Mapping[str, np.ndarray]
    test_latents: Mapping[str, np.ndarray]


def objective_of(name: Objective) -> "ObjectiveFunction":
    """The loss of a pair of code batches: InfoNCE with -||f-g||^2 at temperature 1, or L_MMAlign on the unit cube."""
    return {"infonce": _infonce, "mm_align": _mm_align}[name]


def learn_sentence(task: SentenceTask, seed: int, context: Context) -> LearnedCodes:
    """Draw an SCM, train two perceptrons on fresh pairs of it, and return their codes on unseen samples.

    Everything random comes from named streams of `seed`; the batch of a step depends on (seed, step) alone.
    """
    scm = SentenceSCM.draw(task.scm, rng=stream(seed, "scm"))
    inputs = len(scm.sample(1, rng=stream(seed, "shape")).image[0])
    towers = nn.ModuleDict(
        {name: Perceptron(inputs, task.outputs, width=task.width) for name in ("image", "text")}
    )
    initialise(towers, generator=torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63))
    loss_of_codes = objective_of(task.objective)

    def loss_of(step: int) -> Tensor:
        batch = scm.sample(task.batch, rng=stream(seed, "batch", step), dtype=np.float32)
        return loss_of_codes(
            towers["image"](torch.from_numpy(batch.image)), towers["text"](torch.from_numpy(batch.text))
        )

    checkpoint = None if context.workspace is None else context.workspace / "training.safetensors"
    history = train(towers, loss_of, task.training, checkpoint=checkpoint, progress=context.progress)
    codes, latents = {}, {}
    for part, samples in (("train", task.train_samples), ("test", task.test_samples)):
        batch = scm.sample(samples, rng=stream(seed, "evaluation", part), dtype=np.float32)
        with torch.no_grad():
            codes[part] = {
                "image": towers["image"](torch.from_numpy(batch.image)).double().numpy(),
                "text": towers["text"](torch.from_numpy(batch.text)).double().numpy(),
            }
        latents[part] = {name: np.asarray(value, dtype=np.float64) for name, value in batch.latents.items()}
    return LearnedCodes(scm, history, codes["train"], codes["test"], latents["train"], latents["test"])
