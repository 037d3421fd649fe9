"""Scores of a small CLIP on pairs of captions and pictures, and its zero-shot accuracy of classes."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
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
    model: SmallCLIP, pairs: Sequence[CaptionPair | ScenePair], pictures: UInt8[np.ndarray, "vendors n 2 size size 3"]
) -> Float[np.ndarray, "vendors n 2 2"]:
    """Cosine of picture k and caption l of each pair, in the drawings of each vendor (`pair_pictures`)."""
    texts = [caption for pair in pairs for caption in caption_pair(pair).captions]
    captions = text_codes(model, texts).reshape(len(pairs), 2, -1)
    images = image_codes(model, pictures.reshape(-1, *pictures.shape[3:])).reshape(*pictures.shape[:3], -1)
    return np.einsum("vnkd,nld->vnkl", images, captions)


def pair_pictures(
    gallery: Gallery, pairs: Sequence[CaptionPair | ScenePair]
) -> UInt8[np.ndarray, "vendors n 2 size size 3"]:
    """The two pictures of each pair by every vendor."""
    vendors, size = len(gallery.vendors), gallery.images.shape[2]
    pictures = np.empty((vendors, len(pairs), 2, size, size, 3), dtype=np.uint8)
    placed = {place: pair.scenes for place, pair in enumerate(pairs) if isinstance(pair, ScenePair)}
    alone = {place: pair.captions for place, pair in enumerate(pairs) if isinstance(pair, CaptionPair)}
    scenes = [scene for both in placed.values() for scene in both]
    labels = [gallery.rows[label] for both in alone.values() for label in both]
    for vendor in range(vendors):
        drawn = gallery.scene_pictures(scenes, np.full(len(scenes), vendor))
        pictures[vendor, list(placed)] = drawn.reshape(-1, 2, size, size, 3)
        pictures[vendor, list(alone)] = gallery.images[labels, vendor].reshape(-1, 2, size, size, 3)
    return pictures


def caption_pair(pair: CaptionPair | ScenePair) -> CaptionPair:
    """The captions of a pair, of single emoji or of scenes."""
    return pair.captions if isinstance(pair, ScenePair) else pair


def class_accuracy(
    model: SmallCLIP, gallery: Gallery, rows: Int[np.ndarray, " labels"], vendors: Sequence[int]
) -> Float[np.ndarray, " vendors"]:
    """Zero-shot accuracy of the CLDR subgroup of the emoji in `rows`, drawn by each vendor.

    The prompts of a subgroup are the labels of its emoji in `rows`; its code is the mean of their unit codes.
    """
    texts = text_codes(model, [gallery.labels[row] for row in rows])
    names, classes = np.unique([gallery.subgroups[row] for row in rows], return_inverse=True)
    prompts = np.stack([texts[classes == number].mean(axis=0) for number in range(len(names))])
    prompts /= np.linalg.norm(prompts, axis=1, keepdims=True)
    images = [image_codes(model, gallery.images[rows, vendor]) for vendor in vendors]
    return np.array([float(((codes @ prompts.T).argmax(axis=1) == classes).mean()) for codes in images])
