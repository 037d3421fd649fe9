"""Mining: from captions and class names to a vocabulary for review, in two passes of constant memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from realscale.negatives.wordnet import WordNet
from realscale.vocabulary.association import Together, divergence, verdicts
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.drafting import draft
from realscale.vocabulary.evidence import Evidence
from realscale.vocabulary.grammar import function_words
from realscale.vocabulary.lexicon import places
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.shards import Batch, Shard, ahead

WORDS = 2000  # most frequent words without a role whose co-occurrence is counted


@dataclass(frozen=True)
class Settings:
    """How to mine.

    Attributes:
        least: captions that must say a word; rarer ones are left out; >= 1.
        decide: whether what statistics alone propose gets its role, instead of being left undecided.

    Raises:
        ValueError: least below 1.
    """

    least: int = 20
    decide: bool = False

    def __post_init__(self) -> None:
        if self.least < 1:
            raise ValueError(f"least is {self.least}; expected at least 1, because it counts captions that say a word")


def mine(
    sources: Sequence[Shard],
    names: Sequence[str],
    wordnet: WordNet | None,
    settings: Settings,
    *,
    earlier: ReviewedVocabulary | None = None,
    fault: Callable[[Path, int, str], None],
    progress: Callable[[str, int, int], None],
) -> ReviewedVocabulary:
    """A vocabulary of the captions, with what speaks for each entry.

    Classes: the given names with their other words; what is shown in several styles ("a sketch of X"); words that
    exclude a class (never said with it, though by chance they would be). Environments: styles by template; places,
    times and weather by lexicon and preposition; words that are said with some classes more than with others. What
    rests on statistics alone is undecided unless `settings.decide`: captions by themselves cannot tell a context from a
    part of the class. Entries of an `earlier` vocabulary keep their lists, forms and notes.

    Raises:
        ValueError: class names that captions cannot say, or say alike.
    """
    kinds = places(wordnet)
    evidence = Evidence()
    for shard, batch in _read(sources, "counting words", progress):
        for line, reason in batch.faults:
            fault(shard.path, line, reason)
        evidence.add(batch, kinds)
    before = earlier or ReviewedVocabulary((), (), version=0)
    drafted = draft(evidence, names, wordnet, kinds, least=settings.least, decide=settings.decide, earlier=before)
    taken = {form for _, entry in drafted.placed() for form in entry.said} | set(drafted.rejected) | function_words()
    frequent = evidence.words.frame(settings.least).filter(pl.col("word").is_in(list(taken)).not_())
    rest = tuple(Entry(word) for word in frequent["word"].head(WORDS))
    searched = replace(drafted, environments=(*drafted.environments, *drafted.undecided, *rest), undecided=())
    matcher, together = Matcher(searched), Together(len(set(searched.numbers.values())))
    for _, batch in _read(sources, "counting pairs", progress):
        together.add(matcher.match(batch.frame)["entries"])
    decided = _decided(drafted, rest, searched, together, settings.decide)
    source = {
        "captions": evidence.captions,
        "malformed": evidence.malformed,
        "status not success": evidence.failed,
        "counts too low by at most": max(evidence.words.lost, evidence.styles.lost, evidence.led.lost),
        "least": settings.least,
        "decide": settings.decide,
        "lexicon": "none" if wordnet is None else "WordNet",
    }
    unchanged = [len(decided.classes), len(decided.environments)] == [len(before.classes), len(before.environments)]
    reviewed = before.reviewed if unchanged else ""  # entries were added that nobody has seen
    measured = _measured(decided, searched, together)
    return replace(measured, version=before.version + 1, reviewed=reviewed, source=source)


def _read(
    sources: Sequence[Shard], title: str, progress: Callable[[str, int, int], None]
) -> Iterator[tuple[Shard, Batch]]:
    for number, shard in enumerate(sources):
        for batch in ahead(shard.batches()):
            yield shard, batch
            progress(title, number, batch.position)


def _decided(
    drafted: ReviewedVocabulary,
    rest: Sequence[Entry],
    searched: ReviewedVocabulary,
    together: Together,
    decide: bool,
) -> ReviewedVocabulary:
    """The draft with what co-occurrence says of the words that had no role."""
    classes = np.arange(len(drafted.classes))
    verdict = verdicts(together, np.array([searched.numbers[entry.name] for entry in rest], dtype=np.int64), classes)
    more_classes, environments = [], []
    for entry, excluded, moved in zip(rest, verdict.excludes, verdict.moves_with, strict=True):
        if excluded >= 0:
            reason = f"class? never said with {drafted.classes[excluded].name}"
            more_classes.append(replace(entry, found=(reason,)))
        elif moved >= 0:
            reason = f"environment? its share changes with {drafted.classes[moved].name}"
            environments.append(replace(entry, kind="statistical", found=(reason,)))
    if not decide:
        return replace(drafted, undecided=(*drafted.undecided, *more_classes, *environments))
    return replace(
        drafted,
        classes=(*drafted.classes, *more_classes),
        environments=(*drafted.environments, *environments),
    )


def _measured(decided: ReviewedVocabulary, searched: ReviewedVocabulary, together: Together) -> ReviewedVocabulary:
    """The statistics of each entry: captions that say it; of others than classes, how many classes and bits of them."""

    def numbers(entries: Sequence[Entry]) -> np.ndarray:
        return np.array([searched.numbers[entry.name] for entry in entries], dtype=np.int64)

    classes = numbers(decided.classes)

    def measured(entries: tuple[Entry, ...], *, of_classes: bool) -> tuple[Entry, ...]:
        said = together.single[numbers(entries)]
        if of_classes:
            return tuple(
                replace(entry, statistics={"captions": int(count)}) for entry, count in zip(entries, said, strict=True)
            )
        joint = together.between(numbers(entries), classes)
        bits = divergence(joint, together.single[classes])
        return tuple(
            replace(
                entry,
                statistics={
                    "captions": int(count),
                    "classes": int((row > 0).sum()),
                    "bits about the class": round(float(bit), 4),
                },
            )
            for entry, count, row, bit in zip(entries, said, joint, bits, strict=True)
        )

    return replace(
        decided,
        classes=measured(decided.classes, of_classes=True),
        environments=measured(decided.environments, of_classes=False),
        undecided=measured(decided.undecided, of_classes=False),
    )
