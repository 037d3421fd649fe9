"""The layouts in which a user's own sets are read: what must lie on disk, and the reader of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from realscale.data.coop_sets import load_coop
from realscale.data.image_files import ImageFiles
from realscale.data.image_folders import load_domain_folders
from realscale.data.nico import load_nico


@dataclass(frozen=True)
class Layout:
    """expected: what PATH must hold. load: its reader, `load(path, skip=report)`; None: it is streamed (`shards`)."""

    expected: str
    load: Callable[..., ImageFiles] | None


LAYOUTS: Mapping[str, Layout] = {
    "domainbed": Layout(
        "PATH/<domain>/<class>/<image>: PACS, VLCS, office_home, terra_incognita, domain_net, or any such folder",
        load_domain_folders,
    ),
    "nico": Layout(
        "NICO++ track 1: PATH/dg_label_id_mapping.json, PATH/public_dg_0416/train/<context>/<class>/<image>", load_nico
    ),
    "coop": Layout(
        "CoOp's eleven sets: PATH/split_zhou_<Name>.json (FGVC Aircraft, ImageNet: their lists) beside its images",
        load_coop,
    ),
    "shards": Layout("img2dataset's webdataset output: PATH/*.tar of <key>.jpg|png|webp, <key>.txt, <key>.json", None),
}


def load_folder(path: Path, layout: str, *, skip: Path | None = None) -> ImageFiles:
    """The labelled images of a folder in a layout; `skip` is a report of `python -m realscale.data check`.

    Raises:
        ValueError: an unknown layout, or shards, which are streamed and have no labels.
        DataError: the folder is not as its layout says.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"no layout is named {layout!r}; there are: {', '.join(LAYOUTS)}")
    reader = LAYOUTS[layout].load
    if reader is None:
        raise ValueError(f"layout is {layout!r}, whose images have captions but no classes; it is streamed, not loaded")
    return reader(path, skip=skip)
