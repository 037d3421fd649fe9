"""The eleven sets on which prompt tuning is compared, in the layout of CoOp (Zhou et al., 2022)."""

from pathlib import Path

import numpy as np

from realscale.data.coop_listings import Split, read_listing
from realscale.data.findings import Findings
from realscale.data.image_files import FileCheck, ImageFiles, skipped_files
from realscale.data.image_folders import existing_folder, readable


def load_coop(root: Path, *, split: Split = "test", skip: Path | None = None) -> ImageFiles:
    """One split of the set in this folder, the images in the order of its list, all in one context of the set's name.

    A folder holds `split_zhou_<Name>.json` and its images, or the lists of FGVC Aircraft, or ImageNet's folders with
    `classnames.txt` (whose test and validation images are the same). Malformed entries, entries that name the class
    of a label otherwise than the first, and files that cannot be images are skipped and named in `findings`.

    Raises:
        DataError: no folder, lists that are not there or of another form, a label that no entry has, or no image left.
    """
    findings = Findings()
    listing = read_listing(existing_folder(root), split, findings)
    images = existing_folder(listing.images)
    check = FileCheck(images, skip=skipped_files(skip))
    paths, classes = [], []
    for path, label in listing.entries:
        reason = check.why_unusable(path)
        if reason is not None:
            findings.add(reason, path)
            continue
        paths.append(path)
        classes.append(label)
    return ImageFiles(
        name=listing.name,
        root=images,
        paths=tuple(paths),
        classes=np.array(classes, dtype=np.int64),
        class_names=tuple(map(readable, listing.class_names)),
        contexts=np.zeros(len(paths), dtype=np.int64),
        context_names=(listing.name,),
        findings=findings,
    )
