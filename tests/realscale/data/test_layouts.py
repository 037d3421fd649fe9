"""Folders by the name of their layout."""

from collections.abc import Callable
from pathlib import Path

import pytest

from realscale.data.layouts import load_folder


def test_a_folder_is_read_by_its_layout(tmp_path: Path, paint: Callable[..., None]) -> None:
    paint(tmp_path / "mine" / "photo" / "dog" / "1.png", 3)
    report = tmp_path / "report.json"
    report.write_text('{"unusable": ["photo/dog/2.png"]}')
    paint(tmp_path / "mine" / "photo" / "dog" / "2.png", 3)
    assert load_folder(tmp_path / "mine", "domainbed").paths == ("photo/dog/1.png", "photo/dog/2.png")
    assert load_folder(tmp_path / "mine", "domainbed", skip=report).paths == ("photo/dog/1.png",)


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("imagefolder", "no layout is named 'imagefolder'; there are: domainbed, nico, coop, shards"),
        ("shards", "captions but no classes"),
    ],
)
def test_another_layout_is_refused(tmp_path: Path, layout: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_folder(tmp_path, layout)
