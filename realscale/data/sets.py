"""Every real set by name: what it is, how it is fetched, and how it is loaded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realscale.data.dataset import ImageTextSet
from realscale.data.emoji import SIZES, folder, load_emoji, stored_concepts, stored_style
from realscale.data.emoji_fetch import fetch_emoji
from realscale.data.open_styles import NAME as OPEN_STYLES
from realscale.data.open_styles import counts, load_open_styles, stored_pictures, used_packages
from realscale.data.open_styles import folder as open_styles_folder
from realscale.data.open_styles_fetch import fetch_open_styles
from realscale.data.progress import Progress
from realscale.data.sources import Package, caption_package, emoji_styles


@dataclass(frozen=True)
class RealSet:
    """One set: its packages by the role they play, how to fetch and load it, its folder, what is cached of it.

    `counts` gives the number of its pictures by style and class once it is cached.
    """

    about: str
    packages: Callable[[], Mapping[str, Package]]
    fetch: Callable[..., Path]
    load: Callable[..., ImageTextSet]
    folder: Callable[[], Path]
    cached: Callable[[], tuple[str, ...]]
    counts: Callable[[], Mapping[str, Mapping[str, int]]] | None = None


def _emoji_packages() -> Mapping[str, Package]:
    return {"captions": caption_package(), **{style.name: style.package for style in emoji_styles().values()}}


def _emoji_cached() -> tuple[str, ...]:
    concepts, recipe = stored_concepts()
    found = ["captions"] if concepts.state(recipe) == "current" else []
    for style in emoji_styles().values():
        for size in SIZES:
            stored, recipe = stored_style(style, size)
            if stored.state(recipe) == "current":
                found.append(f"{style.name}-{size}")
    return tuple(found)


def _fetch_open_styles(*, styles: Sequence[str] = (), size: int = SIZES[0], progress: Progress) -> Path:
    """Fetch the set as a whole: it has neither parts nor sizes."""
    if styles or size != SIZES[0]:
        raise ValueError(
            f"styles are {list(styles)} and size is {size} for the set {OPEN_STYLES!r}, expected neither: its styles "
            "are left out one by one when it is used, and its pictures are drawn at one size"
        )
    return fetch_open_styles(progress)


def _open_styles_cached() -> tuple[str, ...]:
    stored, recipe = stored_pictures()
    return ("pictures",) if stored.state(recipe) == "current" else ()


SETS: Mapping[str, RealSet] = {
    "emoji": RealSet(
        about="the same emoji drawn by six vendors, with CLDR names; content = which emoji, style = which vendor",
        packages=_emoji_packages,
        fetch=fetch_emoji,
        load=load_emoji,
        folder=folder,
        cached=_emoji_cached,
    ),
    OPEN_STYLES: RealSet(
        about="ten kinds of things as photo, cartoon, clip art, flat emoji, 3-D emoji and line art; needs Debian 12",
        packages=used_packages,
        fetch=_fetch_open_styles,
        load=load_open_styles,
        folder=open_styles_folder,
        cached=_open_styles_cached,
        counts=lambda: counts(load_open_styles()),
    ),
}


def find_set(name: str) -> RealSet:
    """The set of this name.

    Raises:
        ValueError: there is none.
    """
    if name not in SETS:
        raise ValueError(f"no real set is named {name!r}; there are: {', '.join(SETS)}")
    return SETS[name]


def load(name: str, **options: Any) -> ImageTextSet:
    """The cached set `name`; the options are those of its own loader (for emoji see `load_emoji`).

    Raises:
        MissingData: it is not cached; the message holds the command that fetches it.
        DataError: a cached file is corrupt. ValueError: an unknown set or option value.
    """
    return find_set(name).load(**options)
