"""Image folders in the layout of DomainBed: `<root>/<domain>/<class>/<image>`."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from realscale.data.errors import DataError
from realscale.data.findings import Findings
from realscale.data.image_files import FileCheck, ImageFiles, skipped_files


@dataclass(frozen=True)
class DomainBedSet:
    """A set of DomainBed by its folder name: its domain folders in index order, and its number of classes."""

    domains: tuple[str, ...]
    classes: int


DOMAINBED: Mapping[str, DomainBedSet] = {
    "PACS": DomainBedSet(("art_painting", "cartoon", "photo", "sketch"), 7),
    "VLCS": DomainBedSet(("Caltech101", "LabelMe", "SUN09", "VOC2007"), 5),
    "office_home": DomainBedSet(("Art", "Clipart", "Product", "Real World"), 65),
    "terra_incognita": DomainBedSet(("location_100", "location_38", "location_43", "location_46"), 10),
    "domain_net": DomainBedSet(("clipart", "infograph", "painting", "quickdraw", "real", "sketch"), 345),
}


def readable(folder: str) -> str:
    """A folder's name as words: "alarm clock" for `alarm_clock`."""
    return " ".join(folder.replace("_", " ").split())


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be read ({error.strerror or error}); a class or domain is not dropped in silence"
        ) from error


def sorted_folders(parent: Path, root: Path, findings: Findings) -> list[str]:
    """Names of the sub-folders in the order of their names; hidden ones and files beside them are findings.

    Raises:
        DataError: a folder is a link that leads out of the root: a whole class or domain is not dropped in silence.
    """
    names = []
    for entry in _entries(parent):
        shown = str(Path(entry.path).relative_to(root))
        if not entry.is_dir():
            findings.add("file where a folder is expected", shown)
        elif entry.name.startswith((".", "__")):
            findings.add("hidden folder", shown)
        elif not Path(os.path.realpath(entry.path)).is_relative_to(root):
            raise DataError(
                f"{entry.path} is refused: it is a link to {os.path.realpath(entry.path)}, outside of {root}; a set is "
                "the files under its own folder. Copy the folder there, or give its parent as the root"
            )
        else:
            names.append(entry.name)
    return names


def class_files(folder: Path, root: Path, findings: Findings) -> Iterator[str]:
    """Paths under `root` of all entries of one class folder, by name; folders inside of it are findings."""
    prefix = folder.relative_to(root).as_posix()
    entries = _entries(folder)
    for entry in entries:
        shown = f"{prefix}/{entry.name}"
        if entry.is_dir():
            findings.add("folder inside a class", shown)
        else:
            yield shown
    if not entries:
        findings.add("empty folder", prefix)


def existing_folder(root: Path) -> Path:
    """The folder with all links resolved.

    Raises:
        DataError: there is none.
    """
    if not root.is_dir():
        raise DataError(f"{root} is no folder; a set that is not fetched by this command is where its owner put it")
    return root.resolve()


def with_images(
    folders: Sequence[str], numbers: Sequence[int], findings: Findings
) -> tuple[tuple[str, ...], Int[np.ndarray, " n"]]:
    """Readable names of the contexts that have an image, and the context of each image by their numbers.

    A context without any is a finding: as a context, prompts would speak of it and averages would count it.
    """
    used, renumbered = np.unique(np.array(numbers, dtype=np.int64), return_inverse=True)
    for number in sorted(set(range(len(folders))) - set(used.tolist())):
        findings.add("domain without an image", folders[number])
    return tuple(readable(folders[number]) for number in used), renumbered.astype(np.int64)


def note_coverage(found: ImageFiles) -> None:
    """Add to the findings the classes that some domain has no image of, and what differs from the known set."""
    present = np.zeros((len(found.context_names), len(found.class_names)), dtype=bool)
    present[found.contexts, found.classes] = True
    for label, domains in zip(found.class_names, present.T, strict=True):
        if not domains.all():
            where = [domain for domain, there in zip(found.context_names, domains, strict=True) if there]
            found.findings.add("class not in every domain", f"{label} (only in: {', '.join(where) or 'none'})")


def _note_differences(found: ImageFiles) -> None:
    known = DOMAINBED.get(found.name)
    if known is None:
        return
    expected = set(map(readable, known.domains))
    for domain in sorted(expected ^ set(found.context_names)):
        kind = "absent domain" if domain in expected else "domain that DomainBed does not have"
        found.findings.add(kind, domain)
    if len(found.class_names) != known.classes:
        found.findings.add("number of classes", f"{len(found.class_names)}, DomainBed has {known.classes}")


def load_domain_folders(root: Path, *, skip: Path | None = None) -> ImageFiles:
    """The images under `<root>/<domain>/<class>/`, named after the root folder, in the order of their paths.

    Domains are numbered by their sorted folder names and classes by the sorted names over all domains together
    (DomainBed numbers the classes of each domain alone, which agrees while every domain has every class). Readable
    names have blanks for underscores.

    Only names, sizes and first bytes are looked at. What cannot be an image is skipped and named in `findings`, as
    are empty and hidden folders, folders inside a class, links out of the root, classes that a domain lacks, and domain
    folders without any image, which are no domains; `skip` is a report of `python -m realscale.data check`, which
    decodes every file, and leaves out what that could not.

    Raises:
        DataError: no such folder, no image in it, or a domain or class folder that is a link out of the root or cannot
            be read.
    """
    found = labelled_folders(existing_folder(root), name=root.name, labels=None, skip=skip)
    _note_differences(found)
    return found


def labelled_folders(root: Path, *, name: str, labels: Sequence[str] | None, skip: Path | None) -> ImageFiles:
    """The images under `<root>/<context>/<class>/`; `labels[i]` is the folder of class i (None: the sorted names)."""
    findings, check = Findings(), FileCheck(root, skip=skipped_files(skip))
    contexts = sorted_folders(root, root, findings)
    folders = {context: sorted_folders(root / context, root, findings) for context in contexts}
    known = sorted(set().union(*folders.values())) if labels is None else labels
    numbers = {label: number for number, label in enumerate(known)}
    paths, class_ids, context_ids = [], [], []
    for context_id, context in enumerate(contexts):
        for label in folders[context]:
            if label not in numbers:
                findings.add("class folder without a label", f"{context}/{label}")
                continue
            for path in class_files(root / context / label, root, findings):
                reason = check.why_unusable(path)
                if reason is not None:
                    findings.add(reason, path)
                    continue
                paths.append(path)
                class_ids.append(numbers[label])
                context_ids.append(context_id)
    context_names, numbered = with_images(contexts, context_ids, findings)
    found = ImageFiles(
        name=name,
        root=root,
        paths=tuple(paths),
        classes=np.array(class_ids, dtype=np.int64),
        class_names=tuple(map(readable, known)),
        contexts=numbered,
        context_names=context_names,
        findings=findings,
    )
    note_coverage(found)
    return found
