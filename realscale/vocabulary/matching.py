"""Matching captions against V and E: the longest entry at each place, from left to right, over whole words."""

from collections.abc import Sequence
from functools import cached_property

import polars as pl

from realscale.vocabulary.document import ReviewedVocabulary
from realscale.vocabulary.normal import GAP, normalised, pattern


class Matcher:
    """Finds the entries of a vocabulary in captions, many at a time.

    The words of a caption are matched as `scm.tokens.Vocabulary.encode(caption, unknown="drop")` reads them: at each
    word the longest entry that begins there, else on to the next word. One Aho-Corasick pass over the normal form does
    this for all captions (leftmost match, entries ordered by length).
    """

    def __init__(self, vocabulary: ReviewedVocabulary) -> None:
        self.vocabulary = vocabulary
        self._classes = len(vocabulary.classes)

    @cached_property
    def _patterns(self) -> dict[str, int]:
        longest_first = sorted(self.vocabulary.numbers.items(), key=lambda item: (-len(item[0]), item[0]))
        return {pattern(form): number for form, number in longest_first}

    def found(self, normal: pl.Expr) -> pl.Expr:
        """The forms found in the normal form of captions, as they stand in it, in order: a list of strings each."""
        return normal.str.extract_many(list(self._patterns) or [" \n "], leftmost=True)

    def numbered(self, found: pl.Expr) -> pl.Expr:
        """Entry numbers of found forms: classes 0..C-1, environments from C on."""
        numbers = pl.element().replace_strict(
            list(self._patterns), list(self._patterns.values()), return_dtype=pl.Int64, default=None
        )
        return found.list.eval(numbers)

    def match(self, captions: pl.DataFrame, column: str = "caption") -> pl.DataFrame:
        """The frame with the columns `found` (forms in the normal form), and what `columns` says."""
        frame = captions.with_columns(self.found(normalised(pl.col(column))).alias("found"))
        return self.columns(frame.with_columns(self.numbered(pl.col("found")).alias("entries")))

    def roles(self, normal: str, found: Sequence[str]) -> str:
        """One letter for each word of a normal form: "c" for a class, "e" for an environment, "-" for neither."""
        roles, position = ["-"] * (normal.count(GAP) - 1), 0
        for form in found:
            position = normal.index(form, position)
            first = normal.count(GAP, 0, position + 1) - 1
            length = form.count(GAP) + 1
            roles[first : first + length] = ("c" if self._patterns[form] < self._classes else "e") * length
            position += len(form)
        return "".join(roles)

    def columns(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Class and context ids from entry numbers.

        classes, contexts: list of ids in order of first mention, each once. class, context: the first, -1 without one.
        """
        numbers, count = pl.element(), self._classes
        return frame.with_columns(
            pl.col("entries")
            .list.eval(numbers.filter(numbers < count))
            .list.unique(maintain_order=True)
            .alias("classes"),
            pl.col("entries")
            .list.eval(numbers.filter(numbers >= count) - count)
            .list.unique(maintain_order=True)
            .alias("contexts"),
        ).with_columns(
            pl.col("classes").list.first().fill_null(-1).alias("class"),
            pl.col("contexts").list.first().fill_null(-1).alias("context"),
        )
