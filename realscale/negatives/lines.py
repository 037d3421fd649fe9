"""Captions out of a file, one a line, with the number and the place of each line; malformed ones named, not raised."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LONGEST = 2000  # characters of a caption; longer lines are not captions and would take the whole run's memory
TOO_LONG = f"longer than {LONGEST} characters"
# Classes of characters, the same for Python's expressions and those of polars. White space of any kind, zero width too,
# is read as a space. Joiners, variation selectors and tags, which emoji are made of, are text like any other; control
# and format characters, private ones and no characters are not.
SPACE = "[\t-\r\x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]"
CONTROL = (
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u206f\ue000-\uf8ff"
    "\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e001f\U000f0000-\U0010ffff]"
)
_SPACE = re.compile(SPACE)
_CONTROL = re.compile(f"{CONTROL}|[\ud800-\udfff]")  # JSON may spell halves of characters


class Line(NamedTuple):
    """Line `number` (from 1) ends before byte `end`; it holds a caption, or `fault` says why it does not."""

    number: int
    end: int
    caption: str | None
    fault: str


def captions(path: Path, *, field: str | None, start: int = 0, number: int = 0) -> Iterator[Line]:
    """The lines of a text file, or of JSON objects with the caption under `field`, from byte `start` on.

    White space is read as single spaces (a tab, a no-break space), one for each character.
    `number` lines come before `start`. Memory does not grow with the file, nor with the length of a line.
    """
    with path.open("rb") as stream:
        stream.seek(start)
        while content := stream.readline(_LIMIT):
            number += 1
            long = len(content) == _LIMIT and not content.endswith(b"\n")
            while long and content and not content.endswith(b"\n"):
                content = stream.readline(_LIMIT)
            caption, fault = (None, TOO_LONG) if long else _caption(content, field)
            yield Line(number, stream.tell(), caption, fault)


def check(path: Path, *, field: str | None) -> None:
    """Read up to the first caption of a file.

    Raises:
        ValueError: the file is empty or holds no caption; where no line has the field, the fields that are there are
            named.
    """
    first = ""
    for line in captions(path, field=field):
        if line.caption is not None:
            return
        first = first or f"line {line.number}: {line.fault}"
    if not first:
        raise ValueError(f"{path} is empty; expected captions, one a line")
    if field is not None and (there := _fields(path)) and field not in there:
        raise ValueError(
            f"no line of {path} has a field {field!r}; there are {', '.join(map(repr, there))}: give one with --field"
        )
    raise ValueError(f"{path} holds no caption ({first}); expected captions, one a line")


def _fields(path: Path) -> list[str]:
    """Names of the fields of the first JSON lines."""
    found: dict[str, None] = {}
    with path.open("rb") as stream:
        for _ in range(_LOOKED_AT):
            try:
                record = json.loads(stream.readline(_LIMIT))
            except ValueError:
                continue
            if isinstance(record, dict):
                found |= dict.fromkeys(record)
    return list(found)[:_NAMED]


_LOOKED_AT, _NAMED = 1000, 20  # lines looked at for names of fields, and names said
_LIMIT = 16 * LONGEST + 65536  # bytes of a line, JSON around the caption included


def _caption(content: bytes, field: str | None) -> tuple[str | None, str]:
    try:
        text = content.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        return None, f"not UTF-8 at byte {error.start}"
    if field is not None:
        try:
            record = json.loads(text)
        except ValueError as error:
            return None, f"not JSON: {error}"
        if not isinstance(record, dict) or not isinstance(record.get(field), str):
            return None, f"no object with a text under {field!r}"
        text = record[field]
    text = _SPACE.sub(" ", text).strip()
    if not text:
        return None, "empty"
    if len(text) > LONGEST:
        return None, TOO_LONG
    if _CONTROL.search(text):
        return None, "a control character"
    return text, ""
