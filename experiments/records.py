"""Records: one JSON line a finished cell, appended durably; the only thing that tables and figures read."""

import fcntl
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = 1


class RecordsError(ValueError):
    """A records file cannot be used; the message names the file, what was expected and what to do."""


def canonical(value: Any) -> str:
    """JSON text that equal values share: sorted keys, no spaces, tuples as lists."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(value: Any) -> Any:
    """Numbers, lists and dicts that JSON can hold: numpy scalars and arrays unpacked, non-finite numbers as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class RecordStore:
    """The records of one run folder, keyed by cell; the last record of a cell counts.

    Opening takes an exclusive lock on the folder, so that two commands cannot write the same records. A torn last line
    (the process was killed while it wrote) is moved to `records.torn` and its cell is run again.
    Raises RecordsError for a line that is not JSON elsewhere in the file, for another schema, and for a folder that
    cannot be written or that another process holds.
    """

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self.path = folder / "records.jsonl"
        self.reports: list[str] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / "lock").open("a")
        except OSError as error:
            raise RecordsError(
                f"the output folder {folder} cannot be written ({error.strerror}); expected a folder in which this "
                "command may create files, because every finished cell is recorded there; choose another with --out"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RecordsError(
                f"{folder} is in use by another running command; expected one writer a folder, because two would mix "
                "their records; wait for it, or choose another folder with --out"
            ) from error
        if fresh and self.path.exists():
            kept = next(p for p in map(folder.joinpath, _previous_names()) if not p.exists())
            self.path.rename(kept)
            self.reports.append(f"--fresh: the earlier records are kept as {kept}")
        self._mend_tail()
        self.records: dict[str, dict[str, Any]] = {record["key"]: record for record in read_records(self.path)}
        self._file = self.path.open("a", encoding="utf-8")

    def _mend_tail(self) -> None:
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        if not content or content.endswith(b"\n"):
            return
        whole = content.rfind(b"\n") + 1
        with (self.path.parent / "records.torn").open("ab") as torn:
            torn.write(content[whole:] + b"\n")
        os.truncate(self.path, whole)
        self.reports.append(
            f"{self.path}: its last line was torn ({len(content) - whole} bytes, kept in records.torn): redoing it"
        )

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record and wait until it is on the disk."""
        self._file.write(json.dumps(plain(record), allow_nan=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.records[record["key"]] = dict(record)

    def close(self) -> None:
        """Give the file and the folder's lock back."""
        self._file.close()
        self._lock.close()


@contextmanager
def open_records(folder: Path, *, fresh: bool = False) -> Iterator[RecordStore]:
    """A RecordStore that is closed at the end, whatever happens."""
    store = RecordStore(folder, fresh=fresh)
    try:
        yield store
    finally:
        store.close()


def read_records(path: Path) -> list[dict[str, Any]]:
    """All records of a file, in order. Raises RecordsError for a broken line or another schema; never writes."""
    if not path.exists():
        return []
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            schema = record["schema"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise RecordsError(
                f"{path}, line {number}, is no record ({line[:60]!r}); expected one JSON object a line with a schema "
                "number, as this command writes; the file is left untouched: mend it, or start over with --fresh"
            ) from error
        if schema != SCHEMA:
            raise RecordsError(
                f"{path}, line {number}, has schema {schema!r}; expected {SCHEMA}, because records of another version "
                "mean other things by the same names; the file is left untouched: choose another folder with --out, or "
                "start over with --fresh"
            )
        records.append(record)
    return records


def _previous_names() -> Iterator[str]:
    number = 1
    while True:
        yield f"records.previous-{number}.jsonl"
        number += 1
