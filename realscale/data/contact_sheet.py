"""A contact sheet as data: one row a concept, one column a style, small enough to lie in a JSON record."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from realscale.data.dataset import ImageTextSet


@dataclass(frozen=True)
class ContactSheet:
    """The grid of images with the captions of its rows and the styles of its columns."""

    grid: UInt8[np.ndarray, "height width 3"]
    rows: tuple[str, ...]
    columns: tuple[str, ...]

    def to_record(self) -> dict[str, Any]:
        """Labels and the grid as a base64 string of a PNG file."""
        buffer = io.BytesIO()
        Image.fromarray(self.grid).save(buffer, format="PNG", optimize=True)
        return {
            "rows": list(self.rows),
            "columns": list(self.columns),
            "png": base64.b64encode(buffer.getvalue()).decode("ascii"),
        }


def contact_sheet(dataset: ImageTextSet, concepts: int | Sequence[str], *, rng: np.random.Generator) -> ContactSheet:
    """The images of some concepts in every style: of the named ones, or of that many drawn without replacement.

    A cell without an image stays white; of several images of one concept in one style the first is shown.

    Raises:
        ValueError: a concept is not in the set, or more are asked for than it has.
    """
    present = np.unique(dataset.concepts)
    if isinstance(concepts, int):
        if not 1 <= concepts <= len(present):
            raise ValueError(
                f"{concepts} concepts asked for, but the set {dataset.name!r} has {len(present)}; they are drawn "
                "without replacement"
            )
        chosen = np.sort(rng.choice(present, size=concepts, replace=False))
    else:
        unknown = sorted(set(concepts) - {dataset.concept_names[concept] for concept in present})
        if unknown:
            raise ValueError(f"no image of the concepts {unknown[:5]} in the set {dataset.name!r}; they have no row")
        chosen = np.array([dataset.concept_names.index(name) for name in concepts], dtype=np.int64)
    styles = np.unique(dataset.styles)
    height, width = dataset.images.shape[1:3]
    grid = np.full((len(chosen), height, len(styles), width, 3), 255, dtype=np.uint8)
    captions = []
    for row, concept in enumerate(chosen):
        images = np.flatnonzero(dataset.concepts == concept)
        captions.append(dataset.captions[images[0]])
        for image in images[::-1]:
            grid[row, :, int(np.searchsorted(styles, dataset.styles[image]))] = dataset.images[image]
    return ContactSheet(
        grid=grid.reshape(len(chosen) * height, len(styles) * width, 3),
        rows=tuple(captions),
        columns=tuple(dataset.style_names[style] for style in styles),
    )
