"""Image codes of a set, computed once per weights and set, in parts that an interrupted run goes on from."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float
from safetensors import safe_open
from safetensors.numpy import save_file

from realscale.data.cache import digest
from realscale.data.errors import DataError
from realscale.data.labelled import LabelledImages
from realscale.evaluation.models import Evaluated

Progress = Callable[[str, int, int], None]
CodesOf = Callable[[LabelledImages], Float[np.ndarray, "n d"]]

PART = 4096  # images a file of the cache holds
_PROBED = 16  # images whose pixels the fingerprint of a set covers


def set_fingerprint(images: LabelledImages, *, size: int) -> str:
    """SHA-256 of all labels of a set, and of the pixels of some of its pictures, evenly spread.

    Not of all pixels: that would decode a whole folder before its cached codes are found.
    """
    probed = np.unique(np.linspace(0, len(images) - 1, num=min(_PROBED, len(images))).astype(np.int64))
    labels = [images.name, list(images.captions), list(images.class_names), list(images.context_names)]
    columns = np.stack([images.classes, images.contexts, images.groups]).astype(np.int64)
    pixels = np.ascontiguousarray(images.pictures(probed, size=size))
    return digest(json.dumps(labels).encode() + columns.tobytes() + pixels.tobytes())


def cached_image_codes(
    model: Evaluated, images: LabelledImages, folder: Path, *, batch: int = 256, progress: Progress | None = None
) -> Float[np.ndarray, "n d"]:
    """Unit codes of every image, read from `folder` as far as they are there and kept there as they are made.

    A file holds the codes of 4,096 images and names weights, set and rows; one that is cut short or of something else
    is made again. Interrupted, a run loses at most one of them.

    Raises:
        ValueError: a set without images, or a batch below 1.
        DataError: an image that cannot be decoded, or no room on disk.
    """
    if not len(images) or batch < 1:
        raise ValueError(f"{len(images)} images in batches of {batch}; expected one image and one a batch at least")
    identity = digest(
        f"{model.fingerprint} {model.model.precision} {set_fingerprint(images, size=model.size)}".encode()
    )
    place = folder / identity[:16]
    parts = []
    for start in range(0, len(images), PART):
        stop = min(start + PART, len(images))
        path = place / f"{start:09d}.safetensors"
        about = {"identity": identity, "rows": f"{start}-{stop}"}
        codes = _read(path, about)
        if codes is None:
            made = []
            for first in range(start, stop, batch):
                rows = np.arange(first, min(first + batch, stop))
                made.append(model.image_codes(images.pictures(rows, size=model.size)))
                if progress is not None:
                    progress(f"codes of {images.name}", int(rows[-1]) + 1, len(images))
            codes = np.concatenate(made)
            _write(path, codes, about)
        parts.append(codes)
    return np.concatenate(parts)


def _read(path: Path, about: dict[str, str]) -> Float[np.ndarray, "n d"] | None:
    try:
        with safe_open(path, framework="numpy") as file:
            return file.get_tensor("codes") if file.metadata() == about else None
    except Exception:  # safetensors raises its own type for what is cut short, none for what is not there
        return None


def _write(path: Path, codes: Float[np.ndarray, "n d"], about: dict[str, str]) -> None:
    draft = path.with_suffix(".writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"codes": codes}, draft, metadata=about)
        draft.replace(path)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error}; expected a folder with room, codes are kept there") from error
