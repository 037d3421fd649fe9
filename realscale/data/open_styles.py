"""The set `open-styles`: ten kinds of things in six styles, from photos to line drawings, for leaving one style out.

No drawing is in two styles: emoji of different styles are of different vendors, and what two packages share is kept
once. The same emoji in several styles is one concept, so that a split by groups never has it on both sides.
"""

import io
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from realscale.data.cache import Stored, digest, root
from realscale.data.dataset import ImageTextSet
from realscale.data.open_styles_catalogue import catalogue
from realscale.data.sources import Package, caption_package, packages

NAME = "open-styles"
SIZE = 112
FETCH = f"python -m realscale.pretrained fetch {NAME}"  # the pictures and their features
_FORMAT = 1  # raised when the stored content changes for the same sources


def folder() -> Path:
    """Where the set is cached."""
    return root() / NAME


def used_packages() -> dict[str, Package]:
    """The packages that the set is made of, by name; those of Debian first."""
    icons = [name for names in catalogue().icon_sets.values() for name in names]
    return {name: packages()[name] for name in (*catalogue().rules, *icons, caption_package().name)}


def stored_pictures() -> tuple[Stored, dict[str, Any]]:
    """Where the pictures are cached, and the recipe they must be made by."""
    recipe = {
        "format": _FORMAT,
        "packages": {name: package.sha256 for name, package in used_packages().items()},
        "catalogue": digest(catalogue().text.encode()),
        "size": SIZE,
    }
    return Stored(folder(), "pictures", ".npz", FETCH), recipe


def counts(dataset: ImageTextSet) -> dict[str, dict[str, int]]:
    """Number of pictures by style and class; every class is listed, also one that a style has not."""
    seen = Counter(zip(dataset.styles.tolist(), dataset.classes.tolist(), strict=True))
    return {
        style: {label: seen[number, other] for other, label in enumerate(dataset.class_names)}
        for number, style in enumerate(dataset.style_names)
    }


def load_open_styles() -> ImageTextSet:
    """All pictures on white, 112 x 112 pixels, style by style.

    Raises:
        MissingData: the set is not in the cache; the message holds the command.
        DataError: the cached file is corrupt.
    """
    stored, recipe = stored_pictures()
    with np.load(io.BytesIO(stored.read(recipe)), allow_pickle=False) as content:
        found = dict(content)
    concept_names, concepts = np.unique(found["things"], return_inverse=True)
    known = catalogue()
    styles = tuple(known.domains)
    origins = {style: set(found["packages"][found["styles"] == number]) for number, style in enumerate(styles)}
    return ImageTextSet(
        name=NAME,
        images=found["images"],
        captions=tuple(found["captions"].tolist()),
        concepts=concepts,
        concept_names=tuple(concept_names.tolist()),
        styles=found["styles"],
        style_names=styles,
        style_phrases=tuple(known.domains.values()),
        classes=found["classes"],
        class_names=known.classes,
        groups=found["groups"],
        families=styles,
        licences={
            style: "; ".join(f"{p.licence}: {p.attribution}" for name, p in used_packages().items() if name in names)
            for style, names in origins.items()
        },
    )
