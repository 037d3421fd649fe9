"""Eq. 11 from shards: a vocabulary finds class and context of each caption as it passes, and prunes it.

Without a vocabulary every pair with a caption is used, and there are full captions alone: what CLIP trains on.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from jaxtyping import Float, UInt8

from identifiability.objectives.tokens import Tokens
from realscale.data.cache import digest
from realscale.data.errors import DataError
from realscale.data.findings import Findings
from realscale.data.phrases import with_article
from realscale.data.shard_stream import Encoded, Position, Sample, ShardStream
from realscale.midtraining.pairs import Batch, Pairs, another, exchanged
from realscale.midtraining.ranks import Ranks
from realscale.midtraining.recipes import Version
from realscale.vocabulary.document import ReviewedVocabulary
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.normal import GAP
from realscale.vocabulary.pruning import pruned
from realscale.vocabulary.shards import ahead
from realscale.vocabulary.table import described, table
from scm.streams import stream

MATCHED_AT_ONCE = 64  # captions; matching one by one would cost more than decoding its picture
INDEPENDENT = 0.01  # share of p(t_y) p(t_e) in the law that balances: pairs weigh at most 1 / INDEPENDENT
WITHOUT_CLASS = "caption without a class word"


@dataclass(frozen=True, eq=False)
class Matched:
    """A pair whose caption names a class. context: the number of contexts, where it names none; forms: of both.

    Without a vocabulary: a pair with any caption, whose pruned caption and forms are empty, and label and context 0.
    """

    caption: str
    pruned: str
    label: int
    context: int
    forms: tuple[str, str]
    picture: UInt8[np.ndarray, "size size 3"]
    position: Position

    def said(self) -> list[Any]:
        """What other processes need to know of it."""
        return [self.caption, self.pruned, self.label, self.context, *self.forms, self.position.epoch]


@dataclass(frozen=True, eq=False)
class ShardPairs(Pairs):
    """The pairs of shards whose captions name a class; without a vocabulary all pairs that have a caption.

    The class token is the first class word of a caption, the context token its first environment word, or "none said",
    numbered behind the environments. X_{y/e} is the caption without all its environment words. A caption without a
    class word has no D_V to be in; its pair is left out of both batches and counted in `findings`, as such and no
    further: its picture is not decoded, so that one which could not be is not counted as corrupt.

    The samples are dealt out to `readers`, each with its own shuffling buffer, order and thread; a batch has the same
    number of pairs of each (but for one). Processes share the readers, whose number they have to divide: it, and not
    the number of processes, decides what is trained.

    Attributes:
        shards: tar files.
        vocabulary: V and E; None: neither classes nor contexts are known, and no caption is pruned.
        size: width and height of the pictures.
        readers: parts into which the shards are dealt.
        buffer: samples that a reader shuffles at once.
        tables: folder that `python -m realscale.vocabulary match` has written about these captions, which has the law
            p(t_y, t_e) that balances; None: there is no law.
        found: by reader, what was passed over since the process started, in what was read ahead too.
    """

    shards: Sequence[Path]
    vocabulary: ReviewedVocabulary | None
    size: int
    readers: int = 1
    buffer: int = 1000
    tables: Path | None = None
    found: dict[int, Findings] = field(default_factory=dict)

    @property
    def findings(self) -> Findings:
        """What this process's readers have passed over."""
        whole = Findings()
        for findings in self.found.values():
            whole.merge(findings)
        return whole

    @property
    def versions(self) -> tuple[Version, ...]:
        """Without a vocabulary full captions alone."""
        return super().versions if self.vocabulary is not None else ("full",)

    @cached_property
    def fingerprint(self) -> str:
        """Of the shards' names and sizes, the vocabulary, the readers and the law; no picture is read."""
        described = [f"{path.name} {path.stat().st_size}" for path in self.shards]
        law = [] if self.tables is None else [digest(self.law.tobytes())]
        numbers = [str(number) for number in (self.size, self.readers, self.buffer)]
        words = "" if self.vocabulary is None else self.vocabulary.identity
        return digest("\n".join([*described, words, *numbers, *law]).encode())

    @cached_property
    def law(self) -> Float[np.ndarray, "C S"]:
        """p(t_y, t_e) of the matched captions, and in it `INDEPENDENT` of p(t_y) p(t_e), so that no cell is empty.

        The mixture has the margins of the captions; classes and contexts that no caption names count as named once.

        Raises:
            ValueError: no tables, or none of captions that name a class.
        """
        if self.tables is None or self.vocabulary is None:
            raise ValueError(
                "balancing needs p(t_y, t_e) of all captions, which a stream does not know; expected --tables, the "
                "folder that `python -m realscale.vocabulary match` writes from the captions of these shards"
            )
        rows = table(self.tables, self.vocabulary)
        if not described(self.tables)["tally"]["with_class"]:
            raise ValueError(
                f"no caption of {self.tables} names a class; expected the tables of these shards' captions, because "
                "balancing needs their p(t_y, t_e)"
            )
        named = rows.filter(pl.col("class") >= 0).group_by("class", "context").len()
        found = named.collect()
        counts = np.zeros((len(self.vocabulary.classes), len(self.vocabulary.environments) + 1))
        contexts = found["context"].to_numpy()
        counts[found["class"].to_numpy(), np.where(contexts < 0, counts.shape[1] - 1, contexts)] = found["len"]
        joint = counts / counts.sum()
        classes, places = (np.maximum(counts.sum(axis), 1) for axis in (1, 0))
        mixed = (1 - INDEPENDENT) * joint + INDEPENDENT * np.outer(classes / classes.sum(), places / places.sum())
        return mixed / mixed.sum()

    def batches(
        self, size: int, steps: range, *, seed: int, wrong: bool, ranks: Ranks, after: Mapping[str, Any]
    ) -> Iterator[Batch]:
        """Batches in the order of the readers; `after` maps each reader to its position.

        Raises:
            ValueError: as `check`, and a batch of more pairs than there are.
        """
        self.check(size, ranks)
        own = range(self.readers)[ranks.share(self.readers)]
        for step, pairs in zip(steps, ahead(self._parts(size, own, seed, after)), strict=False):
            told = [said for part in ranks.gather_json([pair.said() for pair in pairs]) for said in part]
            if step == 0:
                self._check_that_pairs_differ([said[-1] for said in told])
            captions, texts, labels, contexts = (tuple(column) for column in list(zip(*told, strict=True))[:4])
            classes, rng = np.array(labels), stream(seed, "batch", step)
            order = exchanged(classes, rng=rng)
            ends = {str(reader): pair.position for reader, pair in self._last(pairs, own, size)}
            yield Batch(
                np.stack([pair.picture for pair in pairs]),
                captions,
                tuple(texts[other] for other in order) if "pruned" in self.versions else (),
                tuple(wrong_captions(said, self.vocabulary, rng) for said in told) if wrong and self.vocabulary else (),
                Tokens(torch.from_numpy(classes), torch.tensor(contexts)),
                {reader: [position.epoch, position.drawn] for reader, position in ends.items()},
            )

    def check(self, size: int, ranks: Ranks) -> None:
        """Refuse readers that cannot be shared by the processes, and fewer pairs than readers."""
        if self.readers < 1 or self.readers % ranks.world or size < self.readers:
            raise ValueError(
                f"{self.readers} readers for {ranks.world} processes and batches of {size} pairs; expected a multiple "
                "of the processes and at most one reader for each pair, because every process takes its pairs from "
                "readers of its own, the same number for each"
            )

    def _check_that_pairs_differ(self, epochs: Sequence[int]) -> None:
        """Refuse a first batch in which every reader has come to its second epoch: it has all pairs, and some twice."""
        ends = np.cumsum(Ranks(0, self.readers).shares(len(epochs)))
        if all(epochs[end - 1] > 0 for end in ends):
            there = epochs.count(0)
            raise ValueError(
                f"a batch of {len(epochs)} pairs from shards with {there} that can be used; expected as many at most, "
                f"because a pair would stand in a batch {len(epochs) / there:.1f} times, each a negative of the others"
            )

    def _parts(self, size: int, own: range, seed: int, after: Mapping[str, Any]) -> Iterator[list[Matched]]:
        """For each step the pairs of one's own readers, each read in a thread of its own."""
        streams = [self._matched(reader, seed, Position(*after.get(str(reader), ()))) for reader in own]
        counts = Ranks(0, self.readers).shares(size)[own.start : own.stop]
        with ThreadPoolExecutor(len(own)) as pool:
            while True:
                parts = pool.map(lambda taken: list(islice(*taken)), zip(streams, counts, strict=True))
                yield [pair for part in parts for pair in part]

    def _last(self, pairs: Sequence[Matched], own: range, size: int) -> Iterator[tuple[int, Matched]]:
        counts = Ranks(0, self.readers).shares(size)[own.start : own.stop]
        return zip(own, (pairs[end - 1] for end in np.cumsum(counts)), strict=True)

    def _matched(self, reader: int, seed: int, start: Position) -> Iterator[Matched]:
        """The pairs of a reader."""
        findings = self.found[reader] = Findings()
        part = ShardStream(self.shards, seed, self.size, self.buffer, reader, self.readers, findings)
        if self.vocabulary is None:
            yield from part.endless(lambda number, skip: map(_unmatched, part.epoch(number, skip)), start)
            return
        matcher = Matcher(self.vocabulary)

        def epoch(number: int, skip: int) -> Iterator[Matched]:
            captions = part.encoded(number, skip)
            while read := list(islice(captions, MATCHED_AT_ONCE)):
                yield from self._with_class(read, matcher, part)

        try:
            yield from part.endless(epoch, start)
        except DataError as error:
            names = [entry.name for entry in self.vocabulary.classes]
            raise DataError(
                f"{error}; expected pictures whose captions name a class of the vocabulary, such as {names[:5]}"
            ) from error

    def _with_class(self, read: Sequence[Encoded], matcher: Matcher, part: ShardStream) -> Iterator[Matched]:
        found = matcher.match(pl.DataFrame({"caption": [encoded.caption for encoded in read]}))
        texts = pruned(found, matcher)
        known = matcher.vocabulary
        none, forms = len(known.environments), known.numbers
        columns = found.select("class", "context", "found").iter_rows()
        for encoded, text, (label, context, said) in zip(read, texts, columns, strict=True):
            if label < 0:
                part.findings.add(WITHOUT_CLASS, f"{encoded.shard}/{encoded.key}")
                continue
            sample = part.decoded(encoded)
            if sample is None:
                continue
            words = [form.strip(" ").replace(GAP, " ") for form in said]
            by_number = {forms[word]: word for word in reversed(words)}
            shown = (by_number[label], by_number.get(len(known.classes) + context, ""))
            yield Matched(
                sample.caption,
                text,
                label,
                none if context < 0 else context,
                shown,
                sample.picture,
                sample.position,
            )


