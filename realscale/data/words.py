"""A word tokenizer for captions: lower-case words of the training captions, an unknown word, a fixed length, a mask."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

PADDING, UNKNOWN = 0, 1
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*|[#*!]")


def words_of(caption: str) -> list[str]:
    """The caption's words in lower case ("o’clock" and "heart-eyes" are one word), and the signs `#`, `*`, `!`."""
    return _WORD.findall(caption.lower())


@dataclass(frozen=True)
class WordVocabulary:
    """`words[i]` has id i; id 0 pads, id 1 stands for every unknown word. `length`: number of tokens of a caption."""

    words: tuple[str, ...]
    length: int

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"length is {self.length}, expected at least 1: a caption needs room for one word")
        if len(set(self.words)) != len(self.words) or len(self.words) < 2:
            raise ValueError("words holds a word twice or lacks its two special entries; an id must mean one word")

    @classmethod
    def fit(cls, captions: Sequence[str], *, least: int = 1, length: int | None = None) -> "WordVocabulary":
        """Words that occur at least `least` times, most frequent first; length of the longest caption unless given.

        Raises:
            ValueError: no caption has a word, or the length is below 1.
        """
        split = [words_of(caption) for caption in captions]
        counts = Counter(word for words in split for word in words)
        if not counts:
            raise ValueError(f"none of the {len(captions)} captions has a word; a vocabulary needs at least one")
        kept = sorted((word for word in counts if counts[word] >= least), key=lambda word: (-counts[word], word))
        return cls(("<padding>", "<unknown>", *kept), max(map(len, split)) if length is None else length)

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, captions: Sequence[str]) -> tuple[Int[np.ndarray, "n length"], Bool[np.ndarray, "n length"]]:
        """Word ids padded with 0, and the mask (True: a word). Words past `length` are cut off."""
        index = {word: number for number, word in enumerate(self.words)}
        ids = np.full((len(captions), self.length), PADDING, dtype=np.int64)
        for row, caption in enumerate(captions):
            known = [index.get(word, UNKNOWN) for word in words_of(caption)[: self.length]]
            ids[row, : len(known)] = known
        return ids, ids != PADDING

    def decode(self, ids: Int[np.ndarray, "n length"]) -> list[str]:
        """The words of each row joined by blanks, without the padding."""
        return [" ".join(self.words[number] for number in row if number != PADDING) for row in ids]
