"""A tiny policy really trained by GRPO on scenes, with a tiny CLIP, trained on the same scenes, as its reward model."""

from realscale.reasoning.learning.arms import ARMS, Arm, LearnedTask
from realscale.reasoning.learning.training import Outcome, trained

__all__ = ["ARMS", "Arm", "LearnedTask", "Outcome", "trained"]
