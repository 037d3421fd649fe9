"""Tar shards as img2dataset writes them: which lie in a folder, and what samples one of them holds.

A shard is read by Python's own `tarfile`, not by the package `webdataset`: that one passes over links, special files
and damaged headers without a word, stops a shard at its first doubled name, and cannot be resumed inside an epoch, as
it keeps no position (its maintainers advise to draw shards with replacement instead). Nothing is written to disk.
"""

import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from realscale.data.archives import refusal
from realscale.data.decoding import MOST_BYTES
from realscale.data.errors import DataError

IMAGES = frozenset({"jpg", "jpeg", "png", "webp"})
MOST_TEXT_BYTES = 2**20
_BLOCK = tarfile.BLOCKSIZE

Note = Callable[[str, str], None]  # (reason, name): told of everything that is passed over


@dataclass(frozen=True)
class Span:
    """Bytes of a shard: where they begin and how many there are."""

    start: int
    length: int

    def read(self, opened: BinaryIO) -> bytes:
        """The bytes."""
        opened.seek(self.start)
        return opened.read(self.length)


@dataclass
class Entry:
    """The members of one key of a shard, not yet read: `spans` by suffix in lower case. doubled: it came before."""

    key: str
    doubled: bool
    spans: dict[str, Span] = field(default_factory=dict)

    @property
    def image_suffix(self) -> str | None:
        """Suffix of its image; None without one."""
        return next((suffix for suffix in self.spans if suffix in IMAGES), None)


def list_shards(folder: Path) -> tuple[Path, ...]:
    """All `*.tar` of a folder by name; hidden files are no shards.

    Raises:
        DataError: no such folder, or no shard in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; shards are read from where their owner put them")
    shards = tuple(sorted(path for path in folder.glob("*.tar") if not path.name.startswith(".")))
    if not shards:
        raise DataError(f"{folder} holds no shard *.tar; img2dataset writes 00000.tar, 00001.tar, ... side by side")
    return shards


def shard_sizes(folder: Path) -> dict[str, int] | None:
    """Number of samples of every shard by `sizes.json` of the folder, as open_clip reads it; None without the file.

    Raises:
        DataError: the file is no JSON object of counts.
    """
    path = folder / "sizes.json"
    if not path.exists():
        return None
    try:
        sizes = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(sizes, dict) or any(type(size) is not int or size < 0 for size in sizes.values()):
            raise TypeError("no object of counts")
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            f"{path} cannot be read ({type(error).__name__}: {error}); expected a JSON object that gives the number of "
            'samples of every shard by its file name, such as {"00000.tar": 9712}'
        ) from error
    return sizes


def read_shard(path: Path, note: Note) -> Iterator[tuple[Entry, BinaryIO]]:
    """Every sample with an image and a caption in the order of the file, with the open file to read its spans from.

    The key of a member is its path up to the first dot of its name, and the members of a key lie side by side. What is
    unsafe, doubled, too large, without image or without caption is passed over and noted as `<shard>/<member>`; a shard
    that is damaged or cut off is read up to there.
    """
    seen: set[str] = set()
    entry = None
    try:
        with path.open("rb") as opened:
            for member in _members(path, opened, note):
                key, suffix = _key_and_suffix(member.name)
                if entry is None or key != entry.key:
                    if entry is not None and _is_whole(entry, path, note):
                        yield entry, opened
                    entry = Entry(key, doubled=key in seen)
                    seen.add(key)
                _add(entry, suffix, member, path, note)
            if entry is not None and _is_whole(entry, path, note):
                yield entry, opened
    except OSError as error:
        note("unreadable shard", f"{path.name} ({error.strerror or error})")


def _key_and_suffix(name: str) -> tuple[str, str]:
    folder, slash, file = name.rpartition("/")
    stem, _, suffix = file.partition(".")
    return folder + slash + stem, suffix.lower()


def _add(entry: Entry, suffix: str, member: tarfile.TarInfo, path: Path, note: Note) -> None:
    if suffix not in IMAGES and suffix not in ("txt", "json"):
        return
    if suffix in entry.spans or (suffix in IMAGES and entry.image_suffix is not None):
        note("second member of the same kind", f"{path.name}/{member.name}")
    elif member.size > (MOST_BYTES if suffix in IMAGES else MOST_TEXT_BYTES):
        note("oversize member", f"{path.name}/{member.name} ({member.size} bytes)")
    else:
        entry.spans[suffix] = Span(member.offset_data, member.size)


def _is_whole(entry: Entry, path: Path, note: Note) -> bool:
    if entry.doubled:
        note("key that was there before", f"{path.name}/{entry.key}")
    elif entry.image_suffix is None:
        note("no image", f"{path.name}/{entry.key}")
    elif "txt" not in entry.spans and "json" not in entry.spans:
        note("no caption", f"{path.name}/{entry.key}")
    else:
        return True
    return False


def _members(path: Path, opened: BinaryIO, note: Note) -> Iterator[tarfile.TarInfo]:
    """The safe plain files of an uncompressed tar up to its end or its first damage, in constant memory."""
    length = os.fstat(opened.fileno()).st_size
    try:
        with tarfile.open(fileobj=opened, mode="r:") as archive:
            end = 0
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # the list would grow with the shard
                if archive.offset <= end:
                    raise tarfile.ReadError(f"a member of {member.size} bytes that leads backwards")
                if member.offset_data + member.size > length:
                    raise tarfile.ReadError("cut off inside of a member")
                end = archive.offset
                reason = refusal(member)
                if reason is not None:
                    note(f"unsafe member: {reason.partition(' (')[0]}", f"{path.name}/{member.name}")
                elif member.isfile():
                    yield member
            opened.seek(end)
            if opened.read(_BLOCK) != bytes(_BLOCK):
                raise tarfile.ReadError("no end mark where the last member ends")
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        note("damaged shard", f"{path.name} ({error})")
