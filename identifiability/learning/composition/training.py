"""Training the two towers by InfoNCE on captions in one order or in both, with hard negatives or without."""

import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from identifiability.claims.claim import Context
from identifiability.learning.checkpoint import load_checkpoint, save_checkpoint
from identifiability.learning.composition.scenes import CaptionedScenes, SceneConfig
from identifiability.learning.composition.towers import TowerConfig, Towers
from identifiability.learning.loop import History, TrainingConfig, train
from identifiability.objectives import hard_negative_infonce, symmetric_infonce
from scm.composition import Sentence
from scm.streams import stream, stream_seed

Batches = Literal["distinct", "independent"]


@dataclass(frozen=True)
class Task:
    """How to train.

    Attributes:
        scenes, towers: what is seen and what is trained.
        share: probability that a draw shows its bag in the other order.
        batches: "distinct" bags, so that twins (one bag in both orders) never share a batch; or "independent" draws.
        batch: pairs a step.
        negatives: names of the operators that make hard negatives; none for plain InfoNCE.
        count: hard negatives a pair, drawn from all that the operators make of its caption.
        temperature: of the cosine.
        training: steps and rates.
    """

    scenes: SceneConfig = field(default_factory=SceneConfig)
    towers: TowerConfig = field(default_factory=TowerConfig)
    share: float = 0.0
    batches: Batches = "distinct"
    batch: int = 128
    negatives: tuple[str, ...] = ()
    count: int = 1
    temperature: float = 0.1
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(steps=300, muon_rate=0.02, adam_rate=1e-3, warmup=20)
    )

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 0.5 or self.batch < 2 or self.count < 1:
            raise ValueError(
                f"share {self.share}, batch {self.batch}, {self.count} negatives a pair; expected a share of the rarer "
                "order in [0, 1/2], at least 2 pairs and at least 1 negative"
            )


@dataclass(frozen=True, eq=False)
class Trained:
    """Towers after training, in double precision, with their scenes, training curve and process time."""

    task: Task
    scenes: CaptionedScenes
    towers: Towers
    history: History
    cpu_seconds: float


class Pairs:
    """The captions and images that a law shows, ready to be drawn: entry [bag, order], order 1 the rarer one."""

    def __init__(self, scenes: CaptionedScenes, task: Task) -> None:
        shown = [(caption, scenes.turned(caption)) for caption in scenes.training]
        self.task = task
        self.bags = len(shown)
        if task.batches == "distinct" and task.batch > self.bags:
            raise ValueError(
                f"batches of {task.batch} distinct bags, but training has {self.bags}; expected no more than there are"
            )
        self.captions = [caption for pair in shown for caption in pair]  # caption 2 * bag + order
        self.words, self.mask = (torch.from_numpy(table) for table in scenes.tokens(self.captions))
        self.clean = scenes.features(self.captions).astype(np.float32)
        self.noise = np.float32(scenes.config.noise)
        self.operators = [scenes.operators()[name] for name in task.negatives]
        if self.operators:
            made = [[n for o in self.operators for n in scenes.negatives(c, o)] for c in self.captions]
            self._tabulate(scenes, made)

    def _tabulate(self, scenes: CaptionedScenes, made: Sequence[Sequence[Sentence]]) -> None:
        self.made = np.array([len(negatives) for negatives in made])
        self.first = np.cumsum(self.made) - self.made  # of a caption's negatives in the table of all
        if not self.made.all():
            raise ValueError(
                f"the operators {list(self.task.negatives)} make nothing of caption "
                f"{self.captions[int(np.argmin(self.made))]}; expected a hard negative of every caption"
            )
        tables = scenes.tokens([negative for negatives in made for negative in negatives])
        self.negative_words, self.negative_mask = (torch.from_numpy(table) for table in tables)

    def draw(self, rng: np.random.Generator) -> Int[np.ndarray, " K"]:
        """Numbers of the captions of a batch."""
        size = self.task.batch
        if self.task.batches == "distinct":
            bags = rng.permutation(self.bags)[:size]
        else:
            bags = rng.integers(self.bags, size=size)
        return 2 * bags + (rng.random(size) < self.task.share)

    def loss(self, towers: Towers, rng: np.random.Generator) -> Tensor:
        """Symmetric InfoNCE of the cosines of a fresh batch, with the task's hard negatives if it has any."""
        task, index = self.task, self.draw(rng)
        images = self.clean[index] + self.noise * rng.standard_normal((len(index), self.clean.shape[1]), np.float32)
        f = towers.image(torch.from_numpy(images).to(next(towers.parameters()).dtype))
        rows = torch.from_numpy(index)
        words, mask = self.words[rows], self.mask[rows]
        if not self.operators:
            return symmetric_infonce(f, towers.text(words, mask), temperature=task.temperature, similarity="cosine")
        among = rng.integers(self.made[index][:, None], size=(len(index), task.count))
        chosen = torch.from_numpy((self.first[index][:, None] + among).ravel())
        codes = towers.text(
            torch.cat([words, self.negative_words[chosen]]), torch.cat([mask, self.negative_mask[chosen]])
        )
        g, negatives = codes[: len(index)], codes[len(index) :].reshape(len(index), task.count, -1)
        return hard_negative_infonce(f, g, negatives, in_batch=True, temperature=task.temperature, similarity="cosine")


def learn(task: Task, seed: int, context: Context) -> Trained:
    """Draw scenes and towers and train on fresh images; everything random comes from named streams of `seed`.

    The batch of a step depends on (seed, step) alone.

    Raises:
        ValueError: batches of more distinct bags than there are, or a caption of which no operator makes anything.
        Diverged: the loss is no longer finite.
    """
    start = time.process_time()
    scenes = CaptionedScenes.drawn(task.scenes, rng=stream(seed, "scenes"))
    generator = torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63)
    towers = Towers(scenes, task.towers, generator=generator)
    kept = None if context.shared is None else context.shared / f"{_digest(task)}-{seed}.safetensors"
    if kept is not None and kept.exists():
        header = load_checkpoint(kept, towers, [])
        return Trained(task, scenes, towers.double(), History(**header["history"]), header["cpu_seconds"])  # type: ignore[arg-type]
    pairs = Pairs(scenes, task)
    checkpoint = None if context.workspace is None else context.workspace / "training.safetensors"
    history = train(
        towers,
        lambda step: pairs.loss(towers, stream(seed, "batch", step)),
        task.training,
        checkpoint=checkpoint,
        progress=context.progress,
    )
    seconds = time.process_time() - start
    if kept is not None:
        own = kept.with_name(f"{os.getpid()}-{kept.name}")  # another worker may be at the same towers
        save_checkpoint(own, towers, [], {"history": asdict(history), "cpu_seconds": seconds})
        own.replace(kept)
    return Trained(task, scenes, towers.double(), history, seconds)


def _digest(task: Task) -> str:
    return hashlib.sha256(json.dumps(asdict(task), sort_keys=True).encode()).hexdigest()[:16]
