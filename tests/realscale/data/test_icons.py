"""Icons to pixels: aliases, mirrors, turns, oblong boxes, colours."""

import sys
from typing import Any

import numpy as np
import pytest

from realscale.data.errors import DataError
from realscale.data.icons import icon_names, icon_svg, rasterise, rasteriser_version

pytest.importorskip("resvg_py", reason="resvg-py (extra `data`) is not installed")

LEFT_BAR = '<path fill="#f00" d="M0 0h4v4h-4z"/>'  # a red square in the upper left corner of an 8 x 8 box


@pytest.fixture
def icon_set() -> dict[str, Any]:
    return {
        "prefix": "test",
        "width": 8,
        "height": 8,
        "icons": {
            "corner": {"body": LEFT_BAR},
            "wide": {"body": '<path fill="#00f" d="M0 0h8v4h-8z"/>', "height": 4},
            "shifted": {"body": '<path fill="#f00" d="M10 20h4v4h-4z"/>', "left": 10, "top": 20},
            "ink": {"body": '<path fill="currentColor" d="M0 0h8v8h-8z"/>'},
            "points": {"body": '<rect fill="#f00" width="3pt" height="3pt"/>'},  # 3/72 of an inch: 4 pixels at 96 dpi
            "broken": {"body": "<path fill="},
        },
        "aliases": {
            "mirrored": {"parent": "corner", "hFlip": True},
            "upside": {"parent": "corner", "vFlip": True},
            "turned": {"parent": "corner", "rotate": 1},
            "back": {"parent": "mirrored", "hFlip": True},
            "twice": {"parent": "turned", "rotate": 1},
            "both": {"parent": "mirrored", "rotate": 1},
            "shifted-mirror": {"parent": "shifted", "hFlip": True},
            "circle": {"parent": "circle-2"},
            "circle-2": {"parent": "circle"},
        },
    }


def draw(icon_set: dict[str, Any], name: str) -> np.ndarray:
    return rasterise(icon_svg(icon_set, name, 16))


def red_quadrant(image: np.ndarray) -> tuple[str, str]:
    red = (image == (255, 0, 0)).all(-1)
    assert red.sum() == 64, "one quadrant of the 16 x 16 picture is red"
    rows, columns = np.nonzero(red)
    return ("top" if rows.mean() < 8 else "bottom"), ("left" if columns.mean() < 8 else "right")


@pytest.mark.parametrize(
    ("name", "quadrant"),
    [
        ("corner", ("top", "left")),
        ("mirrored", ("top", "right")),
        ("upside", ("bottom", "left")),
        ("turned", ("top", "right")),
        ("back", ("top", "left")),
        ("twice", ("bottom", "right")),
        ("both", ("bottom", "right")),  # mirrored first, then a quarter turn clockwise
        ("shifted", ("top", "left")),
        ("points", ("top", "left")),
        ("shifted-mirror", ("top", "right")),
    ],
)
def test_aliases_mirror_and_turn(icon_set: dict[str, Any], name: str, quadrant: tuple[str, str]) -> None:
    assert red_quadrant(draw(icon_set, name)) == quadrant


def test_the_ground_is_white_and_pixels_are_rgb(icon_set: dict[str, Any]) -> None:
    image = draw(icon_set, "corner")
    assert image.shape == (16, 16, 3)
    assert image.dtype == np.uint8
    assert (image[8:, 8:] == 255).all()


def test_an_oblong_icon_is_centred_and_keeps_its_shape(icon_set: dict[str, Any]) -> None:
    blue = (draw(icon_set, "wide") == (0, 0, 255)).all(-1)
    assert blue[4:12].all()
    assert not blue[:4].any()
    assert not blue[12:].any()


def test_current_colour_is_black(icon_set: dict[str, Any]) -> None:
    assert (draw(icon_set, "ink") == 0).all()


@pytest.mark.parametrize("name", ["nothing", "circle"])
def test_an_unknown_or_circular_name_is_an_error(icon_set: dict[str, Any], name: str) -> None:
    with pytest.raises(DataError, match=rf"'test' has no icon '{name}'"):
        icon_svg(icon_set, name, 16)


def test_an_icon_that_cannot_be_drawn_is_an_error(icon_set: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="cannot draw an icon"):
        draw(icon_set, "broken")


def test_icon_names_hold_aliases(icon_set: dict[str, Any]) -> None:
    assert {"corner", "mirrored"} <= set(icon_names(icon_set))


def test_no_rasteriser_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rasteriser_version()
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(DataError, match=r"resvg-py is not installed.*pip install"):
        rasteriser_version()
