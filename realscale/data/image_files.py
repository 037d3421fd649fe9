"""Labelled images that lie as files under one folder: labels in memory, files read when pictures are asked for."""

import json
import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Int, UInt8

from realscale.data.decoding import HEAD_BYTES, MOST_BYTES, SUFFIXES, NoPicture, decode, has_picture_header
from realscale.data.errors import DataError
from realscale.data.findings import Findings


@dataclass(frozen=True, eq=False, repr=False)
class ImageFiles:
    """`n` files at `root / paths[i]`; the other columns are those of `LabelledImages`.

    Nothing is known of pictures that occur twice, so every image is a group of its own. findings: what was skipped or
    is remarkable, by reason.
    """

    name: str
    root: Path
    paths: tuple[str, ...]
    classes: Int[np.ndarray, " n"]
    class_names: tuple[str, ...]
    contexts: Int[np.ndarray, " n"]
    context_names: tuple[str, ...]
    findings: Findings

    def __post_init__(self) -> None:
        if not self.paths:
            raise DataError(
                f"no image of the set {self.name!r} is left under {self.root}; {self.findings.summary() or 'no file'}"
            )

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        return f"ImageFiles({self.name!r}, images={len(self)}, contexts={self.context_names})"

    @cached_property
    def captions(self) -> tuple[str, ...]:
        """The class name of each image."""
        return tuple(self.class_names[label] for label in self.classes)

    @property
    def groups(self) -> Int[np.ndarray, " n"]:
        """Each image is a group."""
        return np.arange(len(self))

    def pictures(self, rows: Int[np.ndarray, " m"], *, size: int) -> UInt8[np.ndarray, "m {size} {size} 3"]:
        """The squares of these files.

        Raises:
            DataError: a file is gone or holds no picture; the message names it and the command that lists all such.
        """
        squares = np.empty((len(rows), size, size, 3), dtype=np.uint8)
        for position, row in enumerate(rows):
            path = self.root / self.paths[row]
            try:
                squares[position] = decode(path.read_bytes(), size)
            except (NoPicture, OSError) as error:
                raise DataError(
                    f"image {path} of the set {self.name!r}: {error}. A picture that is left out in silence would "
                    "change the result, so list all such files once with: python -m realscale.data check ROOT --layout "
                    "LAYOUT --report FILE, and load the set with skip=FILE"
                ) from error
        return squares


def skipped_files(report: Path | None) -> frozenset[str]:
    """The files without a picture that a report of `python -m realscale.data check` lists (None: none).

    Raises:
        DataError: the file is no such report.
    """
    if report is None:
        return frozenset()
    try:
        return frozenset(json.loads(report.read_text(encoding="utf-8"))["unusable"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{report} is no report of `python -m realscale.data check` ({type(error).__name__}: {error}); the files "
            "to skip are read from its entry 'unusable'"
        ) from error


class FileCheck:
    """Judges files under one resolved folder by their names, sizes and first bytes; nothing is decoded.

    A link is followed only while it stays under the folder. skip: paths that a report found to hold no picture.
    """

    def __init__(self, root: Path, *, skip: Collection[str]) -> None:
        self.root, self.skip = str(root), skip
        self._inside: dict[str, bool] = {}  # by folder: the links of a path are resolved once for all files in it

    def _is_inside(self, place: str) -> bool:
        return os.path.commonpath((self.root, os.path.realpath(place))) == self.root

    def why_unusable(self, path: str) -> str | None:
        """Why the file at `root / path` cannot be an image of the set; None if it can."""
        if path.startswith("/") or ".." in path.split("/"):
            return "path leads out of the folder"
        if os.path.splitext(path)[1].lower() not in SUFFIXES:
            return "not an image file"
        if path in self.skip:
            return "no picture by the report of a check"
        place = os.path.join(self.root, path)
        folder = os.path.dirname(place)
        try:
            if folder not in self._inside:
                self._inside[folder] = self._is_inside(folder)
            entry = os.lstat(place)
            if not self._inside[folder] or (stat.S_ISLNK(entry.st_mode) and not self._is_inside(place)):
                return "link leads out of the folder"
            if stat.S_ISLNK(entry.st_mode):
                entry = os.stat(place)
            if not stat.S_ISREG(entry.st_mode):
                return "not a file"
            if entry.st_size == 0:
                return "empty file"
            if entry.st_size > MOST_BYTES:
                return "oversize image"
            with open(place, "rb", buffering=0) as opened:
                return None if has_picture_header(opened.read(HEAD_BYTES)) else "not a picture by its first bytes"
        except FileNotFoundError:
            return "absent file"
        except (OSError, ValueError):  # ValueError: a path from a list that no file can have
            return "unreadable file"
