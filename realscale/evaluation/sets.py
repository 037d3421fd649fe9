"""The set that a command names: a fetched one, or a folder in a known layout."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from realscale.data import load
from realscale.data.coop_sets import load_coop
from realscale.data.labelled import LabelledImages, part
from realscale.data.layouts import load_folder
from scm.streams import stream

Layout = Literal["domainbed", "nico", "coop"]


def open_set(data: str, layout: Layout | None, *, size: int, skip: Path | None = None) -> LabelledImages:
    """The images of a set by name, drawn at 64 pixels where the model takes more than 32; or of a folder.

    Of CoOp's sets the test split. skip: report of `python -m realscale.data check`, of files to leave out.

    Raises:
        ValueError: no such set, or a folder without its layout.
        MissingData: the set is not cached; the message holds the command that fetches it.
        DataError: the folder is not as its layout says.
    """
    if layout is not None:
        return load_folder(Path(data), layout, skip=skip)
    if Path(data).is_dir():
        raise ValueError(
            f"{data} is a folder; expected --layout beside it, because nothing else says which of its folders are "
            "classes and which are contexts"
        )
    return load(data, size=32 if size <= 32 else 64)


@dataclass(frozen=True)
class Splits:
    """Images to learn prompts from, to validate with where the set has such ones, and to be judged on."""

    train: LabelledImages
    validation: LabelledImages | None
    test: LabelledImages


def open_splits(
    data: str, layout: Layout | None, images: LabelledImages, *, seed: int, skip: Path | None = None
) -> Splits:
    """Of CoOp's sets their own splits, `images` the test; any other set is cut into halves that share no group."""
    if layout == "coop":
        train, validation = (load_coop(Path(data), split=split, skip=skip) for split in ("train", "val"))
        return Splits(train, validation if len(validation) else None, images)
    groups = np.unique(images.groups)
    chosen = stream(seed, "splits", images.name).permutation(groups)[: len(groups) // 2]
    trained = np.isin(images.groups, chosen)
    return Splits(part(images, trained), None, part(images, ~trained))
