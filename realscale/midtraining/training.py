"""The loop: one recipe, from random or loaded weights to a checkpoint of open_clip, resumable to the step."""

import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import safe_open
from torch import Tensor, nn

from identifiability.learning import Diverged
from identifiability.learning.checkpoint import load_checkpoint, save_checkpoint
from realscale.midtraining.models import ClipModel, Precision
from realscale.midtraining.pairs import PairSet
from realscale.midtraining.recipes import Recipe, Version, recipe_loss, versions_of
from realscale.midtraining.steps import backward
from scm.streams import stream

Tower = Literal["image", "text"]
WEIGHTS, CHECKPOINT, LOG = "weights.safetensors", "checkpoint.safetensors", "log.jsonl"
_HOW_RECORDED = ("log_every", "checkpoint_every")  # changes nothing of what is trained


@dataclass(frozen=True)
class MidTraining:
    """What is trained, on what loss, for how long."""

    architecture: str
    """Name of an open_clip architecture, or path to a configuration (.json) in its format."""
    pretrained: str | None = None
    """Tag of open_clip or path to weights; None: random weights."""
    recipe: Recipe = "pruned"
    """plain: CLIP. pruned: eq. 11. balanced, stratified: its corrected forms. hardneg: wrong captions as candidates."""
    trade_off: float = 1.0
    """lambda of eq. 11: weight of the full captions; 0: pruned ones alone. Of no meaning to plain and hardneg."""
    steps: int = 1000
    """Optimiser steps."""
    batch: int = 256
    """Pairs a step."""
    rate: float = 5e-4
    """Largest learning rate (AdamW)."""
    warmup: int = 100
    """Steps of linear warm-up; after them half a cosine down to 0."""
    weight_decay: float = 0.1
    """Of matrices; biases, gains and the temperature have none."""
    clip: float = 1.0
    """Largest norm of the whole gradient."""
    freeze: tuple[Tower, ...] = ()
    """Towers that are not trained."""
    chunk: int | None = None
    """Pictures and captions that go through a tower at once with a graph: large batches in little memory."""
    precision: Precision = "float32"
    """bfloat16: the towers compute in it (autocast); weights and loss stay in float32."""
    seed: int = 0
    """Of random weights and of the batches."""
    log_every: int = 10
    """Steps between two lines of the log."""
    checkpoint_every: int = 100
    """Steps between two checkpoints."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "rate", "clip", "log_every", "checkpoint_every"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a positive number")
        for name in ("trade_off", "warmup", "weight_decay"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a number from 0 on")

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - self.warmup) / max(1, self.steps - self.warmup)))


def optimizer_of(model: nn.Module, config: MidTraining) -> torch.optim.Optimizer:
    """AdamW as in open_clip's own training of ViTs: betas (.9, .98), epsilon 1e-6, decay of matrices alone."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in trained if parameter.ndim >= 2], "weight_decay": config.weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.rate, betas=(0.9, 0.98), eps=1e-6)


