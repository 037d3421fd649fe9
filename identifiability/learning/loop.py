"""The one training loop of the synthetic tracks: fresh data each step, Muon and AdamW, cosine schedule, resumable."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from identifiability.learning.checkpoint import load_checkpoint, save_checkpoint

# loss(step) on fresh data of that step; it closes over the towers and draws its batch from (seed, step) alone, which
# is what makes a resumed run equal to an uninterrupted one.
StepLoss = Callable[[int], Tensor]


@dataclass(frozen=True)
class TrainingConfig:
    """How long and how fast to train. All counts are optimiser steps, all rates are per step."""

    steps: int = 2000
    muon_rate: float = 0.02  # for matrices
    adam_rate: float = 5e-3  # for everything else
    warmup: int = 100  # linear, from 0
    clip: float = 2.0  # largest norm of the whole gradient
    log_every: int = 50
    checkpoint_every: int = 500

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (value > 0 or (value == 0 and name == "warmup")):
                raise ValueError(f"TrainingConfig.{name} is {value}; expected a positive number (warmup: or 0)")

    def rate(self, step: int) -> float:
        """Linear warm-up, then a half cosine to 0: the factor on both rates at `step`."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        return 0.5 * (1 + math.cos(math.pi * (step - self.warmup) / max(1, self.steps - self.warmup)))


@dataclass
class History:
    """Loss against steps, every `log_every` steps and at the last one."""

    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


class Diverged(RuntimeError):
    """The loss is no longer a finite number."""


def optimizers_of(module: nn.Module, config: TrainingConfig) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of linear layers, AdamW without decay for the rest (biases, norms, tables, filters).

    Muon orthogonalises the update of a matrix [Jordan 2024]; inverting a mixing needs about half the steps of Adam.
    """
    matrices = [part.weight for part in module.modules() if isinstance(part, nn.Linear)]
    known = {id(matrix) for matrix in matrices}
    rest = [parameter for parameter in module.parameters() if id(parameter) not in known]
    return [
        torch.optim.Muon(matrices, lr=config.muon_rate, weight_decay=0.0),
        torch.optim.AdamW(rest, lr=config.adam_rate, weight_decay=0.0),
    ]


def train(
    module: nn.Module,
    loss_of: StepLoss,
    config: TrainingConfig,
    *,
    checkpoint: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> History:
    """Minimise `loss_of(step)` over the module's parameters, in place.

    With a `checkpoint` path the run is written every `checkpoint_every` steps and goes on from there when called again
    with the same config; the result equals an uninterrupted run. Raises Diverged when the loss is not finite, and
    ValueError when the checkpoint is of another run.
    """
    optimizers = optimizers_of(module, config)
    history, start = History(), 0
    identity = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode()).hexdigest()
    if checkpoint is not None and checkpoint.exists():
        header = load_checkpoint(checkpoint, module, optimizers)
        if header.get("config") != identity:
            raise ValueError(
                f"{checkpoint} was written by a run with other training settings; expected the same ones, because a "
                "schedule cannot be changed half-way; remove the file to start the run over"
            )
        start = int(str(header["step"]))
        history = History(**header["history"])  # type: ignore[arg-type]
    parameters = list(module.parameters())
    for step in range(start, config.steps):
        for optimizer, rate in zip(optimizers, (config.muon_rate, config.adam_rate), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * config.rate(step)
            optimizer.zero_grad(set_to_none=True)
        loss = loss_of(step)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, config.clip)
        for optimizer in optimizers:
            optimizer.step()
        if step % config.log_every == 0 or step == config.steps - 1:
            value = float(loss.detach())
            if not math.isfinite(value):
                raise Diverged(f"the loss is {value} at step {step}")
            history.steps.append(step)
            history.losses.append(value)
            if progress is not None:
                progress(step + 1, config.steps)
        if checkpoint is not None and (step + 1) % config.checkpoint_every == 0 and step + 1 < config.steps:
            header_now = {"step": step + 1, "config": identity, "history": asdict(history)}
            save_checkpoint(checkpoint, module, optimizers, header_now)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return history
