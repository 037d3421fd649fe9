"""Tiny pictures on disk: in folders, and in tar shards as img2dataset writes them."""

import io
import itertools
import json
import tarfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
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


@cache
def encoded(level: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), (level, level, level)).save(buffer, format="PNG")
    return buffer.getvalue()


def sample(shard: int, number: int) -> Iterator[tuple[str, bytes]]:
    """The members of one sample; caption and grey level of its image tell its key."""
    key = f"{shard:05}{number:04}"
    record = {"url": f"http://x/{key}.jpg", "caption": f"mug {int(key)}", "key": key, "status": "success"}
    record |= {"error_message": None, "width": 3, "height": 2, "original_width": 400, "original_height": 300}
    yield f"{key}.png", encoded(int(key) % 256)
    yield f"{key}.txt", f"mug {int(key)}".encode()
    yield f"{key}.json", json.dumps({**record, "exif": "{}", "sha256": "ab"}).encode()


DAMAGED = [
    [("x0.png", encoded(0)[:40]), ("x0.txt", b"mug")],
    [("x1.png", encoded(1)), ("x1.txt", b"\xff\xfe")],
    [("x2.png", encoded(2)), ("x2.txt", b" \n")],
    [("x3.png", encoded(3))],
]


@pytest.fixture(scope="module")
def write_shards(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Path, ...]]:
    """`write_shards([3, 2])` writes 00000.tar of three samples and 00001.tar of two; damaged: four bad ones in each."""

    def write(counts: Sequence[int], *, damaged: bool = False) -> tuple[Path, ...]:
        folder = tmp_path_factory.mktemp("shards")
        for shard, count in enumerate(counts):
            samples = [list(sample(shard, number)) for number in range(count)]
            bad = DAMAGED if damaged else []
            mixed = itertools.zip_longest(samples, bad, fillvalue=[])
            with tarfile.open(folder / f"{shard:05}.tar", mode="w") as opened:
                for name, content in itertools.chain.from_iterable(good + worse for good, worse in mixed):
                    entry = tarfile.TarInfo(name)
                    entry.size = len(content)
                    opened.addfile(entry, io.BytesIO(content))
        return tuple(sorted(folder.iterdir()))

    return write
