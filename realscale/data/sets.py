"""Every real set by name: what it is, how it is fetched, and how it is loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realscale.data.dataset import ImageTextSet
from realscale.data.emoji import SIZES, folder, load_emoji, stored_concepts, stored_style
from realscale.data.emoji_fetch import fetch_emoji
from realscale.data.sources import Package, caption_package, emoji_styles


@dataclass(frozen=True)
class RealSet:
    """One set: its packages by the role they play, how to fetch and load it, its folder, what is cached of it."""

    about: str
    packages: Callable[[], Mapping[str, Package]]
    fetch: Callable[..., Path]
    load: Callable[..., ImageTextSet]
    folder: Callable[[], Path]
    cached: Callable[[], tuple[str, ...]]


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


SETS: Mapping[str, RealSet] = {
    "emoji": RealSet(
        about="the same emoji drawn by six vendors, with CLDR names; content = which emoji, style = which vendor",
        packages=_emoji_packages,
        fetch=fetch_emoji,
        load=load_emoji,
        folder=folder,
        cached=_emoji_cached,
    )
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
