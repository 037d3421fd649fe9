"""Training image and caption towers on emoji pairs from scratch, and reading content and style off their codes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from identifiability.claims.claim import Context
from identifiability.learning import History, PixelEncoder, TrainingConfig, WordSetEncoder, initialise, train
from identifiability.objectives import symmetric_infonce
from realscale.data import CaptionMode, ImageTextSet, WordVocabulary
from scm.streams import stream, stream_seed

TOWERS = ("image", "text")


@dataclass(frozen=True)
class EmojiTask:
    """What to train on: which part of the picture the captions name, for how long, into how many dimensions."""

    captions: CaptionMode
    steps: int
    batch: int = 256
    outputs: int = 32
    temperature: float = 0.1
    held_out: float = 0.2  # share of the emoji kept for scoring the probes
    shift: int = 2  # largest random shift of a training picture, pixels in each direction


@dataclass(frozen=True)
class EmojiCodes:
    """Codes of both towers on the emoji seen in training and on the held-out ones, on the unit sphere."""

    history: History
    seen: ImageTextSet
    held_out: ImageTextSet
    seen_codes: Mapping[str, Float[np.ndarray, "n d"]]
    held_out_codes: Mapping[str, Float[np.ndarray, "m d"]]


def learn_emoji(dataset: ImageTextSet, task: EmojiTask, seed: int, context: Context) -> EmojiCodes:
    """Train both towers by symmetric InfoNCE with cosine similarity on random pairs of the seen emoji.

    Everything random comes from named streams of `seed`; the batch of a step depends on (seed, step) alone.
    """
    seen, held_out = dataset.split_concepts(task.held_out, rng=stream(seed, "held-out emoji"))
    vocabulary = WordVocabulary.fit(seen.captions_for(task.captions))
    pictures = {name: _pixels(part.images) for name, part in (("seen", seen), ("held_out", held_out))}
    words = {
        name: tuple(map(torch.from_numpy, vocabulary.encode(part.captions_for(task.captions))))
        for name, part in (("seen", seen), ("held_out", held_out))
    }
    towers = nn.ModuleDict(
        {
            "image": PixelEncoder(seen.images.shape[1], task.outputs),
            "text": WordSetEncoder(len(vocabulary), task.outputs),
        }
    )
    initialise(towers, generator=torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63))

    def loss_of(step: int) -> Tensor:
        rng = stream(seed, "batch", step)
        rows = torch.from_numpy(rng.choice(len(seen), size=task.batch, replace=False))
        across, down = rng.integers(-task.shift, task.shift + 1, size=2)
        moved = torch.roll(pictures["seen"][rows], (int(down), int(across)), dims=(2, 3))
        ids, mask = words["seen"]
        return symmetric_infonce(
            towers["image"](moved),
            towers["text"](ids[rows], mask[rows]),
            similarity="cosine",
            temperature=task.temperature,
        )

    checkpoint = None if context.workspace is None else context.workspace / "training.safetensors"
    config = TrainingConfig(steps=task.steps, muon_rate=0.02, adam_rate=3e-3)
    history = train(towers, loss_of, config, checkpoint=checkpoint, progress=context.progress)
    codes = {}
    with torch.no_grad():
        for name in ("seen", "held_out"):
            image = torch.cat([towers["image"](part) for part in pictures[name].split(1024)])
            both = {"image": image, "text": towers["text"](*words[name])}
            codes[name] = {t: nn.functional.normalize(code.double(), dim=1).numpy() for t, code in both.items()}
    return EmojiCodes(history, seen, held_out, codes["seen"], codes["held_out"])


def _pixels(images: np.ndarray) -> Tensor:
    """uint8 (n, size, size, 3) -> float (n, 3, size, size) in [0, 1]; white is 0, so a shift wraps nothing."""
    return 1 - torch.from_numpy(images).permute(0, 3, 1, 2).float().contiguous() / 255


def identification(
    codes: Float[np.ndarray, "n d"], concepts: Int[np.ndarray, "n"], styles: Int[np.ndarray, "n"]
) -> float:
    """How often the nearest code in another style is of the same concept (mean over ordered pairs of styles).

    Top-1 accuracy; chance is one over the number of concepts. Each concept must be there once in each style.
    """
    scores = []
    for query in np.unique(styles):
        for gallery in np.unique(styles):
            if query != gallery:
                similarity = codes[styles == query] @ codes[styles == gallery].T
                found = concepts[styles == gallery][similarity.argmax(axis=1)]
                scores.append(float((found == concepts[styles == query]).mean()))
    return float(np.mean(scores))
