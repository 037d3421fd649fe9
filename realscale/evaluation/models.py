"""What is evaluated: an open_clip model with the hash of its weights, and its codes of prompts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import normalize

from realscale.clip_library import Activation
from realscale.midtraining.models import ClipModel, Precision

Device = Literal["auto", "cpu", "cuda"]
_TEXTS = 256  # captions that go through the text tower at once


@dataclass(frozen=True)
class Evaluated:
    """A model in evaluation mode on its device; fingerprint: SHA-256 of its weights."""

    model: ClipModel
    pretrained: str | None
    seed: int
    fingerprint: str

    @property
    def size(self) -> int:
        """Width and height of the pictures that the image tower takes."""
        found = self.model.clip.visual.image_size
        return int(found[0] if isinstance(found, tuple) else found)

    @property
    def temperature(self) -> float:
        """What cosines are divided by to be logits."""
        return float(self.model.temperature.detach())

    def describe(self) -> dict[str, Any]:
        """Which weights these are, ready for a record; random ones show that the code runs and nothing else."""
        return {
            "architecture": self.model.name,
            "pretrained": self.pretrained,
            "weights": "random" if self.pretrained is None else "loaded",
            "weights_seed": self.seed if self.pretrained is None else None,
            "sha256": self.fingerprint,
            "device": str(self.model.device),
            "precision": self.model.precision,
            "image_size": self.size,
            "temperature": self.temperature,
        }

    def image_codes(self, pictures: UInt8[np.ndarray, "n size size 3"]) -> Float[np.ndarray, "n d"]:
        """Unit codes of pictures that have the model's size."""
        return self.pixel_codes(self.model.pixels(pictures))

    @torch.no_grad()
    def pixel_codes(self, pixels: Float[Tensor, "n 3 size size"]) -> Float[np.ndarray, "n d"]:
        """Unit codes of pixels as the tower takes them."""
        return normalize(self.model.image_codes(pixels.to(self.model.device)), dim=1).cpu().numpy()

    @torch.no_grad()
    def text_codes(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit codes of texts, each different one encoded once."""
        different = sorted(dict.fromkeys(texts), key=len)  # of about one length together: little padding
        place = {text: row for row, text in enumerate(different)}
        starts = range(0, len(different), _TEXTS)
        parts = [self.model.text_codes(different[start : start + _TEXTS]).cpu() for start in starts]
        return torch.cat(parts).numpy()[[place[text] for text in texts]]


def evaluated(
    architecture: str,
    pretrained: str | None = None,
    *,
    activation: Activation | None = None,
    device: Device = "auto",
    precision: Precision = "float32",
    seed: int = 0,
) -> Evaluated:
    """The model of an architecture with the weights of a tag or of a file; None: random ones that the seed decides.

    Raises:
        ValueError: no such device here; and as `ClipModel`.
        MissingData, RuntimeError: as `ClipModel`.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device is 'cuda' and torch finds none here; expected 'cpu', or 'auto': what is there")
    place = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    model = ClipModel(architecture, pretrained, seed=seed, precision=precision, activation=activation)
    fingerprint = weights_fingerprint(model)
    model.eval().requires_grad_(False).to(place)
    return Evaluated(model, pretrained, seed, fingerprint)


def weights_fingerprint(model: ClipModel) -> str:
    """SHA-256 of the names, shapes, types and bytes of all weights."""
    found = hashlib.sha256()
    for name, tensor in sorted(model.clip.state_dict().items()):
        found.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        found.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()
