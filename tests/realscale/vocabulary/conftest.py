"""Mining in one call."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from realscale.negatives.wordnet import Synset, WordNet
from realscale.vocabulary.document import ReviewedVocabulary
from realscale.vocabulary.mining import Settings, mine
from realscale.vocabulary.shards import shards


@pytest.fixture
def mined(tmp_path: Path) -> Callable[..., ReviewedVocabulary]:
    def call(
        captions: Sequence[str],
        names: Sequence[str] = (),
        *,
        least: int = 20,
        decide: bool = True,
        wordnet: WordNet | None = None,
        earlier: ReviewedVocabulary | None = None,
    ) -> ReviewedVocabulary:
        path = tmp_path / "captions.txt"
        path.write_text("\n".join(captions) + "\n", encoding="utf-8")
        settings = Settings(least, decide)
        return mine(
            shards([path]), names, wordnet, settings, earlier=earlier, fault=lambda *_: None, progress=lambda *_: None
        )

    return call


@pytest.fixture(scope="session")
def small_wordnet() -> WordNet:
    """dog > {puppy, street dog}; location > park > {swing park}; red house is a structure of two senses."""
    lines = {
        "dog": (1, ()),
        "puppy": (2, (9, 1)),
        "young": (9, ()),
        "street dog": (3, (1,)),
        "location": (4, ()),
        "park": (5, (4,)),
        "swing park": (6, (5,)),
        "dog house": (7, (5,)),
        "cat": (8, ()),
    }
    nouns = {offset: Synset(5, (name,), parents, ()) for name, (offset, parents) in lines.items()}
    senses = {name: (offset,) for name, (offset, _) in lines.items()} | {"hound": (1,), "bank": (8, 5)}
    return WordNet(nouns, senses, {}, {}, {})
