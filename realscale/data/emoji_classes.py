"""The set `emoji-classes`: emoji of five broad classes by five vendors, large enough for a pretrained image tower."""

import io
from collections.abc import Mapping

import numpy as np

from realscale.data.cache import Stored
from realscale.data.dataset import ImageTextSet
from realscale.data.duplicates import connected_groups, same_drawings
from realscale.data.emoji import chosen_styles, folder, read_concepts
from realscale.data.emoji_fetch import style_icons
from realscale.data.icons import icon_svg, rasterise, rasteriser_version
from realscale.data.progress import Progress
from realscale.data.sources import caption_package

CLASSES: Mapping[str, tuple[str, ...]] = {
    "vehicle": ("transport-ground", "transport-air", "transport-water"),
    "mammal": ("animal-mammal",),
    "building": ("place-building",),
    "clothing": ("clothing",),
    "fruit": ("food-fruit",),
}
STYLES = ("noto", "twemoji", "openmoji", "fluent-flat", "noto-v1")
SIZE = 160
FETCH = "python -m realscale.pretrained fetch"
_FORMAT = 1  # raised when the stored content changes for the same sources


def _stored() -> tuple[Stored, dict[str, object]]:
    recipe = {
        "format": _FORMAT,
        "captions": caption_package().sha256,
        "icons": {style.name: style.package.sha256 for style in chosen_styles(STYLES)},
        "classes": {name: list(subgroups) for name, subgroups in CLASSES.items()},
        "size": SIZE,
    }
    return Stored(folder(), "classes", ".npz", FETCH), recipe


def fetch_emoji_classes(progress: Progress) -> None:
    """Draw the set into the data cache, unless it is there; the vendors' packages are fetched through npm if need be.

    The names of the emoji must be in the cache (`python -m realscale.data fetch emoji`).

    Raises:
        MissingData: the names are not there.
        DataError: npm or resvg-py is missing, a package cannot be fetched or is not the pinned one, no room on disk.
    """
    stored, recipe = _stored()
    if stored.state(recipe) == "current":
        return
    version = rasteriser_version()
    class_of = {subgroup: number for number, names in enumerate(CLASSES.values()) for subgroup in names}
    every = [concept for concept in read_concepts() if not concept.is_modifier]
    vendors = [style_icons(style, every, progress) for style in chosen_styles(STYLES)]
    concepts = [c for c in every if c.subgroup in class_of and all(c.code in matched for _, matched in vendors)]
    images = np.stack(
        [
            [rasterise(icon_svg(icon_set, matched[concept.code], SIZE)) for icon_set, matched in vendors]
            for concept in progress.track(concepts, f"drawing {len(STYLES)} vendors at {SIZE} pixels")
        ]
    )
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        images=images,
        codes=np.array([concept.code for concept in concepts]),
        captions=np.array([concept.caption for concept in concepts]),
        classes=np.array([class_of[concept.subgroup] for concept in concepts]),
    )
    stored.write(buffer.getvalue(), recipe, {"concepts": len(concepts), "resvg": version})


def load_emoji_classes() -> ImageTextSet:
    """Every concept by every vendor on white, 160 x 160 pixels: row `c * 5 + s` is concept c by vendor s.

    Raises:
        MissingData: the set is not in the cache; the message holds the command.
        DataError: the cached file is corrupt.
    """
    stored, recipe = _stored()
    with np.load(io.BytesIO(stored.read(recipe)), allow_pickle=False) as content:
        images, codes, captions, classes = (content[name] for name in ("images", "codes", "captions", "classes"))
    concepts, vendors = images.shape[:2]
    rows = np.repeat(np.arange(concepts), vendors)
    alike = np.concatenate([same_drawings(images[:, vendor]) for vendor in range(vendors)])
    styles = chosen_styles(STYLES)
    return ImageTextSet(
        name="emoji-classes",
        images=images.reshape(-1, SIZE, SIZE, 3),
        captions=tuple(captions[rows].tolist()),
        concepts=rows,
        concept_names=tuple(codes.tolist()),
        styles=np.tile(np.arange(vendors), concepts),
        style_names=STYLES,
        style_phrases=tuple(style.phrase for style in styles),
        classes=classes[rows],
        class_names=tuple(CLASSES),
        groups=connected_groups(concepts, alike)[rows],
        families=STYLES,
        licences={style.name: f"{style.package.licence}; {style.package.attribution}" for style in styles},
    )
