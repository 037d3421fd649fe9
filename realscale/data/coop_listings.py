"""Which image is in which split and of which class, by the files that CoOp (Zhou et al., 2022) keeps beside a set."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from realscale.data.errors import DataError
from realscale.data.findings import Findings

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
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


@dataclass(frozen=True)
class Listing:
    """One split of a set: `entries` of (path under `images`, label), and the class name of every label."""

    name: str
    images: Path
    class_names: tuple[str, ...]
    entries: list[tuple[str, int]]


def read_listing(root: Path, split: Split, findings: Findings) -> Listing:
    """The split by the files that are there: variants.txt (Aircraft), classnames.txt (ImageNet) or split_zhou_*.json.

    Raises:
        DataError: no such files, or files of another form.
    """
    try:
        if (root / "variants.txt").is_file():
            return _aircraft(root, split, findings)
        if (root / "classnames.txt").is_file():
            return _imagenet(root, split, findings)
        return _split_zhou(root, split, findings)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the files that list the images in {root} cannot be read: {error}") from error


def _aircraft(root: Path, split: Split, findings: Findings) -> Listing:
    """FGVC Aircraft: the lines of variants.txt are the classes, those of images_variant_<split>.txt "image class"."""
    names = tuple(line.strip() for line in _lines(root / "variants.txt"))
    labels = {name: label for label, name in enumerate(names)}
    entries = []
    for line in _lines(root / f"images_variant_{split}.txt"):
        image, _, name = line.strip().partition(" ")
        if name in labels:
            entries.append((f"{image}.jpg", labels[name]))
        else:
            findings.add("malformed entry", f"{split}: {line.strip()}")
    return Listing("FGVCAircraft", root / "images", names, entries)


def _imagenet(root: Path, split: Split, findings: Findings) -> Listing:
    """ImageNet: images/{train,val}/<synset>/, synsets by their sorted names, classes by classnames.txt; test = val."""
    lines = (line.strip().partition(" ") for line in _lines(root / "classnames.txt"))
    names = {synset: name for synset, _, name in lines}
    labels = {synset: label for label, synset in enumerate(sorted(names))}
    part = "train" if split == "train" else "val"
    entries = []
    for folder in sorted(path for path in (root / "images" / part).iterdir() if path.is_dir()):
        if folder.name not in labels:
            findings.add("class folder without a label", f"{part}/{folder.name}")
            continue
        files = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        entries += [(f"{part}/{folder.name}/{name}", labels[folder.name]) for name in files]
    return Listing("ImageNet", root / "images", tuple(names[synset] for synset in sorted(names)), entries)


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _split_zhou(root: Path, split: Split, findings: Findings) -> Listing:
    """Entries of [path, label, class name]; the class of a label is the name that the file gives it first."""
    name, content = _split_file(root)
    entries = {each: _entries(each, content[each], findings if each == split else Findings()) for each in SPLITS}
    names: dict[int, str] = {}
    for _, label, class_name in (entry for each in SPLITS for entry in entries[each]):
        names.setdefault(label, class_name)
    if not names or sorted(names) != list(range(len(names))):
        raise DataError(
            f"the split file of {name} has {len(names)} labels {sorted(names)[:5]}..., expected every one of 0 to n-1: "
            "a label is an index into the table of classes"
        )
    kept = []
    for path, label, class_name in entries[split]:
        if names[label] == class_name:
            kept.append((path, label))
        else:
            findings.add("class that contradicts the label", path)
    return Listing(name, root / IMAGE_FOLDERS[name], tuple(names[label] for label in range(len(names))), kept)


def _split_file(root: Path) -> tuple[str, dict[str, Any]]:
    files = sorted(root.glob("split_zhou_*.json"))
    if len(files) != 1:
        raise DataError(
            f"{root} holds {len(files)} files split_zhou_<Name>.json, expected one (or the lists of FGVC Aircraft or "
            "ImageNet): it says which image is in which split and of which class"
        )
    name = files[0].stem.removeprefix("split_zhou_")
    if name not in IMAGE_FOLDERS:
        raise DataError(f"{files[0]} names the set {name!r}, expected one of {', '.join(IMAGE_FOLDERS)}")
    try:
        content = json.loads(files[0].read_text(encoding="utf-8"))
        if any(not isinstance(content[split], list) for split in SPLITS):
            raise TypeError("a split is no list")
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{files[0]} cannot be read ({type(error).__name__}: {error}); expected a JSON object with the lists "
            "train, val and test of [path, label, class name]"
        ) from error
    return name, content


def _entries(split: Split, listed: list[Any], findings: Findings) -> list[tuple[str, int, str]]:
    found = []
    for number, entry in enumerate(listed):
        match entry:
            case [str() as path, int() as label, str() as name] if label >= 0 and not isinstance(label, bool):
                found.append((path, label, name))
            case _:
                findings.add("malformed entry", f"{split}[{number}]")
    return found
