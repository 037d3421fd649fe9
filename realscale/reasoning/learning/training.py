"""One arm of one seed: trained from the common start, tested before and after."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from realscale.reasoning.learning.arms import ARMS, Arm, LearnedTask
from realscale.reasoning.learning.measures import Numbers, tested
from realscale.reasoning.learning.start import Start, started
from realscale.reasoning.policies import load_policy
from realscale.reasoning.policies.loading import transformers_library
from realscale.reasoning.tasks import Example, scene_examples, verify
from realscale.reasoning.trainer.running import LOG, TRAINED, reinforce
from scm.streams import stream, stream_seed

# what the curves show, by the names of the trainer's log
LOGGED = {"task": "reward", "length": "completions/mean_length", "process": "process/reward"}


@dataclass(frozen=True)
class Outcome:
    """What training came to; JSON holds it.

    Attributes:
        before, after: `tested`.
        curves: name -> one number a step, of the completions that the step was trained on: task (the task reward that
            was paid), length (tokens), process (what the process reward paid a completion).
    """

    before: Numbers
    after: Numbers
    curves: dict[str, list[float]]

    @property
    def length(self) -> float:
        """Tokens of a completion, the end mark included, over the last fifth of the steps."""
        lengths = self.curves["length"]
        return sum(lengths[-max(1, len(lengths) // 5) :]) / max(1, len(lengths) // 5)

    def gain(self, test: str, name: str = "accuracy") -> float:
        """After less before."""
        return self.after[test][name] - self.before[test][name]


def trained(
    task: LearnedTask,
    arm: str,
    seed: int,
    *,
    shared: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Train the arm of a seed.

    Args:
        shared: a folder in which other arms of the seed find the start.
        progress: told how many steps of how many are done.

    Raises:
        MissingData: trl, transformers, torchvision or open_clip is not installed.
    """
    with _quietly(), started(task, seed, shared) as start, TemporaryDirectory() as own:
        curves = _reinforced(start, ARMS[arm], Path(own), progress)
        after = tested(load_policy(Path(own) / TRAINED), start.reward("mean"), task, seed)
        return Outcome(start.before(), after, curves)


def _reinforced(
    start: Start, arm: Arm, folder: Path, progress: Callable[[int, int], None] | None
) -> dict[str, list[float]]:
    """The curves; the trained policy is left in the folder."""
    task, seed = start.task, start.seed
    training = replace(task.training, seed=stream_seed(seed, "completions") % 2**31)
    count = training.steps * training.batch // training.generations
    examples = scene_examples(task.scenes, count, rng=stream(seed, "scenes of reinforcement"))
    if arm.task == "exchanged":
        examples = exchanged(examples, rng=stream(seed, "exchanged answers"))

    def told(line: Any) -> None:
        if progress is not None:
            progress(int(line["step"]), training.steps)

    reinforce(
        training,
        start.policy,
        examples,
        folder,
        answers_rightly=verify if arm.task != "none" else lambda completion, answer: False,
        process_reward=None if arm.form is None else start.reward(arm.form),
        progress=told,
        cpu=True,
    )
    lines = [json.loads(line) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]
    steps = [line for line in lines if LOGGED["task"] in line]
    return {name: [float(line[logged]) for line in steps] for name, logged in LOGGED.items() if logged in steps[0]}


def exchanged(examples: Sequence[Example], *, rng: np.random.Generator) -> list[Example]:
    """The examples with each other's answers, dealt out by lot."""
    order = rng.permutation(len(examples))
    return [
        replace(example, answer=examples[other].answer, solution="")
        for example, other in zip(examples, order, strict=True)
    ]


@contextmanager
def _quietly() -> Iterator[None]:
    """Torch's global generator, which trl seeds, is put back; transformers draws no bars for files of a second."""
    bars = transformers_library().utils.logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        if shown:
            bars.enable_progress_bar()
