"""What a run will do, before it is run."""

import json
from dataclasses import asdict
from typing import Any

import torch

from realscale.reasoning.policies.loading import transformers_library
from realscale.reasoning.trainer.data import SCENES, Data
from realscale.reasoning.trainer.scorer import Scorer
from realscale.reasoning.trainer.settings import TINY, Reinforcement

FLOAT, ADAMW = 4, 2  # bytes of a number; moments of a trained one
ADAPTERS = "those of LoRA are small beside them and not counted"
BESIDE = "activations, generation, CLIP and a vLLM come on top"


def plan(policy: str, training: Reinforcement, data: Data, scorer: Scorer, *, world: int = 1) -> dict[str, Any]:
    """What a run does in `world` processes, ready for JSON; nothing is read but the policy's configuration.

    Raises:
        ValueError: a batch that cannot be dealt out.
    """
    passes = training.accumulated(world)
    process = training.process(scorer.reward)
    prompts = training.batch // training.generations
    count = SCENES if data.data == "scenes" and data.count is None else data.count
    number, notes = _counted(policy)
    if count is None:
        notes.append(f"epochs: how many problems {data.data} has is known when it is read; --count takes so many")
    if training.lora is not None:
        notes.append(f"bytes: {ADAPTERS}")
    return {
        "policy": policy,
        "parameters": number,
        "processes": world,
        "steps": training.steps,
        "prompts_of_a_step": prompts,
        "epochs": None if count is None else training.steps * prompts / count,
        "completions_of_a_step": training.batch,
        "passes_of_a_process_and_step": passes,
        "completions_of_the_run": training.steps * training.batch,
        "tokens_of_the_run_at_most": training.steps * training.batch * training.length,
        "bytes_of_weights_and_optimiser": None if number is None else training_bytes(number, training),
        "training": asdict(training),
        "data": json.loads(json.dumps(asdict(data), default=str)),
        "process_reward": {"clip": scorer.clip, **asdict(scorer.reward), **asdict(process)} if scorer.clip else None,
        "windows_of_a_step_at_most": training.batch * -(-training.length // scorer.reward.stride) if scorer.clip else 0,
        "notes": [
            *notes,
            f"bytes: of one copy, which FSDP shares out and other launches hold in each process; {BESIDE}",
        ],
    }


def training_bytes(number: int, training: Reinforcement) -> int:
    """Of the weights; if all are trained, of their gradients and AdamW's moments, and with beta of the reference."""
    if training.lora is not None:
        return number * training.dtype.itemsize
    return number * FLOAT * (2 + ADAMW + (training.beta > 0))


def _counted(policy: str) -> tuple[int | None, list[str]]:
    if policy == TINY:
        return None, ["parameters: of tiny they depend on the words of its examples, and are a few hundred thousand"]
    number = parameters(policy)
    if number is not None:
        return number, []
    reason = f"parameters: no configuration of {policy!r} lies here, as a folder or in the cache of the hub"
    return None, [f"{reason}, and a dry run fetches nothing: hf download {policy} config.json"]


def parameters(policy: str) -> int | None:
    """Of the policy of a folder or cached name, counted without storage; None: its configuration is not here."""
    library = transformers_library()
    try:
        config = library.AutoConfig.from_pretrained(policy, local_files_only=True)
    except (OSError, ValueError):
        return None
    sees = hasattr(config, "vision_config")
    with torch.device("meta"):
        model = (library.AutoModelForImageTextToText if sees else library.AutoModelForCausalLM).from_config(config)
    return sum(parameter.numel() for parameter in model.parameters())
