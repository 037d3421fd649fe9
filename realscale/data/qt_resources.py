"""Reading a binary resource file of Qt (`.rcc`): a tree of names over a heap of files.

The format is what Qt's resource compiler writes (versions 1 to 3); integers are big-endian. A node of the tree has the
offset of its name and its flags; then a folder has the number of its children and the first of them, a file has its
country, its language and the offset of its content, which begins with its length.
"""

import struct
import zlib
from collections.abc import Callable, Iterator

from realscale.data.errors import DataError

_MAGIC = b"qres"
_COMPRESSED, _FOLDER, _ZSTANDARD = 1, 2, 4


def read_resources(content: bytes, wanted: Callable[[str], bool], *, label: str) -> dict[str, bytes]:
    """The content of every wanted file by its path.

    Raises:
        DataError: no such file, a truncated one, or a wanted file that is compressed with Zstandard.
    """
    if content[:4] != _MAGIC:
        raise DataError(f"{label} is no Qt resource file: it begins with {content[:4]!r}, expected {_MAGIC!r}")
    try:
        version, tree, heap, names = struct.unpack_from(">4I", content, 4)
        size = 14 if version == 1 else 22  # later versions have the time of the file's last change
        return {
            path: _file(content, heap + offset, flags, label=f"{path} of {label}")
            for path, flags, offset in _walk(content, tree, names, size)
            if wanted(path)
        }
    except (struct.error, zlib.error, UnicodeDecodeError, IndexError) as error:
        raise DataError(
            f"{label} cannot be read as a Qt resource file ({type(error).__name__}: {error}): {len(content)} bytes "
            "that are truncated or of another layout"
        ) from error


def _walk(content: bytes, tree: int, names: int, size: int) -> Iterator[tuple[str, int, int]]:
    """(path, flags, offset) of every file; a node comes once at most, so that a damaged tree ends."""
    todo, seen = [(0, "")], 0
    while todo:
        number, path = todo.pop()
        _, flags = struct.unpack_from(">IH", content, tree + size * number)
        if not flags & _FOLDER:
            yield path, flags, struct.unpack_from(">I", content, tree + size * number + 10)[0]
            continue
        count, first = struct.unpack_from(">II", content, tree + size * number + 6)
        seen += count
        if seen * size > len(content):
            raise IndexError(f"{seen} nodes")
        for child in range(first, first + count):
            start = names + struct.unpack_from(">I", content, tree + size * child)[0]
            length = struct.unpack_from(">H", content, start)[0]
            name = content[start + 6 : start + 6 + 2 * length].decode("utf-16-be")
            todo.append((child, f"{path}/{name}" if path else name))


def _file(content: bytes, start: int, flags: int, *, label: str) -> bytes:
    length = struct.unpack_from(">I", content, start)[0]
    found = content[start + 4 : start + 4 + length]
    if len(found) != length:
        raise IndexError(f"{label} has {len(found)} bytes of {length}")
    if flags & _ZSTANDARD:
        raise DataError(f"{label} is compressed with Zstandard, expected none or zlib: the pinned pictures are not")
    return zlib.decompress(found[4:]) if flags & _COMPRESSED else found
