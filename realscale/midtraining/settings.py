"""What is trained, on what loss, for how long."""

import math
from dataclasses import dataclass
from typing import Literal

from realscale.clip_library import Activation
from realscale.midtraining.models import Precision
from realscale.midtraining.recipes import Recipe

Tower = Literal["image", "text"]
HOW_RECORDED = ("log_every", "checkpoint_every", "tensorboard")  # changes nothing of what is trained


@dataclass(frozen=True)
class MidTraining:
    """What is trained, on what loss, for how long."""

    architecture: str
    """Name of an open_clip architecture, or path to a configuration (.json) in its format."""
    pretrained: str | None = None
    """Tag of open_clip or path to weights; None: random weights."""
    activation: Activation | None = None
    """What weights of a path were trained with, where neither the file nor open_clip_config.json beside it says so."""
    recipe: Recipe = "pruned"
    """plain: CLIP. pruned: eq. 11. balanced, stratified: its corrected forms. hardneg: wrong captions as candidates.
    smartclip-mask: full captions, each against the coordinates of image codes that it chooses."""
    trade_off: float = 1.0
    """lambda of eq. 11: weight of the full captions; 0: pruned ones alone. Of pruned, balanced, stratified. The log has
    the terms of the loss without it, so that runs can be compared, and the loss with it."""
    sparsity: float = 0.1
    """smartclip-mask: weight of the share of coordinates that masks keep; the default is its authors' ratio."""
    mask_rate: float = 1e-3
    """smartclip-mask: largest learning rate of the network that makes masks."""
    steps: int = 1000
    """Optimiser steps."""
    batch: int = 256
    """Pairs a step, of all processes together."""
    rate: float = 5e-4
    """Largest learning rate (AdamW)."""
    warmup: int = 100
    """Steps of linear warm-up; after them half a cosine down to 0."""
    weight_decay: float = 0.1
    """Of matrices; biases, gains and the temperature have none."""
    clip: float = 1.0
    """Largest norm of the whole gradient."""
    freeze: tuple[Tower, ...] = ()
    """Towers that are not trained; both, with smartclip-mask alone: the network that makes masks is."""
    lora: int | None = None
    """Rank of trained changes to the frozen matrices of the towers; None: the towers themselves are trained. Saves the
    memory of gradients and AdamW's moments, and about a fifth of the FLOPs: gradients of attention's matrices are
    formed all the same."""
    ema: float | None = None
    """Share of the old in a running mean of the weights at each step, exported beside them; None: no mean."""
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
    tensorboard: bool = False
    """Write TensorBoard's events beside the log."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "rate", "mask_rate", "clip", "log_every", "checkpoint_every"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a positive number")
        for name in ("trade_off", "sparsity", "warmup", "weight_decay"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a number from 0 on")
        for name in ("lora", "chunk"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected at least 1, or None")
        if {"image", "text"} <= set(self.freeze) and self.recipe != "smartclip-mask":
            raise ValueError(
                f"freeze is {', '.join(self.freeze)}; expected one tower at most, because nothing but the temperature "
                "would be trained"
            )
        if self.ema is not None and not 0 < self.ema < 1:
            raise ValueError(f"ema is {self.ema}; expected a number inside (0, 1), the share of the old mean, or None")

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - self.warmup) / max(1, self.steps - self.warmup)))
