"""The scorer that a command names: an open_clip model, a vocabulary, and captions of its classes."""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from realscale.clip_library import Activation, known_architecture
from realscale.composition.models import OpenClip
from realscale.evaluation.prompts import checked_template
from realscale.reasoning.reward import ProcessReward, RewardSettings, WindowEncoder
from realscale.reasoning.trainer.image_reward import ImageReward, patch_codes
from realscale.vocabulary.writing import load
from scm.tokens import TokenRole, Vocabulary


@dataclass(frozen=True)
class Scorer:
    """The process reward."""

    clip: str = ""
    """Name of an open_clip architecture, or path to a configuration (.json); "": task rewards alone."""
    clip_pretrained: str | None = None
    """Tag of open_clip or path to weights; None: random weights, which show that the code runs and nothing else."""
    clip_activation: Activation | None = None
    """What weights of a path were trained with, where nothing beside them says so."""
    clip_temperature: bool = False
    """Whether scores are divided by the temperature that CLIP has learnt, and not by that of the settings."""
    vocabulary: Path | None = None
    """V and E (`python -m realscale.vocabulary mine`); of scenes None: their own words."""
    template: str = "a photo of a {}"
    """Caption of a class."""
    reward: RewardSettings = field(default_factory=RewardSettings)
    """Windows, penalty, form."""

    def process_reward(self, own: Vocabulary | None, *, device: str = "cpu", seed: int = 0) -> ImageReward | None:
        """What the trainer calls; None without a CLIP.

        Args:
            own: the vocabulary of the data, if it has one.
            device: of CLIP.
            seed: of random weights.

        Raises:
            ValueError: no vocabulary, a template without its one place, and as `ProcessReward` and `patch_codes`.
            MissingData, RuntimeError: as `OpenClip`.
        """
        if not self.clip:
            if self != Scorer():
                raise ValueError(
                    "there are settings of a process reward (--clip-..., --vocabulary, --template, --reward...) and no "
                    "--clip; expected the CLIP that they are for, because without one task rewards alone are trained on"
                )
            return None
        checked_template(self.template, "--template")
        vocabulary = own if self.vocabulary is None else load(self.vocabulary).words
        if vocabulary is None:
            raise ValueError(
                "there is no vocabulary; expected --vocabulary FILE.yaml, because windows are scored against its "
                "classes V and pay for naming its environments E"
            )
        with torch.random.fork_rng():
            torch.default_generator.manual_seed(seed)
            towers = OpenClip(
                known_architecture(self.clip), self.clip_pretrained, activation=self.clip_activation, device=device
            )
        settings = self.reward
        if self.clip_temperature:
            settings = replace(settings, temperature=math.exp(-float(towers.model.logit_scale.detach())))
        reward = ProcessReward(
            WindowEncoder(lambda texts: torch.from_numpy(towers.encode_texts(texts))),
            vocabulary,
            [self.template.format(word) for word in vocabulary.words_by_role.get(TokenRole.CLASS, ())],
            settings,
        )
        patches = patch_codes(towers) if settings.patch_weight else None
        return ImageReward(reward, lambda images: torch.from_numpy(towers.encode_images(images)), patches=patches)
