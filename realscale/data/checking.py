"""Decoding every picture of a set once, before a long run: a report of all that is wrong with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from realscale.data.coop_listings import SPLITS
from realscale.data.coop_sets import load_coop
from realscale.data.decoding import NoPicture, decode
from realscale.data.findings import Findings
from realscale.data.image_files import ImageFiles
from realscale.data.layouts import load_folder
from realscale.data.progress import Progress
from realscale.data.shard_stream import EMPTY_CAPTION, ShardStream
from realscale.data.shards import list_shards, shard_sizes

_SIZE = 336  # of the squares that are made and thrown away: the largest of CLIP's own, so that it shows every strip


def _failure(path: Path) -> str | None:
    try:
        decode(path.read_bytes(), _SIZE)
    except NoPicture as error:
        return error.reason
    except OSError:
        return "unreadable file"
    return None


def check_folder(path: Path, layout: str, *, jobs: int, progress: Progress) -> dict[str, Any]:
    """The report on a folder in a layout, every picture decoded; of CoOp's sets on each split.

    Raises:
        ValueError: fewer than one job. DataError: the folder is not as its layout says.
    """
    if jobs < 1:
        raise ValueError(f"jobs is {jobs}, expected at least 1: a process has to decode the pictures")
    if layout == "shards":
        return {"layout": layout, **check_shards(path, jobs=jobs, progress=progress)}
    if layout == "coop":
        splits = {split: check_files(load_coop(path, split=split), jobs=jobs, progress=progress) for split in SPLITS}
        unusable = sorted({file for report in splits.values() for file in report["unusable"]})
        return {"layout": layout, "splits": splits, "unusable": unusable, "whole": not unusable}
    return {"layout": layout, **check_files(load_folder(path, layout), jobs=jobs, progress=progress)}


def check_files(found: ImageFiles, *, jobs: int, progress: Progress) -> dict[str, Any]:
    """The report on a loaded set: images by class and context, findings by reason, and all files without a picture.

    The entry `unusable` lists every such file, for the loaders' `skip`; the findings name the first of each reason.
    `whole`: every file that a loader takes for an image is one.
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
        "whole": bool(usable.all()),
    }


def check_shards(folder: Path, *, jobs: int, progress: Progress) -> dict[str, Any]:
    """The report on a folder of shards: usable samples of each, in the form of `sizes.json`, and findings by reason.

    `whole`: nothing was found but empty captions, which are no damage (sets from the web are full of them); also no
    shard whose number of samples is not that of the folder's `sizes.json`.
    """
    shards, expected, findings = list_shards(folder), shard_sizes(folder), Findings()
    counted: Iterator[tuple[int, Findings]] = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_count)(shard) for shard in shards
    )
    sizes = {}
    for shard, (count, found) in zip(progress.track(shards, "decoding", unit="shards"), counted, strict=True):
        sizes[shard.name] = count
        findings.merge(found)
        if expected is not None and expected.get(shard.name) != count:
            findings.add(
                "count that is not that of sizes.json", f"{shard.name} ({count}, there {expected.get(shard.name)})"
            )
    for name in sorted(set(expected or ()) - set(sizes)):
        findings.add("shard of sizes.json that is absent", name)
    record = {"root": str(folder.resolve()), "images": sum(sizes.values()), "sizes": sizes}
    return {**record, "findings": findings.to_record(), "whole": not set(findings.counts) - {EMPTY_CAPTION}}


def _count(shard: Path) -> tuple[int, Findings]:
    stream = ShardStream((shard,), seed=0, size=_SIZE, buffer=1)
    return sum(1 for _ in stream.epoch(0)), stream.findings


def _counts(ids: np.ndarray, names: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(names, np.bincount(ids, minlength=len(names)).tolist(), strict=True))
