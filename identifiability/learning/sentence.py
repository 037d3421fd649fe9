"""Learning the towers of a sentence SCM: two perceptrons, by contrast or by alignment and entropy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from identifiability.claims.claim import Context
from identifiability.learning.codes import TOWERS, LearnedCodes, Probes, learn_pairs
from identifiability.learning.encoders import Perceptron, initialise
from identifiability.learning.loop import TrainingConfig
from identifiability.objectives import mm_align, symmetric_infonce, unit_cube
from scm.batch import Batch
from scm.sentence import SentenceConfig, SentenceSCM
from scm.streams import stream, stream_seed

ObjectiveName = Literal["infonce", "mm_align", "mm_align_log_det"]


@dataclass(frozen=True)
class SentenceTask:
    """What to learn: which SCM, how many output dimensions, by which objective, for how long."""

    scm: SentenceConfig
    outputs: int
    objective: ObjectiveName = "infonce"
    batch: int = 512
    width: int = 128  # hidden units of each of the two hidden layers
    training: TrainingConfig = field(default_factory=TrainingConfig)
    probes: Probes = field(default_factory=Probes)


def _infonce(f: Tensor, g: Tensor) -> Tensor:
    return symmetric_infonce(f, g, similarity="negative_squared_l2")


def _mm_align(f: Tensor, g: Tensor) -> Tensor:
    # as measured: a wider kernel lets the code fold (a local optimum), a narrower one sees no neighbours in a batch
    return mm_align(f, g, entropy="kde", weight=30.0, bandwidth=0.05)


def _mm_align_log_det(f: Tensor, g: Tensor) -> Tensor:
    return mm_align(f, g, entropy="log_det", weight=30.0)


OBJECTIVES: Mapping[ObjectiveName, Callable[[Tensor, Tensor], Tensor]] = {
    "infonce": _infonce,
    "mm_align": _mm_align,
    "mm_align_log_det": _mm_align_log_det,
}


def learn_sentence(task: SentenceTask, seed: int, context: Context) -> tuple[SentenceSCM, LearnedCodes]:
    """Draw an SCM, train two perceptrons on fresh pairs of it, and return their codes on unseen samples.

    InfoNCE uses -||f - g||^2 at temperature 1 on R^outputs; L_MMAlign the unit cube, without which it has no minimum.
    Everything random comes from named streams of `seed`.
    """
    scm = SentenceSCM.draw(task.scm, rng=stream(seed, "scm"))
    inputs = {"image": scm.image_mixing.dim, "text": scm.text_mixing.dim}
    towers = nn.ModuleDict({name: Perceptron(inputs[name], task.outputs, width=task.width) for name in TOWERS})
    initialise(towers, generator=torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63))

    def encode(batch: Batch) -> tuple[Tensor, Tensor]:
        image, text = towers["image"](torch.from_numpy(batch.image)), towers["text"](torch.from_numpy(batch.text))
        return (image, text) if task.objective == "infonce" else (unit_cube(image), unit_cube(text))

    codes = learn_pairs(
        towers,
        lambda n, rng: scm.sample(n, rng=rng, dtype=np.float32),
        encode,
        OBJECTIVES[task.objective],
        batch=task.batch,
        training=task.training,
        probes=task.probes,
        seed=seed,
        context=context,
    )
    return scm, codes
