"""Tasks with verified answers: scenes whose latents are known, procedural questions in words, and their measures.

Loaded here is what makes and verifies examples; `measures` needs more and is imported by its own name.
"""

from realscale.reasoning.tasks.example import Example
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
    "chance",
    "extracted",
    "scene_examples",
    "scene_laws",
    "scene_vocabulary",
    "shortcut_accuracies",
    "verify",
]