def _unmatched(sample: Sample) -> Matched:
    return Matched(sample.caption, "", 0, 0, ("", ""), sample.picture, sample.position)


def wrong_captions(said: Sequence[Any], vocabulary: ReviewedVocabulary, rng: np.random.Generator) -> tuple[str, str]:
    """The caption with another class, and with another context; with a second other class where it names none."""
    caption, _, label, context, class_form, context_form, _ = said
    classes, environments = vocabulary.classes, vocabulary.environments
    other = classes[another(label, len(classes), rng)].name
    if not context_form:
        return replaced(caption, class_form, other), replaced(
            caption, class_form, classes[another(label, len(classes), rng)].name
        )
    elsewhere = environments[another(context, len(environments), rng)].name
    return replaced(caption, class_form, other), replaced(caption, context_form, elsewhere)


def replaced(caption: str, form: str, other: str) -> str:
    """The caption with its first `form` as `other`, and the article before it to fit."""
    words = r"[\s\W]+".join(map(re.escape, form.split(" ")))

    def put(found: re.Match[str]) -> str:
        article = with_article(other).removesuffix(other) if found["article"] else ""
        return (article or found["article"] or "") + other

    return re.sub(rf"\b(?P<article>an? )?(?:{words})\b", put, caption, count=1, flags=re.IGNORECASE)
