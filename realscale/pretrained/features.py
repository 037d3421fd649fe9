"""Features of a set by the pretrained image tower, computed once and kept with the hashes of pictures and weights."""

import io
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from realscale.data.cache import Stored, digest, root
from realscale.data.dataset import ImageTextSet
from realscale.data.progress import Progress
from realscale.pretrained.weights import ARCHITECTURE, FETCH, WHEEL

_BATCH = 32
_PIXELS_A_SECOND = 1.3e6  # of one core: 50 pictures of 160 x 160
_FORMAT = 1  # raised when the same pictures and weights give other features


@runtime_checkable
class Tower(Protocol):
    """What features come from (`realscale.pretrained.image_tower.ImageTower`)."""

    def features(self, images: UInt8[np.ndarray, "n height width 3"]) -> Float[np.ndarray, "n d"]:
        """One row of features for each image."""


def _stored(dataset: ImageTextSet) -> tuple[Stored, dict[str, Any]]:
    recipe = {
        "format": _FORMAT,
        "tower": ARCHITECTURE,
        "weights": WHEEL.sha256,
        "images": digest(np.ascontiguousarray(dataset.images).tobytes()),
        "shape": list(dataset.images.shape),
    }
    return Stored(root() / "features", f"{dataset.name}-{ARCHITECTURE}", ".npz", f"{FETCH} {dataset.name}"), recipe


def image_features(dataset: ImageTextSet) -> Float[np.ndarray, "n d"]:
    """The cached features of the set's images, row by row.

    Raises:
        MissingData: they are not cached, or of other pictures or weights; the message holds the command.
        DataError: the cached file is corrupt.
    """
    stored, recipe = _stored(dataset)
    with np.load(io.BytesIO(stored.read(recipe)), allow_pickle=False) as content:
        return content["features"]


def store_features(dataset: ImageTextSet, make_tower: Callable[[], Tower], progress: Progress) -> None:
    """Compute the features of the set's images in one thread, and keep them.

    Where they are kept already no tower is made.

    Raises:
        DataError: no room on disk.
    """
    stored, recipe = _stored(dataset)
    if stored.state(recipe) == "current":
        return
    seconds = dataset.images[..., 0].size / _PIXELS_A_SECOND
    progress.say(f"features of {dataset.name}: {len(dataset)} images, about {seconds:.0f} s")
    tower, starts = make_tower(), range(0, len(dataset), _BATCH)
    parts = [tower.features(dataset.images[start : start + _BATCH]) for start in starts]
    buffer = io.BytesIO()
    np.savez_compressed(buffer, features=np.concatenate(parts))
    stored.write(buffer.getvalue(), recipe, {"set": dataset.name, "images": len(dataset), "licence": WHEEL.licence})
