"""An image tower and a text tower that sees word order weakly, strongly or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from identifiability.learning.composition.scenes import CaptionedScenes
from identifiability.learning.encoders import Perceptron, TokenTransformer, WordSetEncoder, initialise
from scm.composition import Sentence

TextTower = Literal["bag", "transformer"]


@dataclass(frozen=True)
class TowerConfig:
    """How the towers are built.

    Attributes:
        text: a set encoder over word vectors, blind to order by construction; or a transformer over them.
        position_scale: standard deviation of the transformer's position vectors before training (the word vectors that
            they are added to have about .6).
        outputs: dimensions of the codes.
        width: hidden units of all towers.
        layers: blocks of the transformer.
    """

    text: TextTower = "transformer"
    position_scale: float = 0.02
    outputs: int = 32
    width: int = 64
    layers: int = 1


class WordTransformer(nn.Module):
    """A transformer over learned word vectors. Shapes: word ids (n, L) with mask (n, L) -> (n, outputs)."""

    def __init__(self, words: int, length: int, config: TowerConfig) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, config.width)
        self.captions = TokenTransformer(
            config.width,
            config.outputs,
            length=length,
            width=config.width,
            layers=config.layers,
            position_scale=config.position_scale,
        )

    def forward(self, words: Int[Tensor, "n L"], mask: Bool[Tensor, "n L"]) -> Float[Tensor, "n outputs"]:
        """Codes of the captions."""
        return self.captions(self.vectors(words), mask)


class Towers(nn.Module):
    """A perceptron f for images and a text tower g for captions, drawn from the generator."""

    def __init__(self, scenes: CaptionedScenes, config: TowerConfig, *, generator: torch.Generator) -> None:
        super().__init__()
        self.scenes = scenes
        self.image = Perceptron(len(scenes.mixing), config.outputs, width=config.width, layers=1)
        self.text: nn.Module
        if config.text == "bag":
            self.text = WordSetEncoder(scenes.words, config.outputs, width=config.width)
        else:
            self.text = WordTransformer(scenes.words, scenes.length, config)
        initialise(self, generator=generator)

    def caption_codes(self, captions: Sequence[Sentence]) -> Float[np.ndarray, "n outputs"]:
        """g of captions on the unit sphere, in double precision."""
        ids, mask = self.scenes.tokens(captions)
        with torch.no_grad():
            codes = self.text(torch.from_numpy(ids), torch.from_numpy(mask))
        return _unit(codes)

    def image_codes(self, captions: Sequence[Sentence], *, rng: np.random.Generator) -> Float[np.ndarray, "n outputs"]:
        """f of a fresh image of each caption's scene, on the unit sphere, in double precision."""
        clean = self.scenes.features(captions)
        images = clean + self.scenes.config.noise * rng.standard_normal(clean.shape)
        with torch.no_grad():
            codes = self.image(torch.from_numpy(images).to(next(self.parameters()).dtype))
        return _unit(codes)


def _unit(codes: Tensor) -> Float[np.ndarray, "n outputs"]:
    return nn.functional.normalize(codes.double(), dim=1).numpy()
