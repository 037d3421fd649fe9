"""One normal form of captions for counting and matching: lower-case words with two spaces before, between and after."""

from collections.abc import Sequence

import polars as pl

GAP = "  "  # two spaces: the one after a word and the one before the next can belong to different matches
_SEPARATOR = r"['’-]*[^\w'’-]\W*"  # apostrophes and hyphens belong to a word only between its letters


def separated(captions: pl.Expr) -> pl.Expr:
    """The words as written, a gap before, between and after them; "Dogs, at o'clock!" gives "  Dogs  at  o'clock  "."""
    return pl.concat_str(pl.lit(" "), captions, pl.lit(" ")).str.replace_all(_SEPARATOR, GAP)


def lowered(words: pl.Expr) -> pl.Expr:
    """Separated words in lower case, with one kind of apostrophe."""
    return words.str.to_lowercase().str.replace_all("’", "'", literal=True)


def normalised(captions: pl.Expr) -> pl.Expr:
    """The normal form: what two captions share when they differ in case and punctuation alone."""
    return lowered(separated(captions))


def entries(names: Sequence[str]) -> list[str]:
    """Names as a vocabulary holds them: words of the normal form with single spaces between them; "" without words."""
    frame = pl.DataFrame({"name": names}, schema={"name": pl.String})
    words = normalised(pl.col("name")).str.strip_chars(" ").str.replace_all(GAP, " ", literal=True)
    return frame.select(words.alias("name"))["name"].to_list()


def pattern(entry: str) -> str:
    """How an entry stands in the normal form: its words, each with one of the two spaces on either side of it."""
    return f" {entry.replace(' ', GAP)} "
