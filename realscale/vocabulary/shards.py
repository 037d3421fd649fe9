"""Caption shards (parquet, JSON lines, text) as batches of bounded size; malformed lines told by number, kept out."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TypeVar

import polars as pl

from realscale.negatives.lines import CONTROL, LONGEST, SPACE, captions

Item = TypeVar("Item")
BATCH = 65536  # lines of a batch
FIELDS = ("caption", "TEXT", "text")  # where captions stand unless it is said: img2dataset's name, then LAION's
STATUS, SUCCESS = "status", "success"  # what img2dataset says of each row: whether its picture is in the tar file
_SCHEMA = {"line": pl.Int64, "caption": pl.String}


@dataclass(frozen=True, eq=False)
class Batch:
    """Lines `after + 1 .. line` of a shard.

    frame: columns line (from 1) and caption. faults: number of a malformed line and what is wrong. line, position:
    where the next batch begins (position: bytes of a text file, rows of a parquet file). failed: rows that are left out
    because their `status` is not "success": their pictures are not in the shards, and nobody trains on them.
    """

    frame: pl.DataFrame
    faults: tuple[tuple[int, str], ...]
    line: int
    position: int
    failed: int = 0


@dataclass(frozen=True)
class Shard:
    """One file of captions; `field` is the column or the JSON field that holds them, "" for plain text."""

    path: Path
    field: str

    @property
    def size(self) -> int:
        """Positions in all."""
        if self.path.suffix == ".parquet":
            return int(pl.scan_parquet(self.path).select(pl.len()).collect().item())
        return self.path.stat().st_size

    def batches(self, *, line: int = 0, position: int = 0) -> Iterator[Batch]:
        """The rest of the file from a batch's `line` and `position` on; memory does not grow with the file."""
        if self.path.suffix == ".parquet":
            yield from self._rows(position)
            return
        lines = captions(self.path, field=self.field or None, start=position, number=line)
        while taken := list(islice(lines, BATCH)):
            good = [entry for entry in taken if entry.caption is not None]
            faults = tuple((entry.number, entry.fault) for entry in taken if entry.caption is None)
            columns = {"line": [entry.number for entry in good], "caption": [entry.caption for entry in good]}
            frame = pl.DataFrame(columns, schema=_SCHEMA)
            yield Batch(frame, faults, taken[-1].number, taken[-1].end)

    def _rows(self, position: int) -> Iterator[Batch]:
        whole = pl.scan_parquet(self.path)
        known = whole.collect_schema().get(STATUS) == pl.String
        usable = pl.col(STATUS).eq_missing(SUCCESS) if known else pl.lit(True)
        columns = whole.select(pl.col(self.field).alias("caption"), usable.alias("usable")).slice(position)
        for frame in columns.collect_batches(chunk_size=BATCH, maintain_order=True):
            numbered = frame.with_row_index("line", offset=position + 1).with_columns(
                pl.col("line").cast(pl.Int64), pl.col("caption").str.replace_all(SPACE, " ").str.strip_chars(" ")
            )
            position += len(frame)
            fault = (
                pl.when(pl.col("caption").is_null())
                .then(pl.lit("no caption"))
                .when(pl.col("caption") == "")
                .then(pl.lit("empty"))
                .when(pl.col("caption").str.len_chars() > LONGEST)
                .then(pl.lit(f"longer than {LONGEST} characters"))
                .when(pl.col("caption").str.contains(CONTROL))
                .then(pl.lit("a control character"))
            )
            checked = numbered.filter("usable").with_columns(fault.alias("fault"))
            faults = tuple(checked.filter(pl.col("fault").is_not_null()).select("line", "fault").iter_rows())
            good = checked.filter(pl.col("fault").is_null()).select("line", "caption")
            yield Batch(good, faults, position, position, len(numbered) - len(checked))


def shards(sources: Sequence[Path], field: str | None = None) -> tuple[Shard, ...]:
    """The shards of files and folders (a folder stands for its .parquet, .jsonl and .txt files, sorted by name).

    Raises:
        ValueError: no such file, a folder without shards, an unknown kind of file, or no column of this name.
    """
    found: list[Path] = []
    for source in sources:
        if source.is_dir():
            inside = sorted(path for path in source.iterdir() if path.suffix in (".parquet", ".jsonl", ".txt"))
            if not inside:
                raise ValueError(f"{source} holds no .parquet, .jsonl or .txt file; expected shards of captions")
            found += inside
        elif source.is_file():
            found.append(source)
        else:
            raise ValueError(f"{source} is no file and no folder; expected captions as .parquet, .jsonl or .txt")
    if twice := sorted({str(path) for path in found if found.count(path) > 1}):
        raise ValueError(f"{twice[0]} is given twice; its captions would be counted twice")
    return tuple(Shard(path, _field(path, field)) for path in found)


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each next one made in another thread while one is worked on; two are in memory at most."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, items, None)
            yield item


def identity(found: Sequence[Shard]) -> str:
    """Hash of the shards' names, sizes and fields: what a run that is gone on with must agree in.

    Contents are not hashed: it would cost as much as the run itself.
    """
    described = "\n".join(f"{shard.path.name} {shard.path.stat().st_size} {shard.field}" for shard in found)
    return sha256(described.encode()).hexdigest()


def _field(path: Path, field: str | None) -> str:
    if path.suffix == ".txt":
        return ""
    if path.suffix == ".jsonl":
        return field or FIELDS[0]
    if path.suffix != ".parquet":
        raise ValueError(f"{path} ends in {path.suffix or 'nothing'!r}; expected .parquet, .jsonl or .txt")
    try:
        schema = pl.scan_parquet(path).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ValueError(f"{path} is no parquet file that can be read: {error}") from error
    wanted = (field,) if field else FIELDS
    name = next((name for name in wanted if schema.get(name) == pl.String), None)
    if name is None:
        columns = ", ".join(f"{column} ({kind})" for column, kind in schema.items())
        raise ValueError(f"{path} has no column of texts named {' or '.join(wanted)}; its columns are {columns}")
    return name
