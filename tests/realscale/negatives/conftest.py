"""A WordNet of a few lines in the official layout, and a tagger that needs no package."""

from collections.abc import Sequence

import pytest

from realscale.negatives import wordnet
from realscale.negatives.lexicon import built, from_document
from realscale.negatives.tagging import Tagger
from scm.composition.captions import Lexicon

LICENCE = "  1 This software and database is being provided to you\n"
# thing 10 > being 20 > beast 30 > mammal 40 > pet 50 > {ferret 60, hamster 70, koala 80, gerbil 85}
LINES = [("thing", 10, 3, None), ("being", 20, 3, 10), ("beast", 30, 5, 20), ("mammal", 40, 5, 30), ("pet", 50, 5, 40)]
LINES += [
    ("pet_animal", 55, 5, 50),
    ("ferret", 60, 5, 55),
    ("hamster", 70, 5, 55),
    ("koala", 80, 5, 55),
    ("gerbil", 85, 5, 55),
]
LINES += [("produce", 90, 13, 10), *((name, 100 + place, 6, 10) for place, name in enumerate(
    ["clothing", "vehicle", "furniture", "container", "musical_instrument", "structure", "conveyance"]
))]  # fmt: skip


def _noun(name: str, offset: int, file: int, parent: int | None) -> str:
    words = f"02 {name} 0 desert_rat 0" if name == "koala" else f"01 {name} 0"
    pointers = f"001 @ {parent:08d} n 0000" if parent else "000"
    return f'{offset:08d} {file:02d} n {words} {pointers} | a gloss; "with | bars"  '


@pytest.fixture(scope="session")
def small_wordnet() -> wordnet.WordNet:
    """Eighteen nouns and a pair of antonyms."""
    names = [*((name, offset) for name, offset, _, _ in LINES), ("desert_rat", 80)]
    adjectives = [
        "00000200 00 a 01 crooked(a) 0 001 ! 00000210 a 0101 | bent",
        "00000210 00 a 01 straight 0 001 ! 00000200 a 0101 | not bent",
    ]
    return wordnet.parse(
        [LICENCE, *(_noun(*line) for line in LINES)],
        [LICENCE, *(f"{name} n 1 1 @ 1 0 {offset:08d}  " for name, offset in names)],
        [LICENCE, *adjectives],
        [LICENCE, "crooked a 1 1 ! 1 0 00000200  ", "straight a 1 1 ! 1 0 00000210  "],
        ["straight%3:00:00:: 00000210 1 9", "straight%5:00:00:near:00 00000210 2 1", "hamster%1:05:00:: 00000070 1 9"],
    )


@pytest.fixture(scope="session")
def small_lexicon(small_wordnet: wordnet.WordNet) -> Lexicon:
    """The project's classes with this WordNet below them."""
    return from_document(built(small_wordnet))


@pytest.fixture(scope="session")
def tags() -> Tagger:
    """Tags by a short list; all other words are nouns."""
    known = {"a": "DT", "an": "DT", "the": "DT", "on": "IN", "under": "IN", "red": "JJ", "two": "CD", "with": "IN"}

    def tag(words: Sequence[str]) -> list[str]:
        return [known.get(word.lower(), "NNS" if word.endswith("s") else "NN") for word in words]

    return tag
