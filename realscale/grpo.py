"""GRPO of a reasoning policy: `python -m realscale.grpo --policy tiny --warm-steps 150 --out runs/outcome ...`.

`accelerate launch -m realscale.grpo ...` trains one policy in several processes. Prints the folder of the trained
policy; progress goes to stderr.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro

from realscale.data.errors import MissingData
from realscale.exit_codes import exit_code
from realscale.reasoning.policies import Policy, load_policy
from realscale.reasoning.policies.loading import transformers_library
from realscale.reasoning.same_run import same_run
from realscale.reasoning.tasks import Example
from realscale.reasoning.trainer.data import Data
from realscale.reasoning.trainer.planning import plan
from realscale.reasoning.trainer.running import reinforce, started
from realscale.reasoning.trainer.scorer import Scorer
from realscale.reasoning.trainer.settings import HOW_RECORDED, TINY, Reinforcement

START, RUN = "start", "run.json"


@dataclass(frozen=True)
class Command:
    """Train a policy by GRPO on task rewards and process rewards; given again, the command goes on.

    A line of log.jsonl has what trl logs (reward: mean task reward, kl, completions/..., loss) and, with --clip,
    process/reward: mean over completions of the sum that their tokens earn; process/weight: lambda_proc;
    process/likelihood and process/overlap: mean over windows of log-likelihood of V and of overlap with E;
    process/windows and process/windows_encoded: windows of the step, and those that CLIP had to encode;
    advantage/task and advantage/process: mean absolute share of either in the advantage of a token.
    """

    policy: str
    """Folder of a policy, its name on the Hugging Face hub, or `tiny`: a small one of random weights, made here."""
    out: Path
    """Folder of the run: log.jsonl, completions.jsonl, and the trained policy."""
    training: Annotated[Reinforcement, tyro.conf.arg(name="")] = field(default_factory=Reinforcement)
    data: Annotated[Data, tyro.conf.arg(name="")] = field(default_factory=Data)
    scorer: Annotated[Scorer, tyro.conf.arg(name="")] = field(default_factory=Scorer)
    warm_steps: int = 0
    """tiny: steps in which it learns to write the solutions of scenes before it is rewarded."""
    cpu: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Stay off the GPU where there is one."""
    dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Train nothing: print what would be trained as JSON; reads no data."""
    quiet: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """No progress on stderr."""

    def run(self) -> Path:
        """Train; the folder of the policy."""
        if self.training.vllm and find_spec("vllm") is None:
            raise MissingData("--vllm, and vllm is not installed; expected it beside trl: pip install 'trl[vllm]'")
        transformers_library().utils.logging.disable_progress_bar()
        examples: Iterable[Example] = self.data.examples(self.training.seed)
        off = self.cpu or not torch.cuda.is_available()
        device = "cpu" if off else f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        reward = self.scorer.process_reward(self.data.vocabulary, device=device, seed=self.training.seed)
        try:
            same_run(self.out / RUN, self._told(), why="a schedule cannot be changed half-way")
        except ValueError:
            if _leads():
                raise
            sys.exit(2)  # the first process says it
        if self.policy == TINY:
            examples = list(examples)
        return reinforce(
            self.training,
            partial(self._policy, examples),
            examples,
            self.out,
            answers_rightly=self.data.answers_rightly,
            process_reward=reward,
            progress=None if self.quiet else _say,
            tell=None if self.quiet or not _leads() else _tell,
            cpu=off,
        )

    def _told(self) -> dict[str, Any]:
        """All that decides what is trained, with the contents of files."""
        training = {name: value for name, value in asdict(self.training).items() if name not in HOW_RECORDED}
        named = (self.scorer.clip, self.scorer.clip_pretrained, self.scorer.vocabulary)
        files = {str(name): _identity(Path(name)) for name in named if name and Path(name).is_file()}
        return {
            "policy": self.policy,
            "warm_steps": self.warm_steps,
            "training": training,
            "data": asdict(self.data),
            "scorer": asdict(self.scorer),
            "files": files,
        }

    def _policy(self, examples: Iterable[Example]) -> Policy:
        if self.policy != TINY:
            return load_policy(self.policy, dtype=self.training.dtype)
        start = self.out / START
        return started(list(examples), start, warm_steps=self.warm_steps, seed=self.training.seed)


def _leads() -> bool:
    return int(os.environ.get("RANK", "0")) == 0


def _identity(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _say(line: Mapping[str, Any]) -> None:
    left = timedelta(seconds=round(line["seconds_left"]))
    process = f", process {line['process/reward']:.3f}" if "process/reward" in line else ""
    print(
        f"step {line['step']}/{line['steps']}: task {line['reward']:.3f}{process}, "
        f"{line['completions/mean_length']:.0f} tokens, {left} left",
        file=sys.stderr,
        flush=True,
    )


def main(arguments: list[str] | None = None) -> int:
    """0 when trained, 1 when something is missing or the loss diverged, 2 for bad input, 130 when ended."""

    def run() -> None:
        leads = _leads()
        command = tyro.cli(Command, args=arguments, prog="python -m realscale.grpo")
        if command.dry_run:
            world = int(os.environ.get("WORLD_SIZE", "1"))
            found = plan(command.policy, command.training, command.data, command.scorer, world=world)
            if leads:
                print(json.dumps(found, indent=1))
            return
        trained = command.run()
        if leads:
            print(trained)

    return exit_code(
        run,
        interrupted="interrupted; the same command goes on from the last checkpoint (--save-every), without one from "
        "the start",
    )


if __name__ == "__main__":
    sys.exit(main())
