"""What a command trains on: a fetched set, a folder in a known layout, or shards with a vocabulary."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from realscale.clip_library import known_architecture, open_clip_library
from realscale.data import load
from realscale.data.labelled import part
from realscale.data.layouts import load_folder
from realscale.data.shards import list_shards
from realscale.evaluation.prompts import context_templates
from realscale.midtraining.pairs import Names, Pairs, PairSet
from realscale.midtraining.shard_pairs import ShardPairs
from realscale.vocabulary.writing import load as load_vocabulary

Layout = Literal["domainbed", "nico", "shards"]


@dataclass(frozen=True)
class Source:
    """What is trained on."""

    data: str = "emoji"
    """Name of a real set (`python -m realscale.data list`); with --layout, the folder of a set."""
    layout: Layout | None = None
    """How the folder is laid out; shards: tar files of pictures and captions, as img2dataset writes them."""
    size: int | None = None
    """Width and height of the pictures; None: 32 of a named set, else what the architecture takes."""
    names: Names = "concept"
    """What captions of a named set call a picture: by its concept, or by its class alone."""
    without: tuple[str, ...] = ()
    """Contexts (domains, styles) that are left out of training; not of shards."""
    skip: Path | None = None
    """Folders: report of `python -m realscale.data check`, whose files are left out."""
    vocabulary: Path | None = None
    """Shards: V and E (`python -m realscale.vocabulary mine`). Pairs whose caption names no class are left out, with
    any recipe; None, of plain and smartclip-mask: every pair with a caption, as CLIP is trained."""
    tables: Path | None = None
    """Shards, recipe balanced: what `python -m realscale.vocabulary match` wrote about their captions."""
    readers: int = 1
    """Shards: parts, each with its own thread; a multiple of the processes. They decide the batches, not the latter."""
    buffer: int = 1000
    """Shards: samples that a reader shuffles at once."""

    def pairs(self, architecture: str) -> Pairs:
        """The pairs; what a folder's reader skipped is said on stderr.

        Raises:
            ValueError: options that do not go together, unknown contexts, and what the readers of the data refuse.
            MissingData: a set that has not been fetched.
        """
        if self.layout == "shards":
            return self._streamed(architecture)
        if self.layout is None and self.skip is not None:
            raise ValueError(
                "--skip is for folders; expected --layout beside it, because a named set has no such files"
            )
        if self.vocabulary is not None or self.tables is not None:
            raise ValueError(
                "--vocabulary and --tables are for shards, whose captions have to be read for class and context; "
                "expected --layout shards, because a labelled set knows them"
            )
        if self.layout is None:
            dataset = load(self.data, size=32 if self.size is None else self.size)
            return PairSet.of(dataset.take(self._kept(dataset.styles, dataset.style_names)), names=self.names)
        labelled = load_folder(Path(self.data), self.layout, skip=self.skip)
        if labelled.findings:
            _say(f"found in {self.data}:\n{labelled.findings.summary()}")
        rest = part(labelled, self._kept(labelled.contexts, labelled.context_names))
        templates = context_templates(rest.context_names, {})
        return PairSet.on_demand(rest, size=self._size(architecture), templates=templates)

    def _streamed(self, architecture: str) -> ShardPairs:
        if self.without or self.skip is not None:
            raise ValueError(
                "shards take neither --without nor --skip; expected them left out, because contexts stand in captions "
                "alone, and what cannot be used is passed over as it comes"
            )
        if self.tables is not None and self.vocabulary is None:
            raise ValueError(
                "--tables without --vocabulary; expected the vocabulary that they were made with, which names their ids"
            )
        vocabulary = None if self.vocabulary is None else load_vocabulary(self.vocabulary)
        if vocabulary is None:
            _say(f"trained on: every pair of {self.data} with a caption, because there is no --vocabulary")
        else:
            if not vocabulary.classes:
                raise ValueError(
                    f"{self.vocabulary} has no class; expected one at least, because pairs whose caption names none "
                    "are left out"
                )
            _say(f"trained on: pairs of {self.data} whose caption names a class of {self.vocabulary}")
            for warning in vocabulary.warnings:
                _say(f"{self.vocabulary}: {warning}")
        return ShardPairs(
            list_shards(Path(self.data)),
            vocabulary,
            self._size(architecture),
            readers=self.readers,
            buffer=self.buffer,
            tables=self.tables,
        )

    def _size(self, architecture: str) -> int:
        if self.size is not None:
            return self.size
        found = open_clip_library().get_model_config(known_architecture(architecture))["vision_cfg"]["image_size"]
        return int(found[0] if isinstance(found, (list, tuple)) else found)

    def _kept(self, contexts: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        if unknown := sorted(set(self.without) - set(names)):
            raise ValueError(f"no context {unknown[0]!r} to leave out; expected of {', '.join(names)}")
        return ~np.isin(contexts, [names.index(name) for name in self.without])


def _say(text: str) -> None:
    """On stderr, of one process of many."""
    if os.environ.get("RANK", "0") == "0":
        print(text, file=sys.stderr)
