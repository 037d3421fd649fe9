"""First pass of mining: how often words occur, stand in a style template or follow a preposition of place."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from realscale.vocabulary.grammar import function_words, words
from realscale.vocabulary.normal import GAP, normalised
from realscale.vocabulary.shards import Batch

KEPT = 200_000  # keys of one kind that are counted exactly enough; twice as many at most are in memory
_MARK = r"[,;:.!?|()]+(?:\s|$)"  # ends a clause
_DESCRIBING = 3  # words before the head of a style: "black and white photo"


class Counts:
    """Counts of many keys in bounded memory: when there are too many, the rarest are forgotten.

    `lost` bounds by how much any count is too low (each forgetting can lose at most the largest count forgotten).
    """

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.lost = 0
        self._frame = pl.DataFrame(schema={**dict.fromkeys(keys, pl.String), "count": pl.Int64})

    def add(self, rows: pl.DataFrame) -> None:
        """Count the rows, each once."""
        counted = rows.group_by(self.keys).agg(pl.len().cast(pl.Int64).alias("count"))
        self._frame = pl.concat([self._frame, counted]).group_by(self.keys).agg(pl.col("count").sum())
        if len(self._frame) > 2 * KEPT:
            kept = self._frame.sort("count", *self.keys, descending=[True] + [False] * len(self.keys))
            self.lost += int(kept["count"][KEPT])
            self._frame = kept.head(KEPT)

    def frame(self, least: int = 1) -> pl.DataFrame:
        """The keys counted at least so often, most frequent first."""
        kept = self._frame.filter(pl.col("count") >= least)
        return kept.sort("count", *self.keys, descending=[True] + [False] * len(self.keys))


@dataclass
class Evidence:
    """What one pass over the captions counts.

    words: every word. styles: phrase before "of" that ends in the name of a style, with what is shown. led: words and
    pairs of words that a preposition of place leads to.
    """

    captions: int = 0
    malformed: int = 0
    failed: int = 0
    words: Counts = field(default_factory=lambda: Counts("word"))
    styles: Counts = field(default_factory=lambda: Counts("style", "object"))
    led: Counts = field(default_factory=lambda: Counts("place"))

    def add(self, batch: Batch, places: Iterable[str]) -> None:
        """Count one batch; `places` are the only ones counted after prepositions."""
        captions = batch.frame
        self.captions += len(captions)
        self.malformed += len(batch.faults)
        self.failed += batch.failed
        clauses = pl.col("caption").str.replace_all(_MARK, "\n").str.split("\n")
        flat = captions.select(clauses.explode(empty_as_null=False, keep_nulls=False).alias("clause"))
        flat = flat.select(normalised(pl.col("clause")).str.split(GAP).explode().alias("word"))
        self.words.add(flat.filter(pl.col("word") != ""))
        self.styles.add(_styles(captions.select(normalised(pl.col("caption")).alias("normal"))))
        self.led.add(_led(flat).filter(pl.col("place").is_in(list(places))))


def _styles(normal: pl.DataFrame) -> pl.DataFrame:
    heads = "|".join(words("style_heads"))
    links = "|".join(words("links"))
    template = (
        rf"^{GAP}(?:(?:an?|the){GAP})?((?:\S+{GAP}){{0,{_DESCRIBING}}}?(?:{heads})s?){GAP}(?:{links}){GAP}"
        rf"(?:(?:an?|the){GAP})?(.+){GAP}$"
    )
    found = normal.select(pl.col("normal").str.extract_groups(template).alias("groups")).unnest("groups")
    found = found.select(
        pl.col(name).str.replace_all(GAP, " ", literal=True).alias(alias)
        for name, alias in (("1", "style"), ("2", "object"))
    ).drop_nulls()
    unfit = function_words() - {"and"}
    return found.filter(pl.col("style").str.split(" ").list.eval(pl.element().is_in(list(unfit))).list.any().not_())


def _led(flat: pl.DataFrame) -> pl.DataFrame:
    """Words and pairs of words that end a phrase which a preposition of place begins, "on the beach".

    What follows must be a function word or nothing: in "on the beach umbrella" the beach only describes. Clauses are
    apart, because "" stands around each.
    """
    word = pl.col("word")
    led_by, articles = list(words("place_prepositions")), list(words("articles"))
    ends = [*function_words(), *words("placers"), ""]
    led = word.shift(1).is_in(led_by) | (word.shift(1).is_in(articles) & word.shift(2).is_in(led_by))
    marked = flat.select("word", after=word.shift(-1).fill_null(""), later=word.shift(-2).fill_null(""), led=led)
    marked = marked.filter(pl.col("led").fill_null(False))
    single = marked.filter(pl.col("after").is_in(ends)).select(word.alias("place"))
    pairs = marked.filter((pl.col("after") != "") & pl.col("later").is_in(ends))
    return pl.concat([single, pairs.select(pl.concat_str("word", pl.lit(" "), "after").alias("place"))])
