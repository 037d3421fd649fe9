"""Tasks with verified answers: scenes whose latents are known, procedural questions in words, and their measures."""

from realscale.reasoning.tasks.example import Example
from realscale.reasoning.tasks.measures import accuracies, hallucinations
from realscale.reasoning.tasks.scene_law import (
    SceneSettings,
    chance,
    scene_laws,
    scene_vocabulary,
    shortcut_accuracies,
)
from realscale.reasoning.tasks.scenes import scene_examples
from realscale.reasoning.tasks.verification import extracted, verify

__all__ = [
    "Example",
    "SceneSettings",
    "accuracies",
    "chance",
    "extracted",
    "hallucinations",
    "scene_examples",
    "scene_laws",
    "scene_vocabulary",
    "shortcut_accuracies",
    "verify",
]
