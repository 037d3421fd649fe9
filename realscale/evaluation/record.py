"""One JSON document per model and set: what was asked of which weights, section by section."""

import json
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from realscale.data.cache import digest, write_atomically
from realscale.evaluation.models import Evaluated

_PACKAGES = ("token-scm", "torch", "open_clip_torch", "numpy", "scikit-learn")
WARNING = "random weights: this shows that the code runs, and nothing about CLIP"


def versions() -> dict[str, str | None]:
    """Versions of what decides the figures; None where a package has none."""
    found: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def named(section: str, told: object) -> str:
    """The name of a section that was asked for in these words; with another template, say, it has another name.

    told: anything that JSON can hold.
    """
    return f"{section} {digest(json.dumps(told, sort_keys=True).encode())[:8]}"


class Record:
    """The document of one model on one set, in a file of its own; a section is written as soon as it is known.

    Raises:
        ValueError: the file is there and is no such document.
    """

    def __init__(self, folder: Path, model: Evaluated, about_set: dict[str, Any]) -> None:
        pieces = (model.model.name, model.fingerprint[:8], about_set["name"], about_set["fingerprint"][:8])
        self.path = folder / f"{re.sub(r'[^A-Za-z0-9.-]+', '_', '--'.join(pieces))}.json"
        self.document: dict[str, Any] = {
            "model": model.describe(),
            "set": about_set,
            "versions": versions(),
            "sections": {},
        }
        if model.pretrained is None:
            self.document["warning"] = WARNING
        if self.path.exists():
            self.document["sections"] = read_record(self.path)["sections"]

    def holds(self, name: str) -> bool:
        """Whether a section is there."""
        return name in self.document["sections"]

    def write(self, name: str, section: dict[str, Any]) -> None:
        """Keep a section, in place of what was there under its name."""
        self.document["sections"][name] = {**section, "versions": versions()}
        write_atomically(self.path, json.dumps(self.document, indent=1, allow_nan=False).encode())


def about_whole(name: str, fingerprint: str, count: int) -> dict[str, Any]:
    """What a record says of a benchmark, which is scored whole."""
    return {"name": name, "fingerprint": fingerprint, "n": count, "whole": count, "part": "full set", "part_seed": None}


def read_record(path: Path) -> dict[str, Any]:
    """A document that `Record` wrote.

    Raises:
        ValueError: no such document.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if not {"model", "set", "sections"} <= set(document):
            raise ValueError("it lacks one of model, set, sections")
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"{path} is no record of an evaluation ({error}); expected a file that `--out` wrote"
        ) from error
    return document
