"""CoCoOp: context tokens that a small network shifts for each image."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from realscale.midtraining.models import ClipModel
from realscale.prompt_tuning.prompt import Classes, Prompt
from realscale.prompt_tuning.settings import Tuning
from realscale.prompt_tuning.towers import text_codes


class ConditionalPrompt(Prompt):
    """The token m of image x is v_m + h(f(x)), h two layers with d / 16 hidden units, initialised as torch does.

    Every image has class codes of its own: n images and C classes are n C texts, encoded image by image.

    Source: Zhou et al., Conditional Prompt Learning for Vision-Language Models, CVPR 2022, section 3.2.
    """

    def __init__(self, model: ClipModel, tuning: Tuning) -> None:
        super().__init__(model, tuning)
        width = model.clip.token_embedding.embedding_dim
        codes = model.clip.visual.output_dim
        hidden = max(1, codes // 16)
        self.meta = nn.Sequential(nn.Linear(codes, hidden), nn.ReLU(), nn.Linear(hidden, width)).to(model.device)

    def logits(self, model: ClipModel, classes: Classes, images: Float[Tensor, "n d"]) -> Float[Tensor, "n classes"]:
        """Of images, given as unit codes."""
        rows = []
        for code, shift in zip(images, self.meta(images), strict=True):
            found = text_codes(model.clip, self.texts(classes, self.context + shift), classes.ends)
            rows.append(found @ code)
        return torch.stack(rows) / model.temperature
