"""A learned prompt: context tokens in front of class names, and the logits of images; what the five methods share."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from realscale.midtraining.models import ClipModel
from realscale.prompt_tuning.settings import Tuning
from realscale.prompt_tuning.towers import check_text_tower, text_codes


@dataclass(frozen=True, eq=False)
class Classes:
    """Class names in a prompt: token embeddings, places of the end marks, codes of the hand-written prompts."""

    embeddings: Float[Tensor, "classes length width"]
    ends: Int[Tensor, " classes"]
    hand: Float[Tensor, "classes d"]


class Prompt(nn.Module):
    """CoOp: context tokens that all classes share, in front of `NAME.`; both towers stay as they are.

    logits = unit image codes times unit class codes over the model's temperature; loss: their cross-entropy.
    Only parameters of this module are learned; the model is none of them.

    Raises:
        ValueError: a text tower that is not CLIP's own, or too short a context.

    Source: Zhou et al., Learning to Prompt for Vision-Language Models, IJCV 2022.
    """

    takes_pixels = False  # else the unit codes of the pictures, which no prompt of the text changes

    def __init__(self, model: ClipModel, tuning: Tuning) -> None:
        super().__init__()
        check_text_tower(model.clip)
        self.tuning = tuning
        self.prefix, start = _begin(model, tuning)
        self.context = nn.Parameter(start)

    @torch.no_grad()
    def classes(self, model: ClipModel, names: tuple[str, ...]) -> Classes:
        """The classes that are told apart; new names go with the same learned tokens."""
        clip: Any = model.clip
        tokens = model.tokenizer([f"{self.prefix} {name}." for name in names]).to(model.device)
        hand = model.text_codes([self.tuning.template.format(name) for name in names])
        return Classes(clip.token_embedding(tokens), tokens.argmax(dim=1), hand)

    def texts(self, classes: Classes, context: Float[Tensor, "tokens width"]) -> Float[Tensor, "classes length width"]:
        """Embeddings of every class with these context tokens behind the start mark."""
        given = classes.embeddings
        learned = context.expand(len(given), -1, -1)
        return torch.cat([given[:, :1], learned, given[:, 1 + len(context) :]], dim=1)

    def class_codes(self, model: ClipModel, classes: Classes) -> Float[Tensor, "classes d"]:
        """Unit codes of the classes."""
        return text_codes(model.clip, self.texts(classes, self.context), classes.ends)

    def logits(self, model: ClipModel, classes: Classes, images: Float[Tensor, "n ..."]) -> Float[Tensor, "n classes"]:
        """Of images, given as unit codes."""
        return images @ self.class_codes(model, classes).T / model.temperature

    def loss(
        self, model: ClipModel, classes: Classes, images: Float[Tensor, "n ..."], labels: Int[Tensor, " n"]
    ) -> Float[Tensor, ""]:
        """What is minimised."""
        return cross_entropy(self.logits(model, classes, images), labels)

    def backward(
        self, model: ClipModel, classes: Classes, images: Float[Tensor, "n ..."], labels: Int[Tensor, " n"]
    ) -> float:
        """Put the gradient of this step into the parameters; the loss."""
        loss = self.loss(model, classes, images, labels)
        loss.backward()
        return float(loss.detach())


def _begin(model: ClipModel, tuning: Tuning) -> tuple[str, Float[Tensor, "tokens width"]]:
    """The text in front of the names, and what the learned tokens begin as; draws from the global torch state."""
    clip, length = model.clip, tuning.length
    if length + 3 > clip.context_length:
        raise ValueError(
            f"{length} context tokens in a text tower of {clip.context_length}; expected room for a class name and two "
            "marks behind them"
        )
    width = clip.token_embedding.embedding_dim
    if tuning.words is None:
        return " ".join(["X"] * length), nn.init.normal_(
            torch.empty(length, width), std=0.02, generator=torch.default_generator
        ).to(model.device)
    tokens = model.tokenizer([tuning.words]).to(model.device)
    words = clip.token_embedding(tokens)[0, 1 : int(tokens.argmax())].detach()
    blank = max(0, length - len(words))
    start = torch.cat([words.new_zeros(blank, width), words[: length - blank]])
    return " ".join(["X"] * blank + [tuning.words]), start
