"""What is trained: the task, and the ways of rewarding it that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from identifiability.objectives import Form
from realscale.reasoning.learning.scorer import ScorerTask
from realscale.reasoning.tasks import SceneSettings
from realscale.reasoning.trainer.settings import Reinforcement


@dataclass(frozen=True)
class Arm:
    """What a completion is paid for.

    Attributes:
        form: of the process reward; None: there is none.
        task: "own": a right answer to its question; "exchanged": the answer to another question; "none": nothing.
    """

    form: Form | None
    task: Literal["own", "exchanged", "none"] = "own"


ARMS: Mapping[str, Arm] = {
    "outcome": Arm(None),
    "printed": Arm("printed"),
    "mean": Arm("mean"),
    "potential": Arm("potential"),
    "exchanged": Arm(None, task="exchanged"),
    "mean alone": Arm("mean", task="none"),
}


@dataclass(frozen=True)
class LearnedTask:
    """One object in a picture of four cells, and the question of what colour it is.

    Attributes:
        scenes: the law of questions and pictures.
        scorer: the reward model.
        examples: of training; the supervised start has them, reinforcement draws as many new ones as it needs.
        warm_steps: of the supervised start: few, so that there is something left to learn.
        training: GRPO.
        tested: examples of each of the three laws.
    """

    scenes: SceneSettings = field(default_factory=lambda: SceneSettings(objects=1, agreement=0.8))
    scorer: ScorerTask = field(default_factory=ScorerTask)
    examples: int = 2048
    warm_steps: int = 58
    training: Reinforcement = field(
        default_factory=lambda: Reinforcement(
            steps=50, batch=64, generations=4, at_once=64, length=20, rate=4e-4, warmup=3, save_every=1000
        )
    )
    tested: int = 192
