"""What a policy is trained on: scenes drawn here, or a public set in its own layout."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from realscale.reasoning.tasks import Example, SceneSettings, extracted, scene_examples, scene_vocabulary, verify
from scm.streams import stream
from scm.tokens import Vocabulary

SCENES = 1000  # that are drawn if none says how many
Name = Literal["scenes", "geometry3k", "mmk12"]


@dataclass(frozen=True)
class Data:
    """What it is trained on."""

    data: Name = "scenes"
    """scenes: drawn here, with exact answers. geometry3k, mmk12: public sets, their answers written out."""
    root: Path | None = None
    """Folder of a public set, see `python -m realscale.reasoning.benchmarks list`."""
    count: int | None = None
    """Examples; None: 1000 scenes, all of a set."""
    scene: SceneSettings = field(default_factory=SceneSettings)
    """Scenes: how hard they are."""

    def examples(self, seed: int) -> Iterator[Example]:
        """The examples, one by one; scenes are those of the law of training.

        Raises:
            ValueError: a set without its folder, or a folder for scenes.
            BenchmarkError: files that are not as the set's layout has them.
        """
        if (self.data == "scenes") != (self.root is None):
            raise ValueError(
                f"--data {self.data} {'with' if self.root else 'without'} --root; expected the folder of a public set, "
                "and none for scenes, which are drawn"
            )
        if self.root is None:
            count = SCENES if self.count is None else self.count
            return iter(scene_examples(self.scene, count, rng=stream(seed, "training scenes")))
        from realscale.reasoning.benchmarks.geometry3k import free_response
        from realscale.reasoning.benchmarks.sets import read

        found = read(self.data, self.root, split="train")
        if self.data == "geometry3k":
            found = free_response(found)
        return islice(found.examples(), self.count)

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The words of scenes; None of a public set."""
        return scene_vocabulary(self.scene) if self.data == "scenes" else None

    @property
    def answers_rightly(self) -> Callable[[str, str], bool]:
        """Whether a completion gives an answer: by the verifier; of public sets also as LaTeX of the same value."""
        if self.data == "scenes":
            return verify
        from realscale.reasoning.benchmarks.latex import same

        return lambda completion, answer: verify(completion, answer) or same(answer, extracted(completion) or "")


def task_reward(answers_rightly: Callable[[str, str], bool]) -> Callable[..., list[float]]:
    """The reward function of trl that gives 1 for a right answer and 0 for any other."""

    def task(completions: list[Any], answer: list[str], **others: Any) -> list[float]:
        texts = [completion[-1]["content"] for completion in completions]
        return [float(answers_rightly(text, right)) for text, right in zip(texts, answer, strict=True)]

    return task
