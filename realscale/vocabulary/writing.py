"""The vocabulary as a YAML file that a person edits: written with what to do, read with errors that name the line."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from realscale.data.cache import write_atomically
from realscale.vocabulary.document import FORMAT, Entry, ReviewedVocabulary

_LISTS = ("classes", "environments", "undecided")
_HEADER = """\
# Vocabulary of captions: classes (V) are kept by pruning, environments (E) are erased by it.
#
# To review: correct the lists, then write your name and the date under `reviewed`.
#  - Move an entry to another list to give it another role. What is `undecided` is matched by nothing.
#  - A name under `rejected` is not proposed again.
#  - `forms` are other words for the same entry (plurals, synonyms); write what captions say, in lower case.
#  - The number of an entry is its place in its list, from 0; a table of ids knows which vocabulary it was made with.
#  - `note` is yours. It survives `mine --update`, which writes the file anew; comments like this one do not.
#  - `found` and `statistics` are written by `mine` and shown by `report`; matching does not read them.
"""


def save(vocabulary: ReviewedVocabulary, path: Path) -> None:
    """Write the vocabulary with the instructions for its reviewer above it."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": vocabulary.version,
        "reviewed": vocabulary.reviewed,
        "source": dict(vocabulary.source),
    }
    document |= {name: [_plain(entry) for entry in getattr(vocabulary, name)] for name in _LISTS}
    document["rejected"] = vocabulary.rejected
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    write_atomically(path, (_HEADER + text).encode())


def load(path: Path) -> ReviewedVocabulary:
    """Read a vocabulary with YAML's safe loader.

    Raises:
        ValueError: anything that is not as `save` writes it; the message names the file, the line and the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    lines: dict[str, int] = {}
    try:
        document = _Node(root, "", lines).mapping(
            {
                "format": int,
                "version": int,
                "reviewed": str,
                "source": dict,
                **dict.fromkeys(_LISTS, list),
                "rejected": list,
            },
            required=("format", "version", "classes", "environments"),
        )
        if document["format"].value != FORMAT:
            raise _fault(document["format"], f"is {document['format'].value}; this program reads {FORMAT}")
        entries = {name: _entries(document[name]) if name in document else () for name in _LISTS}
        rejected = document["rejected"].items(str) if "rejected" in document else ()
        try:
            return ReviewedVocabulary(
                **entries,
                rejected=tuple(node.value for node in rejected),
                version=document["version"].value,
                reviewed=document["reviewed"].value if "reviewed" in document else "",
                source=document["source"].value if "source" in document else {},
            )
        except ValueError as error:
            place = str(error).split(":", 1)[0]
            raise ValueError(f"line {lines.get(place, 1)}: {error}") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except ValueError as error:
        raise ValueError(f"{path}, {error}") from error


def _plain(entry: Entry) -> dict[str, Any]:
    """The fields that say something; the name always."""
    return {key: value for key, value in asdict(entry).items() if value or key == "name"}


def _entries(document: "_Node") -> tuple[Entry, ...]:
    found = []
    for node in document.items(dict):
        known = {"name": str, "forms": list, "kind": str, "found": list, "statistics": dict, "note": str}
        fields: Mapping[str, Any] = node.mapping(known, required=("name",))
        values: dict[str, Any] = {
            key: tuple(item.value for item in field.items(str)) if known[key] is list else field.value
            for key, field in fields.items()
        }
        found.append(Entry(**values))
    return tuple(found)


_KINDS = {int: "a whole number", str: "a text", list: "a list", dict: "a mapping of keys to values"}


_NODES = {list: yaml.SequenceNode, dict: yaml.MappingNode, int: (), str: ()}
_CONSTRUCTOR = yaml.constructor.SafeConstructor()
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's parser where it was built in


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # either has the same interface
    """Writes words side by side and entries below each other."""


_Dumper.add_representer(
    tuple, lambda dumper, words: dumper.represent_sequence("tag:yaml.org,2002:seq", words, flow_style=True)
)


class _Node:
    """A YAML value with the line and the key under which it stands."""

    def __init__(self, node: yaml.Node | None, place: str, lines: dict[str, int]) -> None:
        self.place, self._node, self._lines = place, node, lines
        self.line = 1 if node is None else node.start_mark.line + 1
        lines[place] = self.line

    @property
    def value(self) -> Any:
        """The value in plain Python types."""
        return None if self._node is None else _CONSTRUCTOR.construct_document(self._node)

    def of(self, kind: type) -> "_Node":
        """The node itself, whose value is of this kind."""
        if isinstance(self._node, _NODES[kind]):
            return self  # what is inside is looked at later
        value = self.value
        if not isinstance(value, kind) or isinstance(value, bool):
            plain = isinstance(self._node, yaml.ScalarNode) and kind is str
            quote = f"; put it in quotes: '{self._node.value}'" if plain and self._node is not None else ""
            shown = f"{value!r:.60} is {type(value).__name__}"
            raise _fault(self, f"{shown}, expected {_KINDS[kind]}{quote}")
        return self

    def items(self, kind: type) -> list["_Node"]:
        """The items of a list, each of one kind."""
        nodes: Sequence[yaml.Node] = self.of(list)._node.value  # type: ignore[union-attr]  # a list has a node
        return [_Node(node, f"{self.place}[{i}]", self._lines).of(kind) for i, node in enumerate(nodes)]

    def mapping(self, kinds: Mapping[str, type], *, required: Sequence[str]) -> dict[str, "_Node"]:
        """The values of a mapping with these keys, each at most once."""
        found: dict[str, _Node] = {}
        for key, node in self.of(dict)._node.value:  # type: ignore[union-attr]  # a mapping has a node
            place = f"{self.place}.{key.value}" if self.place else str(key.value)
            child = _Node(node, place, self._lines)
            child.line = key.start_mark.line + 1
            if key.value not in kinds:
                raise _fault(child, f"is no known key; expected one of {', '.join(kinds)}")
            if key.value in found:
                raise _fault(child, "stands twice; the first would be lost silently")
            found[key.value] = child.of(kinds[key.value])
        if missing := [key for key in required if key not in found]:
            raise _fault(self, f"has no key {missing[0]!r}; expected {', '.join(required)}")
        return found


def _fault(node: _Node, what: str) -> ValueError:
    return ValueError(f"line {node.line}: {node.place or 'the document'}: {what}")
