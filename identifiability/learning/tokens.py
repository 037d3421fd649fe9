"""Learning the towers of a token SCM: a perceptron for images, a set encoder or a transformer for captions."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from identifiability.claims.claim import Context
from identifiability.learning.codes import LearnedCodes, Probes, learn_pairs
from identifiability.learning.encoders import Perceptron, SetEncoder, TokenTransformer, initialise
from identifiability.learning.loop import TrainingConfig
from identifiability.objectives import symmetric_infonce
from scm.batch import Batch
from scm.sequence import TokenConfig, TokenSCM
from scm.streams import stream, stream_seed

TextEncoder = Literal["set", "transformer"]


@dataclass(frozen=True)
class TokenTask:
    """What to learn: which token SCM, how many output dimensions, with which text encoder, for how long."""

    scm: TokenConfig
    outputs: int
    text: TextEncoder = "set"
    batch: int = 512
    width: int = 128  # hidden units of the perceptron and of the set encoder
    training: TrainingConfig = field(default_factory=TrainingConfig)
    probes: Probes = field(default_factory=Probes)


def learn_tokens(task: TokenTask, seed: int, context: Context) -> tuple[TokenSCM, LearnedCodes]:
    """Draw a token SCM, train both towers by InfoNCE (-||f - g||^2, temperature 1), encode unseen pairs.

    Everything random comes from named streams of `seed`.
    """
    scm = TokenSCM.draw(task.scm, rng=stream(seed, "scm"))
    length, token = len(scm.slots), task.scm.token_dim
    text: nn.Module
    if task.text == "set":
        text = SetEncoder(token, task.outputs, width=task.width)
    else:
        text = TokenTransformer(token, task.outputs, length=length)
    towers = nn.ModuleDict({"image": Perceptron(scm.image_mixing.dim, task.outputs, width=task.width), "text": text})
    initialise(towers, generator=torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63))

    def encode(batch: Batch) -> tuple[Tensor, Tensor]:
        captions = towers["text"](torch.from_numpy(batch.text), torch.from_numpy(batch.mask))
        return towers["image"](torch.from_numpy(batch.image)), captions

    codes = learn_pairs(
        towers,
        lambda n, rng: scm.sample(n, rng=rng, dtype=np.float32),
        encode,
        lambda f, g: symmetric_infonce(f, g, similarity="negative_squared_l2"),
        batch=task.batch,
        training=task.training,
        probes=task.probes,
        seed=seed,
        context=context,
    )
    return scm, codes
