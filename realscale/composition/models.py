"""What is scored: two towers, and the baselines that no image, or nothing at all, tells anything."""

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from PIL import Image

from realscale.clip_library import Activation, check_activation
from scm.spelling import nearest_names
from scm.streams import stream


@runtime_checkable
class Towers(Protocol):
    """A dual encoder: codes of images and of texts, compared by their inner product."""

    def encode_images(self, images: Sequence[Image.Image]) -> Float[np.ndarray, "n d"]:
        """Unit codes of the images."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit codes of the texts."""
        ...


class OpenClip:
    """A model of open_clip: an architecture by name, with weights from a local file or a tag.

    Texts are not carried to the full context: behind a causal mask no token sees what follows it, so that the code read
    off the end mark is the same without the padding behind the longest text of a batch.

    Raises:
        RuntimeError: the extra `realscale` is not installed, or open_clip knows no such model or weights.
        ValueError: GELU where the weights were trained with QuickGELU or the other way round, or nobody knows with
            which (`check_activation`); `activation` says it.
    """

    def __init__(
        self,
        architecture: str,
        pretrained: str | None = None,
        *,
        activation: Activation | None = None,
        device: str = "cpu",
    ) -> None:
        try:
            import open_clip
        except ImportError as error:
            raise RuntimeError(
                "open_clip is not installed; expected the extra: pip install 'token-scm[realscale]'"
            ) from error
        known = open_clip.list_models()
        if ":" not in architecture and architecture not in known:  # with a colon it is an address, as of a hub
            near = nearest_names(architecture, known)
            raise RuntimeError(
                f"open_clip knows no architecture {architecture!r}; "
                + (
                    f"nearest of its {len(known)}: {', '.join(near)}"
                    if near
                    else f"none of its {len(known)} is near it"
                )
            )
        if pretrained is not None and architecture in known:
            check_activation(architecture, pretrained, activation)
        self.device = device
        self.model, _, self.transform = open_clip.create_model_and_transforms(architecture, pretrained, device=device)
        self.model.eval()
        self.tokenizer = open_clip.get_tokenizer(architecture)

    def encode_images(self, images: Sequence[Image.Image]) -> Float[np.ndarray, "n d"]:
        """Unit codes of the images, each transformed as the model wants it."""
        import torch

        with torch.inference_mode():
            batch = torch.stack([self.transform(image) for image in images]).to(self.device)
            return self.model.encode_image(batch, normalize=True).float().cpu().numpy()

    def encode_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit codes of the texts, cut at the model's context length."""
        import torch

        from realscale.clip_texts import unit_text_codes

        with torch.inference_mode():
            tokens = self.tokenizer(list(texts)).to(self.device)
            return unit_text_codes(self.model, tokens).float().cpu().numpy()


def random_scores(texts: Sequence[str], images: Sequence[str], *, seed: int) -> Float[np.ndarray, " n"]:
    """A score drawn for each (image's name, text): chance, reproducible whatever the order and the images' folder."""
    return np.array([stream(seed, image, text).random() for image, text in zip(images, texts, strict=True)])


class BlindLanguageModel:
    """Plausibility of a text alone: mean log-probability of its word pairs, learned from captions of other items.

    Bigrams with add-one smoothing, in `folds` folds: a caption is scored by counts of the other folds, so that no text
    is scored by itself. Texts of which it knows nothing tie. Captions of one template ("the X is under the Y") do stand
    in several folds: it knows the template, and judges what fills it. What it gets right of a benchmark needs no image.
    """

    def __init__(self, captions: Sequence[str], *, folds: int = 5) -> None:
        self.folds = folds
        self.pairs: list[Counter[tuple[str, str]]] = [Counter() for _ in range(folds)]
        self.words: list[Counter[str]] = [Counter() for _ in range(folds)]
        for caption in captions:
            words = ["", *caption.lower().split(), ""]
            self.pairs[self.fold(caption)].update(pairwise(words))
            self.words[self.fold(caption)].update(words[:-1])
        self.all_pairs = sum(self.pairs, Counter())
        self.all_words = sum(self.words, Counter())

    def fold(self, caption: str) -> int:
        """The fold of a caption: a hash of its sorted words, so that its reorderings share it."""
        return zlib.crc32(" ".join(sorted(caption.lower().split())).encode()) % self.folds

    def score(self, text: str, caption: str) -> float:
        """Mean log-probability of the text's word pairs by the counts outside the caption's fold, in nats a pair."""
        held = self.fold(caption)
        pairs, words = self.pairs[held], self.words[held]
        vocabulary = len(self.all_words)
        sequence = list(pairwise(["", *text.lower().split(), ""]))
        logs = [
            math.log((self.all_pairs[pair] - pairs[pair] + 1) / (self.all_words[pair[0]] - words[pair[0]] + vocabulary))
            for pair in sequence
        ]
        # rounded after an exact sum: texts of the same pairs in another order, or of unseen pairs alone, are to tie
        return round(math.fsum(logs) / len(logs), 12)
