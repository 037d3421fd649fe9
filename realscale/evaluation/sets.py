"""The set that a command names: a fetched one, or a folder in a known layout."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from realscale.data import load
from realscale.data.image_folders import load_domain_folders
from realscale.data.labelled import LabelledImages

Layout = Literal["domainbed"]

_READERS: Mapping[Layout, Callable[[Path], LabelledImages]] = {"domainbed": load_domain_folders}


def open_set(data: str, layout: Layout | None, *, size: int) -> LabelledImages:
    """The images of a set by name, drawn at 64 pixels where the model takes more than 32; or of a folder.

    Raises:
        ValueError: no such set.
        MissingData: the set is not cached; the message holds the command that fetches it.
        DataError: the folder is not as its layout says.
    """
    if layout is not None:
        return _READERS[layout](Path(data))
    if Path(data).is_dir():
        raise ValueError(
            f"{data} is a folder; expected --layout beside it, one of {', '.join(_READERS)}, because nothing else says "
            "which of its folders are classes and which are contexts"
        )
    return load(data, size=32 if size <= 32 else 64)
