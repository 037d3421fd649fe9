"""Composition of the evaluated model: the benchmarks by the composition scorer, and pairs of emoji."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image

from identifiability.metrics.winoground import CHANCE, caption_choice, winoground_score
from realscale.composition.__main__ import Name, read
from realscale.composition.scoring import TOLERANCE, encode, identity, official_figure, report
from realscale.data.dataset import ImageTextSet
from realscale.data.emoji_pair_set import emoji_pairs
from realscale.evaluation.codes import Progress
from realscale.evaluation.models import Evaluated


@dataclass(frozen=True)
class ModelTowers:
    """The evaluated model as the composition scorer takes it; pictures go through open_clip's own transform."""

    model: Evaluated

    @cached_property
    def transform(self) -> Any:
        """Of a PIL image, as open_clip evaluates."""
        from open_clip.transform import PreprocessCfg, image_transform_v2

        return image_transform_v2(PreprocessCfg(**self.model.model.clip.visual.preprocess_cfg), is_train=False)

    def encode_images(self, images: Sequence[Image.Image]) -> Float[np.ndarray, "n d"]:
        """Unit codes of the images."""
        pixels = torch.stack([self.transform(image) for image in images])
        return self.model.pixel_codes(pixels)

    def encode_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit codes of the texts."""
        return self.model.text_codes(texts)


def benchmark_scores(
    model: Evaluated, name: Name, root: Path, images: Path | None, *, batch: int, progress: Progress | None, seed: int
) -> dict[str, Any]:
    """The scorer's report of one benchmark: micro, macro, official figure, each type with interval and tie rate.

    Raises:
        BenchmarkError: files that are not as the benchmark's own.
    """
    benchmark = read(name, root, images, seed=seed)
    scores = encode(benchmark, ModelTowers(model), batch=batch, progress=progress).scores(benchmark.items)
    found = report(benchmark, scores)
    return {
        "official": official_figure(benchmark, found),
        "macro": found.macro,
        "worst": found.worst,
        "micro": asdict(found.micro),
        "types": {kind: asdict(row) for kind, row in found.types.items()},
        "identity": identity(benchmark),
        "skipped": dict(benchmark.skipped),
    }


def emoji_composition(model: Evaluated, images: ImageTextSet, codes: Float[np.ndarray, "n d"]) -> dict[str, Any]:
    """Pairs of emoji whose captions are one SWAP, REPLACE or ADD apart, drawn by each vendor that draws both.

    Choice of the caption by operator, and Winoground's text, image and group score beside their chance. Pairs that
    share a caption, and drawings of one pair by several vendors, are not independent: intervals are too narrow.

    Raises:
        ValueError: a set without any such pair.
    """
    pairs = emoji_pairs(images)
    if not len(pairs):
        raise ValueError(f"the {len(images)} images of {images.name} hold no pair of captions; expected the whole set")
    texts = model.text_codes([caption for pair in pairs.pairs for caption in pair.captions])
    captions = texts.reshape(len(pairs.pairs), 2, -1)[pairs.pair]
    scores = np.einsum("nkd,nld->nkl", codes[pairs.rows].astype(np.float64), captions.astype(np.float64))
    operators = [pairs.pairs[number].operator for number in pairs.pair]
    chosen = caption_choice(scores, operators, tolerance=TOLERANCE)
    return {
        "macro": chosen.macro,
        "worst": chosen.worst,
        "micro": asdict(chosen.micro),
        "types": {kind: asdict(row) for kind, row in chosen.types.items()},
        "winoground": {**asdict(winoground_score(scores, tolerance=TOLERANCE)), "chance": dict(CHANCE)},
        "caption_pairs": len(pairs.pairs),
    }
