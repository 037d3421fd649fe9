"""The cache folder: atomic writes, and stored files that carry the hash of their content and how they were made."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_dir

from realscale.data.errors import DataError, MissingData

ENVIRONMENT_VARIABLE = "TOKEN_SCM_DATA"


def root() -> Path:
    """The cache folder: the environment variable TOKEN_SCM_DATA, else the user's cache folder of `token-scm`."""
    return Path(os.environ.get(ENVIRONMENT_VARIABLE) or user_cache_dir("token-scm")).expanduser()


def digest(content: bytes) -> str:
    """SHA-256 of the content in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside `path` under a name of its own, then rename: a reader sees the old file, the new one or none.

    Raises:
        DataError: the folder cannot be made or written; nothing half-written is left.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.parent / f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}"
        try:
            with draft.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        of_cache = f"set the environment variable {ENVIRONMENT_VARIABLE} to such a folder for the data cache"
        advice = of_cache if path.is_relative_to(root()) else "name such a folder"
        raise DataError(
            f"cannot write {path}: {error.strerror or error}. Its folder must be one that can be made and written and "
            f"has room: {advice}, and run the command again"
        ) from error


@dataclass(frozen=True)
class Stored:
    """A cached file `folder/name.<hash><suffix>` with a record `folder/name.json` that names it, its hash and recipe.

    Content files are never rewritten (their name holds their hash) and the record is replaced atomically, so that two
    processes that build the same thing at once, or one that is killed, always leave a consistent pair.
    """

    folder: Path
    name: str
    suffix: str
    repair: str  # the command that makes or repairs the file

    @property
    def record_path(self) -> Path:
        """Path of the JSON record."""
        return self.folder / f"{self.name}.json"

    def record(self) -> dict[str, Any] | None:
        """The record, or None when nothing is stored.

        Raises:
            DataError: the record cannot be read as JSON.
        """
        try:
            content = json.loads(self.record_path.read_text(encoding="utf-8"))
            if not {"file", "sha256", "recipe"} <= set(content):
                raise ValueError("it lacks one of the keys file, sha256, recipe")
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise DataError(
                f"the cache record {self.record_path} is corrupt ({error}); without it nothing says which file is "
                f"whole. Repair it with: {self.repair}"
            ) from error
        return content

    def path(self) -> Path:
        """Path of the stored content.

        Raises:
            MissingData: nothing is stored.
        """
        record = self.record()
        if record is None:
            raise MissingData(f"{self.folder / self.name} is not in the data cache. Fetch it with: {self.repair}")
        return self.folder / record["file"]

    def read(self, recipe: Mapping[str, Any]) -> bytes:
        """The content, verified against its stored hash and made by this very `recipe`.

        Raises:
            MissingData: nothing is stored, or it was made by another recipe (other pinned versions).
            DataError: the file is absent or its hash is not the stored one.
        """
        path = self.path()
        record = self.record() or {}
        if record["recipe"] != dict(recipe):
            raise MissingData(
                f"{path} was made from other sources or by another version of this program ({record['recipe']}, "
                f"expected {dict(recipe)}), so its content may differ. Bring it up to date with: {self.repair}"
            )
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise DataError(
                f"the cache file {path} is gone although its record is there. Repair: {self.repair}"
            ) from None
        found = digest(content)
        if found != record["sha256"]:
            raise DataError(
                f"the cache file {path} is corrupt: its SHA-256 is {found[:16]}... with {len(content)} bytes, "
                f"{record['sha256'][:16]}... was stored when it was made; results from it could not be trusted. "
                f"Repair it with: {self.repair}"
            )
        return content

    def state(self, recipe: Mapping[str, Any]) -> Literal["current", "absent", "corrupt"]:
        """`current` when `read` would succeed, `absent` when it must be made, `corrupt` when it must be made again."""
        try:
            self.read(recipe)
        except MissingData:
            return "absent"
        except DataError:
            return "corrupt"
        return "current"

    def write(self, content: bytes, recipe: Mapping[str, Any], note: Mapping[str, Any]) -> None:
        """Store the content, then its record (`note` is kept in the record for the reader and never compared)."""
        found = digest(content)
        target = self.folder / f"{self.name}.{found[:16]}{self.suffix}"
        try:
            previous = self.record()
        except DataError:
            previous = None
        write_atomically(target, content)
        record = {"file": target.name, "sha256": found, "recipe": dict(recipe), **note}
        write_atomically(self.record_path, json.dumps(record, indent=1, ensure_ascii=False).encode())
        if previous is not None and previous["file"] != target.name:
            (self.folder / Path(previous["file"]).name).unlink(missing_ok=True)
