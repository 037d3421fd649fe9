"""Two processes that talk by gloo share a group of four: `python gathering.py POLICY FOLDER PORT`.

Each writes down what its completions earned and the advantages of their tokens. The libraries are imported once: the
second process is a fork.
"""

import os
import sys
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors.torch import save_file
from trl import GRPOConfig

from realscale.reasoning.policies import load_policy, rows
from realscale.reasoning.tasks import Example
from realscale.reasoning.trainer import ProcessSettings, Rollouts
from realscale.reasoning.trainer.process_trainer import ProcessTrainer

SETTINGS = ProcessSettings(weight=0.7)


def of_number(ids: list[int], mask: torch.Tensor) -> torch.Tensor:
    """A reward of every token."""
    found = torch.zeros(mask.shape)
    found[: len(ids)] = torch.tensor([number % 5 - 2.0 for number in ids])
    return found


class Kept(ProcessTrainer):
    """Keeps what was trained on; lengths differ between the processes, as they do."""

    def _generate_single_turn(self, *args: Any, **others: Any) -> Any:
        ids, *rest = super()._generate_single_turn(*args, **others)
        cut = 3 + 4 * self.accelerator.process_index
        return [row[:cut] for row in ids], *rest

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        found = super()._generate_and_score_completions(inputs)
        self.kept = {name: found[name].clone() for name in ("advantages", "completion_mask")}
        return found


def train(policy: Path, folder: Path) -> None:
    """One step on one group, two of its completions here and two there."""
    loaded, told = load_policy(policy), {}

    def task(completion_ids: Any, **others: Any) -> list[float]:
        told["task"] = torch.tensor([float(sum(ids) % 7) for ids in completion_ids])
        return told["task"].tolist()

    def process(rollouts: Rollouts) -> torch.Tensor:
        found = [of_number(ids, mask) for ids, mask in zip(rollouts.ids, rollouts.mask, strict=True)]
        told["process"] = torch.stack(found)
        return told["process"]

    trainer = Kept(
        model=loaded.model,
        processing_class=loaded.processor,
        reward_funcs=task,
        args=GRPOConfig(
            str(folder),
            max_steps=1,
            per_device_train_batch_size=2,
            num_generations=4,
            max_completion_length=12,
            use_cpu=True,
            bf16=False,
            report_to="none",
            save_strategy="no",
            dataloader_pin_memory=False,
            disable_tqdm=True,
        ),
        train_dataset=rows([Example(f"What colour is it, {k}?", "red", Image.new("RGB", (28, 28))) for k in range(4)]),
        process_reward=process,
        process=SETTINGS,
    )
    trainer.train()
    line = trainer.state.log_history[0]
    logged = {"reward": torch.tensor(line["process/reward"]), "weight": torch.tensor(line["process/weight"])}
    save_file({**told, **trainer.kept, **logged}, folder / f"{os.environ['RANK']}.safetensors")


if __name__ == "__main__":
    policy, folder, port = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    child = os.fork()
    os.environ |= {"RANK": "0" if child else "1", "LOCAL_RANK": "0" if child else "1"}
    train(policy, folder)
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)
