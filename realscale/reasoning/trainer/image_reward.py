"""The process reward of a batch of rollouts: each completion against the image of its example, with a frozen CLIP."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from realscale.composition.models import OpenClip
from realscale.reasoning.reward import ProcessReward
from realscale.reasoning.trainer.rollouts import Rollouts

Encode = Callable[[Sequence[Image.Image]], Tensor]


class ImageReward:
    """What a trainer calls: images are encoded once a batch, however many completions are about them.

    Logged: process/likelihood, process/overlap (means over windows), process/windows (texts asked for),
    process/windows_encoded (texts that went through the encoder).

    Args:
        reward: the scorer of completions.
        images: codes (n, d) of images.
        patches: codes (n, M, d) of the parts of images, for the patch term.

    Raises:
        ValueError: a patch term in the settings without patches, or patches without it.
    """

    def __init__(self, reward: ProcessReward, images: Encode, *, patches: Encode | None = None) -> None:
        if (reward.settings.patch_weight == 0) != (patches is None):
            raise ValueError(
                f"patch_weight is {reward.settings.patch_weight} and codes of patches are "
                f"{'missing' if patches is None else 'given'}; expected both or neither"
            )
        self.reward, self.images, self.patches = reward, images, patches

    def __call__(self, rollouts: Rollouts) -> Float[Tensor, "B T"]:
        """Rewards of the tokens.

        Raises:
            ValueError: an example without an image.
        """
        found = [image for image in rollouts.images if image is not None]
        if len(found) < len(rollouts.images):
            raise ValueError(
                f"{len(rollouts.images) - len(found)} of {len(rollouts.images)} examples have no image; expected one "
                "each, because the reward is how well the words go with it"
            )
        contents = [(image.size, image.mode, image.tobytes()) for image in found]
        numbers = {content: number for number, content in enumerate(dict.fromkeys(contents))}
        different = [found[contents.index(content)] for content in numbers]
        own = torch.tensor([numbers[content] for content in contents])
        device, encoder = rollouts.mask.device, self.reward.encoder
        asked, encoded = encoder.asked, encoder.encoded
        scored = self.reward(
            self.images(different)[own].to(device),
            rollouts.texts,
            rollouts.mask,
            patches=None if self.patches is None else self.patches(different)[own].to(device),
        )
        rollouts.log("process/likelihood", float(scored.likelihood[scored.steps].mean()))
        rollouts.log("process/overlap", float(scored.overlap[scored.steps].float().mean()))
        rollouts.log("process/windows", float(encoder.asked - asked))
        rollouts.log("process/windows_encoded", float(encoder.encoded - encoded))
        return scored.rewards


def patch_codes(towers: OpenClip) -> Encode:
    """Codes of the patches of images: the image tower's last tokens, through the projection of its pooled code.

    Raises:
        ValueError: a tower that does not end in a projection of normalised tokens.
    """
    visual = towers.model.visual
    if (
        type(visual).__name__ != "VisionTransformer"
        or visual.attn_pool is not None
        or visual.final_ln_after_pool
        or visual.proj is None
    ):
        raise ValueError(
            f"the image tower is a {type(visual).__name__} whose tokens have no place among the codes of texts; "
            "expected open_clip's own ViT that projects normalised tokens, or reward.patch-weight 0"
        )

    @torch.inference_mode()
    def encode(images: Sequence[Image.Image]) -> Tensor:
        batch = torch.stack([towers.transform(image) for image in images]).to(towers.device)
        visual.output_tokens = True
        try:
            _, tokens = visual(batch)
        finally:
            visual.output_tokens = False
        return normalize(tokens @ visual.proj, dim=-1).float()

    return encode
