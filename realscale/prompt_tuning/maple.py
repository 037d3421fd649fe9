"""MaPLe: prompt tokens in the layers of both towers, those of the image tower made from those of the text tower."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from realscale.midtraining.models import ClipModel
from realscale.prompt_tuning.prompt import Classes, Prompt
from realscale.prompt_tuning.settings import Tuning
from realscale.prompt_tuning.towers import check_image_tower, image_codes, text_codes


class CoupledPrompt(Prompt):
    """Tokens P_0 in front of both towers and P_1 .. P_{J-1} in place of them before the layers that follow.

    The image tower has F_j(P_j), F_j linear; J is `depth`, or the layers of the shallower tower where it has fewer.

    Raises:
        ValueError: an image tower that is no vision transformer; and as `Prompt`.

    Source: Khattak et al., MaPLe: Multi-modal Prompt Learning, CVPR 2023, section 3.2.
    """

    takes_pixels = True

    def __init__(self, model: ClipModel, tuning: Tuning) -> None:
        super().__init__(model, tuning)
        check_image_tower(model.clip)
        layers = min(len(tower.resblocks) for tower in (model.clip.transformer, model.clip.visual.transformer))
        self.depth = min(tuning.depth, layers)
        narrow, wide = self.context.shape[1], model.clip.visual.transformer.width
        draws = [
            nn.init.normal_(torch.empty(tuning.length, narrow), std=0.02, generator=torch.default_generator)
            for _ in range(self.depth - 1)
        ]
        self.deep = nn.ParameterList([draw.to(model.device) for draw in draws])
        self.couplings = nn.ModuleList([nn.Linear(narrow, wide) for _ in range(self.depth)]).to(model.device)

    def class_codes(self, model: ClipModel, classes: Classes) -> Float[Tensor, "classes d"]:
        """Unit codes of the classes."""
        return text_codes(model.clip, self.texts(classes, self.context), classes.ends, deep=list(self.deep))

    def logits(
        self, model: ClipModel, classes: Classes, images: Float[Tensor, "n 3 size size"]
    ) -> Float[Tensor, "n classes"]:
        """Of images, given as pixels."""
        first, *deeper = (
            coupling(tokens) for coupling, tokens in zip(self.couplings, (self.context, *self.deep), strict=True)
        )
        codes = image_codes(model.clip, images, first, deep=deeper)
        return codes @ self.class_codes(model, classes).T / model.temperature
