"""A linear image map and a free code for every caption, on frozen features, by an objective of the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from identifiability.learning import TrainingConfig, initialise, train
from identifiability.learning.invariance.captions import Captions, CaptionStrings
from identifiability.learning.invariance.evaluation import class_scores
from identifiability.objectives.catalogue import OBJECTIVES
from identifiability.objectives.tokens import Tokens
from scm.streams import stream_seed

OUTPUTS = 16


@dataclass(frozen=True, eq=False)
class LinearTowers:
    """The trained map and the codes of the captions."""

    image: nn.Linear
    text: CaptionStrings
    captions: Captions

    @torch.no_grad()
    def codes(self, features: Float[Tensor, "m k"]) -> Float[np.ndarray, "m d"]:
        """Codes of the pictures."""
        return self.image(features).double().numpy()

    @torch.no_grad()
    def scores(
        self,
        features: Float[Tensor, "m k"],
        prompt: str,
        contexts: Int[np.ndarray, " m"],
        known: Int[np.ndarray, " s"] | None = None,
    ) -> Float[np.ndarray, "m C"]:
        """Scores of the classes by a prompt of `class_scores`.

        Args:
            features: of the pictures.
            prompt: how the class is asked for.
            contexts: of the pictures, which the prompt "matched" names.
            known: the contexts of training, in order, others are not asked; None: all. A picture of another context has
                no prompt that matches it; it gets that of the first one known.
        """
        if known is None:
            known = np.arange(len(self.captions.context_words))
        every, asked = torch.arange(len(self.captions.class_words)), torch.from_numpy(known)
        own = torch.from_numpy(np.searchsorted(known, contexts) * np.isin(contexts, known))
        codes = {
            "pruned": self.text(every),
            "full": self.text(self.captions.full(every[:, None], asked[None, :])),
        }
        return class_scores(self.image(features), codes, prompt, own).double().numpy()


@dataclass(frozen=True, eq=False)
class FeaturePairs:
    """Pairs of a step: features of the pictures, what the captions name, weights of the pairs (None: alike)."""

    features: Float[Tensor, "n k"]
    tokens: Tokens
    weights: Float[Tensor, " n"] | None = None


def train_towers(
    objective: str,
    captions: Captions,
    pairs_of: Callable[[int], FeaturePairs],
    *,
    steps: int,
    seed: int,
    law: Float[np.ndarray, "C S"] | None = None,
) -> LinearTowers:
    """Train on the pairs of each step; the start is that of `seed`, whatever the objective.

    Args:
        objective: name in the catalogue.
        captions: of the pairs.
        pairs_of: the pairs of a step.
        steps: of training.
        seed: names the streams.
        law: p(class word, context word) of the pairs as drawn, for the objectives that take one; None: of each step's.
    """
    chosen = OBJECTIVES[objective]
    image, text = nn.Linear(pairs_of(0).features.shape[1], OUTPUTS), CaptionStrings(captions, OUTPUTS)
    towers = nn.ModuleDict({"image": image, "text": text})
    initialise(towers, generator=torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63))
    options = {"law": law} if law is not None and "law" in chosen.build.options else {}
    loss = chosen.prepare(parameters=image.parameters(), **options)

    def loss_of(step: int) -> Tensor:
        pairs = pairs_of(step)
        numbers = _numbers(chosen.captions[0], captions, pairs.tokens)
        return loss(image(pairs.features), text(numbers), pairs.tokens, pairs.weights)

    train(towers, loss_of, TrainingConfig(steps=steps, muon_rate=0.02, adam_rate=0.02, warmup=20))
    return LinearTowers(image, text, captions)


def _numbers(version: str, captions: Captions, tokens: Tokens) -> Int[Tensor, " n"]:
    if version == "vocabulary":
        return torch.arange(len(captions.class_words))
    return captions.full(tokens.classes, tokens.column("contexts")) if version == "full" else tokens.classes


def standardised(
    fitted: Float[np.ndarray, "n d"], every: Float[np.ndarray, "m d"], directions: Float[np.ndarray, "d k"] | None
) -> Float[Tensor, "m k"]:
    """Features along the directions (None: as they are), of mean 0 and variance 1 on the fitted ones."""
    centre = fitted.mean(axis=0)
    centred, shown = fitted - centre, every - centre
    if directions is not None:
        centred, shown = centred @ directions, shown @ directions
    spread = centred.std(axis=0)
    spread[spread == 0] = 1
    return torch.from_numpy(shown / spread).float()
