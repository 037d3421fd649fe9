"""The sets on which prompt tuning is compared, in the layout of CoOp: a file `split_zhou_<Name>.json` beside images."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from realscale.data.errors import DataError
from realscale.data.findings import Findings
from realscale.data.image_files import FileCheck, ImageFiles, skipped_files
from realscale.data.image_folders import existing_folder, readable

IMAGE_FOLDERS: Mapping[str, str] = {  # by the name in the split's file name, under the folder that holds the file
    "Caltech101": "101_ObjectCategories",
    "OxfordPets": "images",
    "StanfordCars": ".",
    "OxfordFlowers": "jpg",
    "Food101": "images",
    "SUN397": "SUN397",
    "DescribableTextures": "images",
    "EuroSAT": "2750",
    "UCF101": "UCF-101-midframes",
}
SPLITS = ("train", "val", "test")


def _split_file(folder: Path) -> tuple[str, dict[str, Any]]:
    files = sorted(folder.glob("split_zhou_*.json"))
    if len(files) != 1:
        raise DataError(
            f"{folder} holds {len(files)} files split_zhou_<Name>.json, expected one: it says which image is in which "
            "split and of which class"
        )
    name = files[0].stem.removeprefix("split_zhou_")
    if name not in IMAGE_FOLDERS:
        raise DataError(f"{files[0]} names the set {name!r}, expected one of {', '.join(IMAGE_FOLDERS)}")
    try:
        content = json.loads(files[0].read_text(encoding="utf-8"))
        if any(not isinstance(content[split], list) for split in SPLITS):
            raise TypeError("a split is no list")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{files[0]} cannot be read ({type(error).__name__}: {error}); expected a JSON object with the lists "
            "train, val and test of [path, label, class name]"
        ) from error
    return name, content


def load_coop(root: Path, *, split: Literal["train", "val", "test"] = "test", skip: Path | None = None) -> ImageFiles:
    """One split of the set in this folder, the images in the order of the file, all in one context of the set's name.

    The class of a label is the name that the file gives it first; malformed entries, entries that name the class of
    a label otherwise, and files that cannot be images are skipped and named in `findings`. FGVC Aircraft and ImageNet
    have no such file and are not read here.

    Raises:
        DataError: no folder, no split file or one of another form, a label that no entry has, or no image is left.
    """
    root = existing_folder(root)
    name, content = _split_file(root)
    images = existing_folder(root / IMAGE_FOLDERS[name])
    findings, check = Findings(), FileCheck(images, skip=skipped_files(skip))
    entries = {each: _entries(each, content[each], findings if each == split else Findings()) for each in SPLITS}
    names: dict[int, str] = {}
    for _, label, class_name in (entry for each in SPLITS for entry in entries[each]):
        names.setdefault(label, class_name)
    if not names or sorted(names) != list(range(len(names))):
        raise DataError(
            f"the split file of {name} has {len(names)} labels {sorted(names)[:5]}..., expected every one of 0 to n-1: "
            "a label is an index into the table of classes"
        )
    paths, classes = [], []
    for path, label, class_name in entries[split]:
        contradicts = names[label] != class_name
        reason = "class that contradicts the label" if contradicts else check.why_unusable(path)
        if reason is not None:
            findings.add(reason, path)
            continue
        paths.append(path)
        classes.append(label)
    return ImageFiles(
        name=name,
        root=images,
        paths=tuple(paths),
        classes=np.array(classes, dtype=np.int64),
        class_names=tuple(readable(names[label]) for label in range(len(names))),
        contexts=np.zeros(len(paths), dtype=np.int64),
        context_names=(name,),
        findings=findings,
    )


def _entries(split: str, listed: list[Any], findings: Findings) -> list[tuple[str, int, str]]:
    found = []
    for number, entry in enumerate(listed):
        match entry:
            case [str() as path, int() as label, str() as name] if label >= 0 and not isinstance(label, bool):
                found.append((path, label, name))
            case _:
                findings.add("malformed entry", f"{split}[{number}]")
    return found
