"""Scores of a small CLIP on pairs of captions and pictures, and its zero-shot accuracy of classes."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch.nn.functional import normalize

from realscale.composition_training.corpus import Gallery
from realscale.composition_training.model import SmallCLIP, pixels
from realscale.data.emoji_pairs import CaptionPair
from realscale.data.emoji_scene_pairs import ScenePair


def image_codes(model: SmallCLIP, images: np.ndarray) -> Float[np.ndarray, "n d"]:
    """Unit codes of uint8 pictures."""
    with torch.no_grad():
        parts = [model.image_codes(part) for part in pixels(images).split(512)]
    return normalize(torch.cat(parts).double(), dim=1).numpy()


def text_codes(model: SmallCLIP, captions: Sequence[str]) -> Float[np.ndarray, "n d"]:
    """Unit codes of captions, each different one encoded once."""
    different = {caption: row for row, caption in enumerate(dict.fromkeys(captions))}
    with torch.no_grad():
        parts = [model.text_codes(part) for part in model.tokens(list(different)).split(512)]
    codes = normalize(torch.cat(parts).double(), dim=1).numpy()
    return codes[[different[caption] for caption in captions]]


def pair_scores(
    model: SmallCLIP, gallery: Gallery, pairs: Sequence[CaptionPair | ScenePair], vendor: int
) -> Float[np.ndarray, "n 2 2"]:
    """Cosine of picture k and caption l of each pair, in the drawings of one vendor."""
    captions: list[str] = []
    pictures = []
    for pair in pairs:
        if isinstance(pair, ScenePair):
            captions += pair.captions.captions
            pictures.append(gallery.scene_pictures(pair.scenes, np.array([vendor, vendor])))
        else:
            captions += pair.captions
            pictures.append(gallery.images[[gallery.row(caption) for caption in pair.captions], vendor])
    images = image_codes(model, np.concatenate(pictures)).reshape(len(pairs), 2, -1)
    texts = text_codes(model, captions).reshape(len(pairs), 2, -1)
    return np.einsum("nkd,nld->nkl", images, texts)


def class_accuracy(
    model: SmallCLIP, gallery: Gallery, rows: Int[np.ndarray, " labels"], vendor: int
) -> tuple[float, float]:
    """(subgroup, label): zero-shot accuracy of the emoji in `rows`, drawn by one vendor.

    The prompts of a subgroup are the labels of its emoji in `rows`; its code is the mean of their unit codes.
    """
    images = image_codes(model, gallery.images[rows, vendor])
    texts = text_codes(model, [gallery.labels[row] for row in rows])
    names, classes = np.unique([gallery.subgroups[row] for row in rows], return_inverse=True)
    prompts = np.stack([texts[classes == number].mean(axis=0) for number in range(len(names))])
    prompts /= np.linalg.norm(prompts, axis=1, keepdims=True)
    return (
        float(((images @ prompts.T).argmax(axis=1) == classes).mean()),
        float(((images @ texts.T).argmax(axis=1) == np.arange(len(rows))).mean()),
    )
