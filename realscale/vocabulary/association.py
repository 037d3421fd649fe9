"""Second pass of mining: which entries are said together, and what that decides about words of unknown role."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float, Int
from scipy.stats import chi2

FALSE_ALARM = 1e-6  # probability that chance alone proposes a role for any word


class Together:
    """Numbers of captions that say an entry, and that say two; memory grows with entries, not with captions."""

    def __init__(self, size: int) -> None:
        self.captions = 0
        self.single: Int[np.ndarray, " size"] = np.zeros(size, dtype=np.int64)
        self._pairs = pl.DataFrame(schema={"entry": pl.Int64, "other": pl.Int64, "count": pl.Int64})

    def add(self, entries: pl.Series) -> None:
        """Count one batch: the entry numbers of each caption."""
        self.captions += len(entries)
        said = entries.alias("entry").to_frame().with_row_index("caption")
        said = said.explode("entry", empty_as_null=False, keep_nulls=False).unique()
        self.single += np.bincount(said["entry"].to_numpy(), minlength=len(self.single))
        pairs = said.join(said.rename({"entry": "other"}), on="caption")
        counted = pairs.group_by("entry", "other").agg(pl.len().cast(pl.Int64).alias("count"))
        self._pairs = pl.concat([self._pairs, counted]).group_by("entry", "other").agg(pl.col("count").sum())

    def between(
        self, rows: Int[np.ndarray, " rows"], columns: Int[np.ndarray, " columns"]
    ) -> Int[np.ndarray, "rows columns"]:
        """Captions that say entry `rows[i]` and entry `columns[j]`."""
        row = pl.DataFrame({"entry": rows}, schema={"entry": pl.Int64}).with_row_index("row")
        column = pl.DataFrame({"other": columns}, schema={"other": pl.Int64}).with_row_index("column")
        found = self._pairs.join(row, on="entry").join(column, on="other")
        table = np.zeros((len(rows), len(columns)), dtype=np.int64)
        table[found["row"].to_numpy(), found["column"].to_numpy()] = found["count"].to_numpy()
        return table


def surprise(
    together: Float[np.ndarray, "words classes"],
    words: Float[np.ndarray, " words"],
    classes: Float[np.ndarray, " classes"],
    captions: int,
) -> Float[np.ndarray, "words classes"]:
    """G = 2 sum O log(O / E) of the 2 x 2 table of saying a word and saying a class; chi-squared(1) if independent."""
    w, c = words[:, None], classes[None, :]
    observed = np.stack([together, w - together, c - together, captions - w - c + together])
    expected = np.stack([w * c, w * (captions - c), (captions - w) * c, (captions - w) * (captions - c)]) / captions
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(observed > 0, observed * np.log(observed / expected), 0.0)
    return np.maximum(2 * terms.sum(axis=0), 0.0)


@dataclass(frozen=True)
class Verdict:
    """What co-occurrence says of each word: `excludes` and `moves_with` are class numbers, -1 for none."""

    excludes: Int[np.ndarray, " words"]
    moves_with: Int[np.ndarray, " words"]


def verdicts(counts: Together, words: Int[np.ndarray, " words"], classes: Int[np.ndarray, " classes"]) -> Verdict:
    """Roles by co-occurrence with the known classes, at one false-alarm rate over all pairs (Bonferroni).

    A word that is never said with a class, although by chance it would be, competes with it for one place in the
    caption: it excludes the class, and names a value of the same variable. A word that is said with some classes more
    than with others, and excludes none, moves with them: context, or a part of the class.
    """
    if not len(words) or not len(classes):
        return Verdict(np.full(len(words), -1), np.full(len(words), -1))
    single = counts.single.astype(np.float64)
    together = counts.between(words, classes).astype(np.float64)
    expected = single[words][:, None] * single[classes][None, :] / max(counts.captions, 1)
    level = FALSE_ALARM / together.size
    excluded = (together == 0) & (expected >= -np.log(level))
    excludes = np.where(excluded.any(axis=1), excluded.argmax(axis=1), -1)
    kin = np.concatenate([words[excludes >= 0], classes])  # words that exclude a class are classes themselves
    everyone = counts.between(words, kin).astype(np.float64)
    moved = surprise(everyone, single[words], single[kin], counts.captions)
    threshold = chi2.isf(FALSE_ALARM / everyone.size, 1)
    moves = (moved.max(axis=1) > threshold) & (excludes < 0)
    return Verdict(excludes, np.where(moves, moved[:, len(kin) - len(classes) :].argmax(axis=1), -1))


def divergence(
    together: Int[np.ndarray, "entries classes"], classes: Int[np.ndarray, " classes"]
) -> Float[np.ndarray, " entries"]:
    """Bits that saying an entry tells of the class: KL(p(class | entry) || p(class)) among mentions of classes."""
    joint, base = together.astype(np.float64), classes.astype(np.float64)
    given = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1.0)
    prior = base / max(base.sum(), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(given > 0, given * np.log2(given / prior), 0.0)
    return np.maximum(terms.sum(axis=1), 0.0)
