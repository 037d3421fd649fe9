"""The set that a command names: a fetched one, or a folder in a known layout."""

from typing import Literal

from realscale.data import load
from realscale.data.labelled import LabelledImages

Layout = Literal["domainbed", "nico", "coop"]


def open_set(data: str, layout: Layout | None, *, size: int) -> LabelledImages:
    """The images of a set by name, drawn at 64 pixels where the model takes more than 32; or of a folder.

    Raises:
        ValueError: no such set, or a folder without its layout.
        MissingData: the set is not cached; the message holds the command that fetches it.
        DataError: the folder is not as its layout says.
    """
    return load(data, size=32 if size <= 32 else 64)
