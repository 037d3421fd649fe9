"""Tiny pictures on disk."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def paint() -> Callable[..., None]:
    """`paint(path, level)` writes a grey picture in the format of the path's suffix, folders included."""

    def write(path: Path, level: int, size: tuple[int, int] = (9, 6)) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (level, level, level)).save(path)

    return write
