"""Records of benchmark files: a field that is not as the layout says costs the record, which is counted and named."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.problems import LETTERS, Problem

Record = Mapping[str, Any]
REPEATED = "id that an earlier record has: skipped, because completions are joined by id"


class Malformed(ValueError):
    """A record that gives no problem; the message is the reason that is counted."""


def problems(
    records: Iterable[tuple[str, Record]], problem: Callable[[str, Record], Problem], findings: Findings
) -> tuple[Problem, ...]:
    """The problem of each record; malformed ones, and those of an id that came before, are findings and left out."""
    found: dict[str, Problem] = {}
    for key, record in records:
        try:
            made = problem(key, record)
        except Malformed as error:
            findings.add(str(error), key)
            continue
        if made.name in found:
            findings.add(REPEATED, f"{made.name} (record {key})")
            continue
        found[made.name] = made
    return tuple(found.values())


def text(record: Record, name: str, *, empty: bool = False) -> str:
    """A text; with `empty` it may be empty.

    Raises:
        Malformed: no such field, another type, or an empty text.
    """
    value = record.get(name)
    if not isinstance(value, str):
        raise Malformed(f"field {name!r} is no text")
    if not empty and not value.strip():
        raise Malformed(f"field {name!r} is empty")
    return value


def label(record: Record, name: str) -> str:
    """A text or a whole number as a text: ids are either, by version of a file.

    Raises:
        Malformed: neither, or empty.
    """
    value = record.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(record, name)


def texts(record: Record, name: str) -> tuple[str, ...]:
    """A list of texts, maybe empty; null is an empty one.

    Raises:
        Malformed: something else.
    """
    value = record.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Malformed(f"field {name!r} is no list of texts")
    return tuple(value)


def options(record: Record, name: str) -> tuple[str, ...]:
    """The options of a choice: at most as many as there are letters.

    Raises:
        Malformed: no list of texts, or too many.
    """
    found = texts(record, name)
    if len(found) > len(LETTERS):
        raise Malformed(f"field {name!r} has more options than there are letters")
    return found


def letter(value: str, options: tuple[str, ...]) -> str:
    """The letter of the right option.

    Raises:
        Malformed: no capital letter, or none of an option.
    """
    if len(value) != 1 or value not in LETTERS:
        raise Malformed("answer of a choice that is no letter")
    if options and LETTERS.index(value) >= len(options):
        raise Malformed("answer of a choice that is no letter of an option")
    return value


def group(record: Record, *columns: str) -> dict[str, tuple[str, ...]]:
    """Columns by which accuracy is told, of those that the record has as a text, a number or a list of texts."""
    found: dict[str, tuple[str, ...]] = {}
    for column in columns:
        value = record.get(column)
        if isinstance(value, list):
            found[column] = tuple(str(entry) for entry in value)
        elif isinstance(value, str | int) and str(value):
            found[column] = (str(value),)
    return found
