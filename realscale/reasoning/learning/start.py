"""What all arms of a seed start from: the same policy after its supervised start, and the same reward model."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from safetensors.torch import load_file, save_file

from identifiability.objectives import Form
from realscale.reasoning.learning.arms import LearnedTask
from realscale.reasoning.learning.measures import Numbers, tested
from realscale.reasoning.learning.scorer import image_reward, trained_scorer, untrained_scorer
from realscale.reasoning.policies import Policy, load_policy, tiny_vision_policy, warm_start
from realscale.reasoning.tasks import scene_examples
from realscale.reasoning.trainer.image_reward import ImageReward
from scm.streams import stream, stream_seed

LAYERS, VOCABULARY = 2, 400
_POLICY, _SCORER, _BEFORE = "policy", "scorer.safetensors", "tests.json"


@dataclass(frozen=True)
class Start:
    """A folder with both, and what the policy is worth."""

    folder: Path
    task: LearnedTask
    seed: int

    def policy(self) -> Policy:
        """The policy, read anew."""
        return load_policy(self.folder / _POLICY)

    def reward(self, form: Form) -> ImageReward:
        """The reward model, frozen, in a form of the process reward."""
        model = untrained_scorer(self.task.scenes, self.seed)
        model.load_state_dict(load_file(self.folder / _SCORER))
        return image_reward(model.eval(), self.task.scorer, self.task.scenes, form)

    def before(self) -> Numbers:
        """`tested` of the policy."""
        found: Numbers = json.loads((self.folder / _BEFORE).read_text(encoding="utf-8"))
        return found


@contextmanager
def started(task: LearnedTask, seed: int, shared: Path | None) -> Iterator[Start]:
    """Both, made or found in the folder that the checks of a run share; without one in a folder of their own.

    Raises:
        MissingData: transformers, torchvision or open_clip is not installed.
    """
    with TemporaryDirectory() as own:
        parts = repr(
            (task.scenes, task.scorer, task.examples, task.warm_steps, task.tested, task.training.length, seed)
        )
        kept = (Path(own) if shared is None else shared) / f"start-{hashlib.sha256(parts.encode()).hexdigest()[:16]}"
        if not kept.is_dir():
            _once(kept, lambda folder: _make(task, seed, folder))
        yield Start(kept, task, seed)


def _make(task: LearnedTask, seed: int, folder: Path) -> None:
    examples = scene_examples(task.scenes, task.examples, rng=stream(seed, "scenes of the start"))
    texts = [f"{example.question}\n{example.solution}" for example in examples]
    number = stream_seed(seed, "policy") % 2**31
    policy = tiny_vision_policy(texts, folder / _POLICY, seed=number, layers=LAYERS, vocabulary=VOCABULARY)
    warm_start(policy, examples, task.warm_steps, seed=number)
    policy.save(folder / _POLICY)
    scorer = trained_scorer(task.scorer, task.scenes, seed)
    save_file({name: value.contiguous() for name, value in scorer.state_dict().items()}, folder / _SCORER)
    start = Start(folder, task, seed)
    numbers = tested(start.policy(), start.reward("mean"), task, seed)
    (folder / _BEFORE).write_text(json.dumps(numbers), encoding="utf-8")


def _once(kept: Path, make: Callable[[Path], None]) -> None:
    """Make the folder whole; who comes second, from another worker, uses the first one's."""
    draft = kept.with_name(f"{os.getpid()}-{kept.name}")
    draft.mkdir(parents=True)
    make(draft)
    try:
        draft.replace(kept)
    except OSError:
        if not kept.is_dir():
            raise
