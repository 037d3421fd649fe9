"""Decoding every picture of a set once, before a long run: a report of all that is wrong with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from realscale.data.decoding import NoPicture, decode
from realscale.data.image_files import ImageFiles
from realscale.data.layouts import load_folder
from realscale.data.progress import Progress

_SIZE = 8  # of the squares that are made and thrown away


def _failure(path: Path) -> str | None:
    try:
        decode(path.read_bytes(), _SIZE)
    except NoPicture as error:
        return error.reason
    except OSError:
        return "unreadable file"
    return None


def check_folder(path: Path, layout: str, *, jobs: int, progress: Progress) -> dict[str, Any]:
    """The report on a folder in a layout, every picture decoded.

    Raises:
        ValueError: fewer than one job. DataError: the folder is not as its layout says.
    """
    if jobs < 1:
        raise ValueError(f"jobs is {jobs}, expected at least 1: a process has to decode the pictures")
    return {"layout": layout, **check_files(load_folder(path, layout), jobs=jobs, progress=progress)}


def check_files(found: ImageFiles, *, jobs: int, progress: Progress) -> dict[str, Any]:
    """The report on a loaded set: images by class and context, findings by reason, and all files without a picture.

    The entry `unusable` lists every such file, for the loaders' `skip`; the findings name the first of each reason.
    """
    failures: Iterator[str | None] = Parallel(n_jobs=jobs, return_as="generator", batch_size=64)(
        delayed(_failure)(found.root / path) for path in found.paths
    )
    usable = np.ones(len(found), dtype=bool)
    tracked = progress.track(found.paths, f"decoding {found.name}")
    for row, (path, failure) in enumerate(zip(tracked, failures, strict=True)):
        if failure is not None:
            usable[row] = False
            found.findings.add(failure, path)
    return {
        "name": found.name,
        "root": str(found.root),
        "images": int(usable.sum()),
        "classes": _counts(found.classes[usable], found.class_names),
        "contexts": _counts(found.contexts[usable], found.context_names),
        "findings": found.findings.to_record(),
        "unusable": [found.paths[row] for row in np.flatnonzero(~usable)],
    }


def _counts(ids: np.ndarray, names: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(names, np.bincount(ids, minlength=len(names)).tolist(), strict=True))
