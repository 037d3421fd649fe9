"""Iconify icon sets to pixels: one JSON holds the body of every icon; an alias mirrors or turns its parent."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from realscale.data.errors import DataError

_DPI = 96.0  # resvg-py's default of 0 makes every length in points an invalid size


def icon_names(icon_set: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of all icons and aliases of the set."""
    return (*icon_set["icons"], *icon_set.get("aliases", {}))


def icon_svg(icon_set: Mapping[str, Any], name: str, size: int) -> str:
    """An SVG document of `size` x `size` pixels for one icon or alias; an oblong icon is centred on the square.

    An alias overrides its parent's box; mirrors (`hFlip`, `vFlip`) cancel and quarter turns (`rotate`) add up along
    the chain, as the Iconify types say.

    Raises:
        DataError: the name is unknown or its aliases form a circle.
    """
    icons, aliases = icon_set["icons"], icon_set.get("aliases", {})
    chain: list[Mapping[str, Any]] = []
    current = name
    while current not in icons and current in aliases and len(chain) <= len(aliases):
        chain.append(aliases[current])
        current = aliases[current]["parent"]
    if current not in icons:
        raise DataError(f"the icon set {icon_set.get('prefix')!r} has no icon {name!r} (it leads to {current!r})")
    chain.append(icons[current])

    def box(key: str, default: float) -> float:
        return float(next((entry[key] for entry in chain if key in entry), icon_set.get(key, default)))

    width, height, left, top = box("width", 16.0), box("height", 16.0), box("left", 0.0), box("top", 0.0)
    flip_x = sum(bool(entry.get("hFlip")) for entry in chain) % 2
    flip_y = sum(bool(entry.get("vFlip")) for entry in chain) % 2
    turns = sum(int(entry.get("rotate", 0)) for entry in chain) % 4
    middle_x, middle_y = left + width / 2, top + height / 2
    moves = f"translate({middle_x} {middle_y}) rotate({90 * turns}) " + (
        f"scale({-1 if flip_x else 1} {-1 if flip_y else 1}) translate({-middle_x} {-middle_y})"
    )
    side = max(width, height)
    body = chain[-1]["body"].replace("currentColor", "#000")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{size}" height="{size}" viewBox="{middle_x - side / 2} {middle_y - side / 2} {side} {side}">'
        f'<g transform="{moves}">{body}</g></svg>'
    )


def rasteriser_version() -> str:
    """Version of resvg-py.

    Raises:
        DataError: it is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise DataError(
            "resvg-py is not installed; the emoji art is vector graphics and resvg-py turns it into pixels. Install "
            "it with: pip install 'token-scm[data]'"
        ) from None
    return resvg_py.__version__


def rasterise(svg: str, *, width: int | None = None) -> UInt8[np.ndarray, "height width 3"]:
    """The SVG document on white as RGB pixels, of its own size or of this width.

    Raises:
        DataError: resvg cannot read the document.
    """
    import resvg_py

    try:
        png = resvg_py.svg_to_bytes(svg_string=svg, width=width, dpi=_DPI, skip_system_fonts=True, background="white")
    except ValueError as error:
        raise DataError(f"resvg-py {resvg_py.__version__} cannot draw an icon ({error}): {svg[:200]}...") from error
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGB"))
