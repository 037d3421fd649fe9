"""What a run will do, before it is run."""

from dataclasses import asdict
from typing import Any

import torch

from realscale.reasoning.policies.loading import transformers_library
from realscale.reasoning.trainer.scorer import Scorer
from realscale.reasoning.trainer.settings import Reinforcement


def plan(policy: str, training: Reinforcement, scorer: Scorer, *, world: int = 1) -> dict[str, Any]:
    """What a run does in `world` processes, ready for JSON; nothing is read but the policy's configuration.

    Raises:
        ValueError: a batch that cannot be dealt out.
    """
    passes = training.accumulated(world)
    process = training.process(scorer.reward)
    return {
        "policy": policy,
        "parameters": parameters(policy),
        "processes": world,
        "steps": training.steps,
        "prompts_of_a_step": training.batch // training.generations,
        "completions_of_a_step": training.batch,
        "passes_of_a_process_and_step": passes,
        "completions_of_the_run": training.steps * training.batch,
        "tokens_of_the_run_at_most": training.steps * training.batch * training.length,
        "process_reward": {"clip": scorer.clip, **asdict(scorer.reward), **asdict(process)} if scorer.clip else None,
        "windows_of_a_step_at_most": training.batch * -(-training.length // scorer.reward.stride) if scorer.clip else 0,
    }


def parameters(policy: str) -> int | None:
    """Of the policy of a folder or name, counted without storage; None: its configuration cannot be had."""
    library = transformers_library()
    try:
        config = library.AutoConfig.from_pretrained(policy)
    except (OSError, ValueError):
        return None
    sees = hasattr(config, "vision_config")
    with torch.device("meta"):
        model = (library.AutoModelForImageTextToText if sees else library.AutoModelForCausalLM).from_config(config)
    return sum(parameter.numel() for parameter in model.parameters())
