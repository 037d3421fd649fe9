"""How well matched roles agree with roles that are known: precision and recall over the words of captions."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.normal import normalised


@dataclass(frozen=True)
class Agreement:
    """Of one role: words that have it and were found, words found, words that have it."""

    right: int
    found: int
    known: int

    @property
    def precision(self) -> float:
        """right / found; 1 if none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """right / known; 1 if there was none to find."""
        return self.right / self.known if self.known else 1.0


def agreement(matcher: Matcher, captions: Sequence[str], known: Sequence[str]) -> dict[str, Agreement]:
    """Agreement of the roles "class" and "environment".

    Args:
        matcher: of the vocabulary that is judged.
        captions: captions whose words have known roles.
        known: one letter a word of each caption: "c" for a class, "e" for an environment, "-" for neither.

    Raises:
        ValueError: a caption whose words are not as many as its letters.
    """
    frame = matcher.match(pl.DataFrame({"caption": captions})).with_columns(
        normalised(pl.col("caption")).alias("normal")
    )
    roles = [matcher.roles(normal, found) for normal, found in frame.select("normal", "found").iter_rows()]
    for caption, found, truth in zip(captions, roles, known, strict=True):
        if len(found) != len(truth):
            raise ValueError(
                f"{caption!r} has {len(found)} words, but {len(truth)} roles are known; expected one a word"
            )
    pairs = [pair for found, truth in zip(roles, known, strict=True) for pair in zip(found, truth, strict=True)]
    return {
        name: Agreement(
            sum(found == truth == letter for found, truth in pairs),
            sum(found == letter for found, _ in pairs),
            sum(truth == letter for _, truth in pairs),
        )
        for name, letter in (("class", "c"), ("environment", "e"))
    }
