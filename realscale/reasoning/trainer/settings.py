"""How a policy is trained by GRPO, and what that is in trl's own words."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import torch

from identifiability.objectives.advantages import Combination, Scale
from realscale.reasoning.reward import RewardSettings
from realscale.reasoning.trainer.rollouts import ProcessSettings

TINY = "tiny"  # a policy that is made here
Loss = Literal["dapo", "grpo", "dr_grpo", "bnpo"]
HOW_RECORDED = ("log_every", "save_every", "keep", "sample_every")  # changes nothing of what is trained


@dataclass(frozen=True)
class Reinforcement:
    """How it is trained by GRPO."""

    steps: int = 100
    """Optimiser steps."""
    batch: int = 64
    """Completions a step, of all processes together."""
    generations: int = 8
    """Completions of a prompt: a group."""
    at_once: int = 8
    """Completions that go through the model with a graph at once, in each process."""
    length: int = 256
    """Tokens of a completion at most."""
    temperature: float = 1.0
    """At which completions are drawn."""
    rate: float = 1e-6
    """Largest learning rate (AdamW); a straight line down to 0."""
    warmup: int = 0
    """Steps of linear warm-up."""
    largest_norm: float = 1.0
    """Of the whole gradient."""
    beta: float = 0.0
    """Weight of the divergence from the policy that training starts from."""
    loss: Loss = "dapo"
    """How losses of tokens are averaged, as trl names it."""
    scale: Scale = "group"
    """Whether advantages are divided by the deviation of their group."""
    weight: float = 0.5
    """lambda_proc at the first step."""
    final_weight: float | None = None
    """lambda_proc at the last step, along a straight line; None: as at the first."""
    combination: Combination = "separate"
    """separate: task and process rewards each have their own deviation in a group; summed: one of their sum."""
    lora: int | None = None
    """Rank of trained changes to the decoder's frozen matrices; None: the whole policy is trained."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """bfloat16: the policy computes in it (autocast); with --lora its frozen weights are kept in it."""
    checkpointing: bool = False
    """Recompute activations in the backward pass: less memory, a fifth slower."""
    vllm: bool = False
    """Have vLLM generate, in the same processes."""
    seed: int = 0
    """Of data, completions and random weights."""
    log_every: int = 1
    """Steps between two lines of the log."""
    save_every: int = 50
    """Steps between two checkpoints."""
    keep: int = 1
    """Checkpoints that are kept."""
    sample_every: int = 10
    """Steps between two whose first four completions go to completions.jsonl."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "generations", "at_once", "length", "rate", *HOW_RECORDED):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a positive number")
        for name in ("weight", "beta", "warmup", "largest_norm"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a number from 0 on")
        if self.generations < 2 or self.batch % self.generations:
            raise ValueError(
                f"generations is {self.generations} and batch {self.batch}; expected 2 at least, and a batch of whole "
                "groups, because an advantage is relative to the other completions of its prompt"
            )

    def accumulated(self, world: int) -> int:
        """Passes of each of `world` processes in a step.

        Raises:
            ValueError: a batch that cannot be dealt out.
        """
        if self.batch % (self.at_once * world):
            raise ValueError(
                f"batch is {self.batch}, with at_once {self.at_once} in {world} processes; expected a multiple of "
                f"{self.at_once * world}, because every process has the same number of passes"
            )
        return self.batch // (self.at_once * world)

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights: half only where they are frozen, because small steps would round to none."""
        return torch.bfloat16 if self.precision == "bfloat16" and self.lora is not None else torch.float32

    def process(self, reward: RewardSettings) -> ProcessSettings:
        """How process rewards enter; a mean, which every token decides, is credited to all of them."""
        return ProcessSettings(
            weight=self.weight,
            final_weight=self.final_weight,
            combination=self.combination,
            credit="whole" if reward.form == "mean" else "to_go",
        )

    def configuration(self, folder: Path, *, world: int = 1, cpu: bool = False) -> Any:
        """The GRPOConfig of a run in `world` processes."""
        from trl import GRPOConfig

        known = {field.name for field in fields(GRPOConfig)}
        name = "activation_checkpointing" if "activation_checkpointing" in known else "gradient_checkpointing"
        recomputed: dict[str, Any] = {name: self.checkpointing}  # transformers 5 has renamed it
        return GRPOConfig(
            output_dir=str(folder),
            max_steps=self.steps,
            per_device_train_batch_size=self.at_once,
            gradient_accumulation_steps=self.accumulated(world),
            num_generations=self.generations,
            max_completion_length=self.length,
            temperature=self.temperature,
            learning_rate=self.rate,
            warmup_steps=self.warmup,
            max_grad_norm=self.largest_norm,
            beta=self.beta,
            loss_type=self.loss,
            scale_rewards=self.scale,
            bf16=self.precision == "bfloat16",
            use_vllm=self.vllm,
            seed=self.seed,
            logging_steps=self.log_every,
            save_steps=self.save_every,
            save_total_limit=self.keep,
            use_cpu=cpu,
            dataloader_pin_memory=not cpu,
            disable_tqdm=True,
            report_to="none",
            **recomputed,
        )