def mid_train(
    config: MidTraining, pairs: PairSet, folder: Path, *, progress: Callable[[Mapping[str, Any]], None] | None = None
) -> Path:
    """Train as `config` says; the weights, a file that open_clip loads as `pretrained`.

    The folder holds the log (a JSON object a line: step, terms of the loss, rate, temperature, images a second), the
    checkpoint while the run lasts, and the weights at its end. Called again after an interruption of any kind it goes
    on from the checkpoint, and the weights are those of an uninterrupted run: what a step does is decided by the
    weights, the seed and its number. A finished run is not run again.

    Raises:
        ValueError: the folder holds another run; a batch larger than the set; and as `ClipModel`.
        Diverged: the loss is not a finite number.
        MissingData: open_clip is not installed.
    """
    identity = _identity(config, pairs)
    weights, checkpoint = folder / WEIGHTS, folder / CHECKPOINT
    if weights.exists():
        with safe_open(weights, framework="pt") as file:
            _same_run((file.metadata() or {}).get("identity"), identity, weights)
        return weights
    model = ClipModel(config.architecture, config.pretrained, seed=config.seed, precision=config.precision)
    model.clip.train()
    model.freeze(config.freeze)
    optimizer = optimizer_of(model, config)
    start = 0
    if checkpoint.exists():
        header = load_checkpoint(checkpoint, model, [optimizer])
        _same_run(header.get("identity"), identity, checkpoint)
        start = int(str(header["step"]))
    folder.mkdir(parents=True, exist_ok=True)
    _cut_log(folder / LOG, start)
    logged, since = start, time.perf_counter()
    with (folder / LOG).open("a", encoding="utf-8") as log:
        for step in range(start, config.steps):
            terms = train_step(model, optimizer, config, pairs, step)
            if (step + 1) % config.log_every == 0 or step + 1 == config.steps:
                now = time.perf_counter()
                line: dict[str, Any] = {
                    "step": step + 1,
                    "loss": sum(terms.values()),
                    "terms": terms,
                    "rate": config.rate_at(step),
                    "temperature": float(model.temperature.detach()),
                    "images_per_second": (step + 1 - logged) * config.batch / (now - since),
                }
                logged, since = step + 1, now
                log.write(json.dumps(line) + "\n")
                log.flush()
                if progress is not None:
                    progress({**line, "steps": config.steps})
            if (step + 1) % config.checkpoint_every == 0 and step + 1 < config.steps:
                os.fsync(log.fileno())
                save_checkpoint(checkpoint, model, [optimizer], {"step": step + 1, "identity": identity})
    model.export(weights, {"identity": identity, "recipe": config.recipe, "steps": str(config.steps)})
    checkpoint.unlink(missing_ok=True)
    return weights


def train_step(
    model: ClipModel, optimizer: torch.optim.Optimizer, config: MidTraining, pairs: PairSet, step: int
) -> dict[str, float]:
    """Draw the batch of this step and train on it; the terms of the loss.

    Raises:
        Diverged: a term is not a finite number.
    """
    for group in optimizer.param_groups:
        group["lr"] = config.rate_at(step)
    optimizer.zero_grad(set_to_none=True)
    versions = versions_of(config.recipe, config.trade_off)
    rng = stream(config.seed, "batch", step)
    batch = pairs.batch(config.batch, rng=rng, wrong="negatives" in versions)

    def terms_of(f: Tensor, codes: Mapping[Version, Tensor], temperature: Tensor) -> Mapping[str, Tensor]:
        return recipe_loss(
            config.recipe,
            f,
            codes,
            batch.tokens,
            temperature=temperature,
            trade_off=config.trade_off,
            law=pairs.law,
        )

    terms = backward(model, batch, versions, terms_of, chunk=config.chunk)
    if not all(map(math.isfinite, terms.values())):
        raise Diverged(f"the terms of the loss are {terms} at step {step}")
    nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    optimizer.step()
    return terms


def _identity(config: MidTraining, pairs: PairSet) -> str:
    told = {name: value for name, value in asdict(config).items() if name not in _HOW_RECORDED}
    return hashlib.sha256(json.dumps([told, pairs.fingerprint], sort_keys=True).encode()).hexdigest()


def _same_run(found: object, identity: str, path: Path) -> None:
    if found != identity:
        raise ValueError(
            f"{path} is of a run with other settings or other data; expected the same ones, because a schedule cannot "
            "be changed half-way; take another folder, or remove the file to start the run over"
        )


def _cut_log(path: Path, step: int) -> None:
    """Drop what the log says of steps after the checkpoint, which are done again, and a line cut short."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            done = int(json.loads(line)["step"])
        except (ValueError, KeyError, TypeError):
            continue
        if done <= step:
            kept.append(line)
    draft = path.with_suffix(".writing")
    draft.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    os.replace(draft, path)
