"""The set `emoji`: the same concepts drawn by independent vendors, with the CLDR name of each as its caption."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from realscale.data.cache import Stored, root
from realscale.data.concepts import Concept
from realscale.data.dataset import ImageTextSet
from realscale.data.duplicates import connected_groups
from realscale.data.errors import MissingData
from realscale.data.sources import Style, caption_package, emoji_styles

INDEPENDENT_VENDORS = ("noto", "twemoji", "openmoji", "fluent-flat")
SIZES = (32, 64)
_FORMAT = 1  # raised when the stored content changes for the same sources


def folder() -> Path:
    """Where the set is cached."""
    return root() / "emoji"


def chosen_styles(names: Sequence[str]) -> tuple[Style, ...]:
    """The vendors of these names.

    Raises:
        ValueError: no name, a name twice, or an unknown name.
    """
    known = emoji_styles()
    unknown = [name for name in names if name not in known]
    if unknown or not names or len(set(names)) != len(names):
        raise ValueError(
            f"styles are {list(names)}, expected one or more different names out of {list(known)}: each is the whole "
            "work of one vendor"
        )
    return tuple(known[name] for name in names)


def check_size(size: int) -> None:
    """Raise ValueError unless the set is made at this size."""
    if size not in SIZES:
        raise ValueError(f"size is {size} pixels, expected one of {SIZES}: images are drawn once, at these sizes")


def _fetch_command(size: int) -> str:
    return "python -m realscale.data fetch emoji" + ("" if size == SIZES[0] else f" --size {size}")


def stored_concepts() -> tuple[Stored, dict[str, Any]]:
    """Where the concepts are cached, and the recipe they must be made by."""
    recipe = {"format": _FORMAT, "captions": caption_package().sha256}
    return Stored(folder(), "concepts", ".json", _fetch_command(SIZES[0])), recipe


def stored_style(style: Style, size: int) -> tuple[Stored, dict[str, Any]]:
    """Where one vendor's images are cached, and the recipe they must be made by."""
    recipe = {
        "format": _FORMAT,
        "captions": caption_package().sha256,
        "icons": style.package.sha256,
        "size": size,
        "old_names": dict(style.old_names),
        "wrong_names": sorted(style.wrong_names),
    }
    return Stored(folder(), f"{style.name}-{size}", ".npz", _fetch_command(size)), recipe


def read_concepts() -> tuple[Concept, ...]:
    """All concepts in Unicode's order, with tone variants.

    Raises:
        MissingData: the set is not cached. DataError: the cached file is corrupt.
    """
    stored, recipe = stored_concepts()
    return tuple(Concept.from_json(entry) for entry in json.loads(stored.read(recipe)))


def _read_style(style: Style, size: int) -> dict[str, np.ndarray]:
    stored, recipe = stored_style(style, size)
    with np.load(io.BytesIO(stored.read(recipe)), allow_pickle=False) as content:
        return dict(content)


def _groups(concepts: Sequence[Concept], parts: Sequence[dict[str, np.ndarray]]) -> Int[np.ndarray, " concepts"]:
    """Concepts belong together when one is a tone variant of the other or one vendor draws both alike."""
    position = {concept.code: index for index, concept in enumerate(concepts)}
    bases: dict[str, int] = {}
    pairs = [(index, bases.setdefault(concept.base, index)) for index, concept in enumerate(concepts)]
    for part in parts:
        for first, second in part["codes"][part["same"]].tolist():
            if first in position and second in position:
                pairs.append((position[first], position[second]))
    return connected_groups(len(concepts), np.array(pairs, dtype=np.int64).reshape(-1, 2))


def load_emoji(
    *,
    styles: Sequence[str] = INDEPENDENT_VENDORS,
    size: int = SIZES[0],
    tones: bool = False,
    flags: bool = False,
    complete: bool = True,
) -> ImageTextSet:
    """The cached emoji of these vendors as `size` x `size` images on white, concept by concept in Unicode's order.

    `tones` adds skin tone variants and the bare tone and hair swatches, `flags` the flags; `complete` keeps only
    concepts that every one of the vendors draws, so that row `c * len(styles) + s` is concept c by vendor s.

    Raises:
        MissingData: a vendor is not in the cache; the message holds the command.
        DataError: a cached file is corrupt.
        ValueError: an unknown style or size.
    """
    vendors = chosen_styles(styles)
    check_size(size)
    absent = [vendor.name for vendor in vendors if stored_style(vendor, size)[0].record() is None]
    if absent or stored_concepts()[0].record() is None:
        raise MissingData(
            f"the emoji set at {size} pixels is not in the data cache {folder()} (absent: {absent or 'the captions'}); "
            f"it is fetched once, about 16 MB. Fetch it with: {_fetch_command(size)}"
        )
    parts = [_read_style(vendor, size) for vendor in vendors]
    rows = [{code: row for row, code in enumerate(part["codes"].tolist())} for part in parts]
    enough = len(vendors) if complete else 1
    concepts = [
        concept
        for concept in read_concepts()
        if (tones or not concept.is_modifier)
        and (flags or not concept.is_flag)
        and sum(concept.code in row for row in rows) >= enough
    ]
    index = [
        (number, vendor, row[concept.code])
        for number, concept in enumerate(concepts)
        for vendor, row in enumerate(rows)
        if concept.code in row
    ]
    concept_ids, style_ids, row_ids = np.array(index, dtype=np.int64).reshape(-1, 3).T
    images = np.empty((len(index), size, size, 3), dtype=np.uint8)
    for vendor, part in enumerate(parts):
        images[style_ids == vendor] = part["images"][row_ids[style_ids == vendor]]
    class_names = tuple(dict.fromkeys(concept.subgroup for concept in concepts))
    classes = np.array([class_names.index(concept.subgroup) for concept in concepts], dtype=np.int64)
    return ImageTextSet(
        name="emoji",
        images=images,
        captions=tuple(concepts[number].caption for number in concept_ids),
        concepts=concept_ids,
        concept_names=tuple(concept.code for concept in concepts),
        styles=style_ids,
        style_names=tuple(vendor.name for vendor in vendors),
        style_phrases=tuple(vendor.phrase for vendor in vendors),
        classes=classes[concept_ids],
        class_names=class_names,
        groups=_groups(concepts, parts)[concept_ids],
        families=tuple(vendor.name for vendor in vendors),
        licences={vendor.name: f"{vendor.package.licence}; {vendor.package.attribution}" for vendor in vendors},
        details=tuple(concept.to_json() for concept in concepts),
    )
