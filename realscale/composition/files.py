"""Reading benchmark files: JSON whose records have the official layout's fields, or an error that says where not."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from realscale.composition.items import BenchmarkError


def read_json(path: Path) -> Any:
    """The JSON document of a file.

    Raises:
        BenchmarkError: no such file, or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BenchmarkError(
            f"{path} is not there; expected the benchmark's own file under its official name"
        ) from error
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path} cannot be read as JSON ({error}); expected the benchmark's own file") from error


def records(path: Path, container: type) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(key, record) for each record of a file that holds a list (keys are then positions) or an object of records.

    Raises:
        BenchmarkError: another container, or a record that is no object.
    """
    document: Any = read_json(path)
    if type(document) is not container:
        raise BenchmarkError(
            f"{path} holds a JSON {type(document).__name__}; the official layout is a {container.__name__} of records"
        )
    for key, record in _pairs(document):
        if not isinstance(record, Mapping):
            raise BenchmarkError(f"{path}, record {key}: {record!r:.80} is no object with fields")
        yield str(key), record


def _pairs(document: Any) -> Iterable[tuple[Any, Any]]:
    return document.items() if isinstance(document, dict) else enumerate(document)


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
