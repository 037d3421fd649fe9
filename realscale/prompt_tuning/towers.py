"""open_clip's towers run from embeddings, so that some of the embeddings can be learned."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import normalize

from realscale.clip_library import open_clip_library


def check_text_tower(clip: Any) -> None:
    """Refuse a model whose text tower is not CLIP's own: causal, read off at the end mark, one table of tokens.

    Raises:
        ValueError: another one (a transformer of another library, another pooling).
    """
    own = isinstance(clip, open_clip_library().model.CLIP)
    if not own or clip.attn_mask is None or clip.text_pool_type != "argmax" or not clip.transformer.batch_first:
        raise ValueError(
            f"prompts are learned in front of CLIP's own text tower, causal and read off at the end mark, and this "
            f"{type(clip).__name__} has another one; expected an architecture such as ViT-B-16 or RN50"
        )


def check_image_tower(clip: Any) -> None:
    """Refuse an image tower that is no vision transformer of open_clip: nowhere else can prompt tokens be put.

    Raises:
        ValueError: another one (a ResNet, a model of timm).
    """
    if not isinstance(clip.visual, open_clip_library().transformer.VisionTransformer):
        raise ValueError(
            f"MaPLe puts prompt tokens into every layer of both towers, and the image tower is a "
            f"{type(clip.visual).__name__}; expected a vision transformer of open_clip, such as that of ViT-B-16"
        )


def text_codes(
    clip: Any,
    embeddings: Float[Tensor, "n length width"],
    ends: Int[Tensor, " n"],
    *,
    deep: Sequence[Float[Tensor, "prompts width"]] = (),
) -> Float[Tensor, "n d"]:
    """Unit codes of texts given as token embeddings: `encode_text` from there on, cut behind the last end mark.

    deep: for the second layer and the following, what takes the place of the outputs of the layer before at the
    positions behind the start mark. Source: MaPLe (Khattak et al., CVPR 2023), section 3.2.
    """
    length = int(ends.max()) + 1
    kind = clip.transformer.get_cast_dtype()
    x = embeddings[:, :length].to(kind) + clip.positional_embedding[:length].to(kind)
    x = _through(clip.transformer.resblocks, x, clip.attn_mask[:length, :length], deep, first=1)
    x = clip.ln_final(x)[torch.arange(len(x), device=x.device), ends]
    if isinstance(clip.text_projection, nn.Linear):
        x = clip.text_projection(x)
    elif clip.text_projection is not None:
        x = x @ clip.text_projection
    return normalize(x.float(), dim=-1)


def image_codes(
    clip: Any,
    pixels: Float[Tensor, "n 3 size size"],
    prompts: Float[Tensor, "prompts width"],
    *,
    deep: Sequence[Float[Tensor, "prompts width"]] = (),
) -> Float[Tensor, "n d"]:
    """Unit codes of pictures with prompt tokens behind the patches; each of `deep` replaces them before a later layer.

    The tokens take no part in the pooling.
    """
    visual = clip.visual
    x = visual._embeds(pixels)
    patches = x.shape[1]
    x = torch.cat([x, visual.ln_pre(prompts).expand(len(x), -1, -1).to(x.dtype)], dim=1)
    x = _through(visual.transformer.resblocks, x, None, deep, first=patches)
    pooled, _ = visual._pool(x[:, :patches])
    return normalize((pooled if visual.proj is None else pooled @ visual.proj).float(), dim=-1)


def _through(
    blocks: nn.ModuleList,
    x: Float[Tensor, "n length width"],
    mask: Float[Tensor, "length length"] | None,
    deep: Sequence[Float[Tensor, "prompts width"]],
    *,
    first: int,
) -> Float[Tensor, "n length width"]:
    """All layers in turn; before each layer but the first, the next of `deep` is put at positions from `first` on."""
    for number, block in enumerate(blocks):
        if 0 < number <= len(deep):
            prompts = deep[number - 1].to(x.dtype).expand(len(x), -1, -1)
            x = torch.cat([x[:, :first], prompts, x[:, first + prompts.shape[1] :]], dim=1)
        x = block(x, attn_mask=mask)
    return x
