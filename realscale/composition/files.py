"""Reading benchmark files: JSON whose records have the official layout's fields, or an error that says where not."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from realscale.composition.items import BenchmarkError

_NAMES = {dict: "object", list: "array", str: "string", int: "number", float: "number", bool: "boolean"}


def read_json(path: Path) -> Any:
    """The JSON document of a file.

    Raises:
        BenchmarkError: no such file, or not JSON.
    """
    content = _content(path)
    try:
        return json.loads(content)
    except ValueError as error:
        raise BenchmarkError(f"{path} cannot be read as JSON ({error}); expected the benchmark's own file") from error


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BenchmarkError(
            f"{path} is not there; expected the benchmark's own file under its official name"
        ) from error
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path} cannot be read as text ({error}); expected the benchmark's own file") from error


def located(root: Path, names: Sequence[str]) -> Path:
    """The folder that holds any of these files or folders: `root`, or root/data, as official repositories have it.

    Raises:
        BenchmarkError: neither does, or both do.
    """
    holding = [folder for folder in (root, root / "data") if any((folder / name).exists() for name in names)]
    if len(holding) == 1:
        return holding[0]
    shown = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
    if holding:
        raise BenchmarkError(
            f"{holding[0]} and {holding[1]} both hold some of {shown}; expected one of them to, because which one is "
            "meant cannot be told: give the inner folder, or move one away"
        )
    raise BenchmarkError(
        f"{shown} is not there: neither {root} nor {root / 'data'} holds any of it; expected the benchmark's own files "
        "under their official names in one of the two"
    )


def located_images(data: Path, root: Path) -> Path:
    """The folder `images` of root or beside the files in root/data; beside the files where there is none at all.

    Raises:
        BenchmarkError: both are there.
    """
    found = [folder for folder in dict.fromkeys((data / "images", root / "images")) if folder.is_dir()]
    if len(found) > 1:
        raise BenchmarkError(f"{found[0]} and {found[1]} are both there; expected one, or which to read by --images")
    return found[0] if found else data / "images"


def records(path: Path, container: type) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(key, record) for each record of a file that holds an array (keys are positions from 1) or an object of records.

    Raises:
        BenchmarkError: another container, or a record that is no object.
    """
    document: Any = read_json(path)
    if type(document) is not container:
        raise BenchmarkError(
            f"{path} holds a JSON {_NAMES.get(type(document), 'value')}; the official layout is a JSON "
            f"{_NAMES[container]} of records"
        )
    for key, record in _pairs(document):
        yield str(key), _fields(path, str(key), record)


def record_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(number of the line, record) for each line of a file that holds a record a line; empty lines are none.

    Raises:
        BenchmarkError: no such file, a line that is not JSON, or a record that is no object.
    """
    for number, line in enumerate(_content(path).splitlines(), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError as error:
                raise BenchmarkError(
                    f"{path}, line {number} cannot be read as JSON ({error}); expected a record a line"
                ) from error
            yield str(number), _fields(path, str(number), record)


def _fields(path: Path, key: str, record: Any) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        raise BenchmarkError(f"{path}, record {key}: {record!r:.80} is no object with fields")
    return record


def _pairs(document: Any) -> Iterable[tuple[Any, Any]]:
    return document.items() if isinstance(document, dict) else enumerate(document, start=1)


def text(path: Path, key: str, record: Mapping[str, Any], name: str) -> str:
    """A field that holds a text which is not empty.

    Raises:
        BenchmarkError: no such field, another type, or an empty text.
    """
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BenchmarkError(
            f"{path}, record {key}: field {name!r} is {value!r:.80}; expected a text that is not empty (its fields are "
            f"{sorted(record)})"
        )
    return value


def inside(root: Path, name: str) -> Path:
    """The path of an image under its folder.

    Raises:
        BenchmarkError: a name that leads out of the folder.
    """
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise BenchmarkError(
            f"image name {name!r} leads out of {root}; expected one inside, or files could be read anywhere"
        )
    return path
