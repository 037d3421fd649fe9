"""Records: one JSON line a finished cell, appended durably; the only thing that tables and figures read."""

import fcntl
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

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
    Raises RecordsError for a line that is no record elsewhere in the file and for another schema (before anything is
    written), and for a folder that cannot be written or that another process holds.
    """

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self.path = folder / "records.jsonl"
        self.reports: list[str] = []
        with ExitStack() as opened:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                _lock(opened.enter_context((folder / "lock").open("a")), folder)
                if fresh:
                    self._set_aside()
                self.records: dict[str, dict[str, Any]] = {record["key"]: record for record in read_records(self.path)}
                self._mend_tail()
                self._file = opened.enter_context(self.path.open("a", encoding="utf-8"))
            except OSError as error:
                raise RecordsError(
                    f"the output folder {folder} cannot be written ({error.strerror}); expected a folder in which this "
                    "command may create files, because every finished cell is recorded there; choose another with --out"
                ) from error
            self._opened = opened.pop_all()

    def _set_aside(self) -> None:
        """Keep the earlier records under another name; half-trained models of the earlier run go."""
        folder = self.path.parent
        if self.path.exists():
            kept = next(path for path in map(folder.joinpath, _previous_names()) if not path.exists())
            self.path.rename(kept)
            self.reports.append(f"--fresh: the earlier records are kept as {kept}")
        if self.checkpoints.exists():
            shutil.rmtree(self.checkpoints)

    @property
    def checkpoints(self) -> Path:
        """Folder for what unfinished cells leave to go on from."""
        return self.path.parent / "checkpoints"

    def _mend_tail(self) -> None:
        if not self.path.exists():
            return
        whole, torn = _split(self.path.read_bytes())
        if torn:
            with (self.path.parent / "records.torn").open("ab") as kept:
                kept.write(torn + b"\n")
            os.truncate(self.path, len(whole))
            self.reports.append(
                f"{self.path}: its last line was torn ({len(torn)} bytes, kept in records.torn): redoing it"
            )

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record and wait until it is on the disk. Raises RecordsError when the disk does not take it."""
        try:
            self._file.write(json.dumps(plain(record), allow_nan=False) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise RecordsError(
                f"{self.path} could not be written ({error.strerror}); expected room for one more record; what was "
                "recorded before is kept: make room and run the same command again"
            ) from error
        self.records[record["key"]] = dict(record)

    def close(self) -> None:
        """Give the file and the folder's lock back."""
        with suppress(OSError):  # what is still buffered was reported by `append`
            self._opened.close()


@contextmanager
def open_records(folder: Path, *, fresh: bool = False) -> Iterator[RecordStore]:
    """A RecordStore that is closed at the end, whatever happens."""
    store = RecordStore(folder, fresh=fresh)
    try:
        yield store
    finally:
        store.close()


def read_records(path: Path) -> list[dict[str, Any]]:
    """All records of a file, in order, without a torn last line. Never writes.

    Raises RecordsError for a line that is no record, and for another schema.
    """
    if not path.exists():
        return []
    whole, _ = _split(path.read_bytes())
    return [_record(line, f"{path}, line {number},") for number, line in enumerate(whole.splitlines(), start=1)]


def _record(line: bytes, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
        schema = record["schema"]
        if schema == SCHEMA:
            record["key"]
    except (ValueError, KeyError, TypeError) as error:  # not UTF-8 or not JSON; without a name; not an object
        raise RecordsError(
            f"{place} is no record ({line[:60].decode(errors='replace')!r}); expected one JSON object a line with a "
            "schema number and a key, as this command writes; the file is left untouched: mend it, or start over with "
            "--fresh"
        ) from error
    if schema != SCHEMA:
        raise RecordsError(
            f"{place} has schema {schema!r}; expected {SCHEMA}, because records of another version mean other things "
            "by the same names; the file is left untouched: choose another folder with --out, or start over with "
            "--fresh"
        )
    return dict(record)


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The whole lines, and the rest: a last line without its end, torn when the process that wrote it was killed."""
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def _lock(file: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RecordsError(
            f"{folder} is in use by another running command; expected one writer a folder, because two would mix "
            "their records; wait for it, or choose another folder with --out"
        ) from error


def _previous_names() -> Iterator[str]:
    number = 1
    while True:
        yield f"records.previous-{number}.jsonl"
        number += 1
