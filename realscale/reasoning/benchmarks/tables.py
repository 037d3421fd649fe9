"""Tables in parquet files: rows without their pictures, which are read in chunks when they are asked for."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from realscale.composition.files import inside
from realscale.composition.items import BenchmarkError
from realscale.data.decoding import NoPicture
from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.pictures import Picture, PictureFolders

CHUNK = 128  # rows whose pictures are in memory at once


def table_files(root: Path, split: str) -> list[Path]:
    """The files SPLIT-*.parquet of root or root/data, by name.

    Raises:
        BenchmarkError: there is none, or one is a link that leads out of its folder.
    """
    for folder in (root, root / "data"):
        found = sorted(folder.glob(f"{split}-*.parquet"))
        if found:
            return [inside(folder, path.name) for path in found]
    raise BenchmarkError(
        f"no {split}-*.parquet is in {root} or {root / 'data'}; expected the benchmark's own files under their names"
    )


def rows(path: Path, pictures: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file and row, record) of each row, without the column of pictures.

    Raises:
        BenchmarkError: polars is not installed, the file is no table, or it has no such column.
    """
    try:
        import polars as pl
    except ModuleNotFoundError as error:
        raise BenchmarkError(
            f"{path} is read by polars, which is not installed; install it with: pip install 'token-scm[vocabulary]'"
        ) from error
    try:
        columns = list(pl.read_parquet_schema(path))
        if pictures not in columns:
            raise BenchmarkError(f"{path} has no column {pictures!r} (it has {columns}); expected the official layout")
        frame = pl.read_parquet(path, columns=[column for column in columns if column != pictures])
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BenchmarkError(f"{path} cannot be read as a table ({error}); expected a parquet file") from error
    for row, record in enumerate(frame.iter_rows(named=True)):
        yield f"{path.name}:{row}", record


class PictureColumn:
    """The pictures of one column of one file: {bytes, path}, bare bytes, or a list of exactly one of these."""

    def __init__(self, path: Path, column: str) -> None:
        self._path, self._column = path, column
        self._start = -1
        self._values: list[Any] = []

    def picture(self, row: int) -> Picture:
        """The picture of a row; nothing is read yet."""
        return Picture(f"{self._path.name}:{row}", lambda: self._content(row))

    def _content(self, row: int) -> bytes:
        import polars as pl

        start = row - row % CHUNK
        if start != self._start:
            try:
                part = pl.scan_parquet(self._path).select(self._column).slice(start, CHUNK).collect()
            except (pl.exceptions.PolarsError, OSError) as error:
                raise NoPicture("unreadable file", f"{self._path}: {error}") from error
            self._start, self._values = start, part[self._column].to_list()
        return _bytes(self._values[row - start], self._path)


def _bytes(value: Any, table: Path) -> bytes:
    if isinstance(value, Sequence) and not isinstance(value, bytes | str):
        if len(value) != 1:
            raise NoPicture("not one picture", f"{len(value)} in a row of {table.name}")
        value = value[0]
    if isinstance(value, dict):
        if value.get("bytes") is None and isinstance(value.get("path"), str):
            return PictureFolders([table.parent], Findings()).picture(value["path"], table.name).encoded()
        value = value.get("bytes")
    if not isinstance(value, bytes):
        raise NoPicture("absent picture", f"a row of {table.name} holds {type(value).__name__} instead of bytes")
    return value
