"""NICO++ (Zhang et al., 2023): the release of its track 1, and the lists of its DomainBed loader."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from realscale.data.errors import DataError
from realscale.data.findings import Findings
from realscale.data.image_files import FileCheck, ImageFiles, skipped_files
from realscale.data.image_folders import existing_folder, labelled_folders, note_coverage, readable, with_images

MAPPING = "dg_label_id_mapping.json"
TRAIN = Path("public_dg_0416") / "train"
SPLITS = ("train", "val", "test")


def read_mapping(path: Path) -> tuple[str, ...]:
    """The class names of a mapping from class to label, in the order of the labels 0..n-1.

    Raises:
        DataError: no such file, no JSON object of integers, or labels that are not 0..n-1.
    """
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
        names = {int(label): str(name) for name, label in mapping.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise DataError(
            f"{path} cannot be read ({type(error).__name__}: {error}); expected a JSON object that gives every class "
            "its label, as the release of NICO++ holds it"
        ) from error
    if sorted(names) != list(range(len(mapping))) or not names:
        raise DataError(
            f"{path} gives {len(mapping)} classes the labels {sorted(names)[:5]}..., expected 0 to "
            f"{len(mapping) - 1}, each once: a label is an index into the table of classes"
        )
    return tuple(names[label] for label in range(len(names)))


def load_nico(root: Path, *, skip: Path | None = None) -> ImageFiles:
    """The labelled images of track 1, `<root>/public_dg_0416/train/<context>/<class>/<image>`.

    Labels are those of `<root>/dg_label_id_mapping.json`; a class folder that it does not name is skipped and named, as
    is all that `load_domain_folders` skips. The public test images have no labels and are not read. Paths, also those
    in `skip`, are relative to the folder `train`.

    Raises:
        DataError: a folder or the mapping is not there or not as it must be, or no image is left.
    """
    root = existing_folder(root)
    labels = read_mapping(root / MAPPING)
    return labelled_folders(existing_folder(root / TRAIN), name="NICO++", labels=labels, skip=skip)


def load_nico_lists(
    lists: Path,
    *,
    images: Path,
    split: Literal["train", "val", "test"] = "test",
    mapping: Path | None = None,
    skip: Path | None = None,
) -> ImageFiles:
    """The images of one split by the lists `<lists>/<context>_{train,val,test}.txt`, lines of "path label".

    The path goes up to the last blank of its line, since classes such as "fishing rod" have blanks; it is absolute or
    relative to `images`, and must lie under it. The class is the name of the image's folder: by the mapping, or else
    by the lines of all lists, which then must have every label 0..n-1. Malformed lines, labels that contradict the
    folder and files that cannot be images are skipped and named.

    Raises:
        DataError: no list of the split; a label without a class; no image is left.
    """
    images, findings = existing_folder(images), Findings()
    check = FileCheck(images, skip=skipped_files(skip))
    contexts = sorted(path.name.removesuffix(f"_{split}.txt") for path in existing_folder(lists).glob(f"*_{split}.txt"))
    if not contexts:
        raise DataError(f"{lists} holds no list <context>_{split}.txt; the lists of a split are found by their names")
    lines = {
        (context, each): _read_list(lists / f"{context}_{each}.txt", images, findings if each == split else Findings())
        for context in contexts
        for each in SPLITS
    }
    everything = [line for some in lines.values() for line in some]
    labels = read_mapping(mapping) if mapping is not None else _labels_of(everything)
    paths, class_ids, context_ids = [], [], []
    for context_id, context in enumerate(contexts):
        for path, label in lines[context, split]:
            if label >= len(labels) or labels[label] != _folder(path):
                reason: str | None = "label that contradicts the folder"
            else:
                reason = check.why_unusable(path)
            if reason is not None:
                findings.add(reason, path)
                continue
            paths.append(path)
            class_ids.append(label)
            context_ids.append(context_id)
    context_names, numbered = with_images(contexts, context_ids, findings)
    found = ImageFiles(
        name="NICO++",
        root=images,
        paths=tuple(paths),
        classes=np.array(class_ids, dtype=np.int64),
        class_names=tuple(map(readable, labels)),
        contexts=numbered,
        context_names=context_names,
        findings=findings,
    )
    note_coverage(found)
    return found


def _folder(path: str) -> str:
    return Path(path).parent.name


def _read_list(path: Path, images: Path, findings: Findings) -> list[tuple[str, int]]:
    """Path under `images` (as it stands where it leads elsewhere) and label of every line; an absent list is empty."""
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        name, _, label = line.strip().rpartition(" ")
        if not line.strip():
            continue
        if not (name and label.isascii() and label.isdigit()):
            findings.add("malformed line", f"{path.name}:{number}")
            continue
        place = Path(name.strip())
        if place.is_absolute() and place.is_relative_to(images):
            place = place.relative_to(images)
        found.append((place.as_posix(), int(label)))
    return found


def _labels_of(lines: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """The class of every label, by the first line that has it."""
    names: dict[int, str] = {}
    for path, label in lines:
        names.setdefault(label, _folder(path))
    if not names or sorted(names) != list(range(len(names))):
        raise DataError(
            f"the lists have {len(names)} labels {sorted(names)[:5]}..., expected every one of 0 to n-1: without it a "
            f"class has no name. Give the release's {MAPPING} as the mapping"
        )
    return tuple(names[label] for label in range(len(names)))
