"""Captions to train on with their hard negatives, and the pictures of a batch of them, drawn when they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from realscale.composition_training.lexicon import emoji_lexicon, hard_negatives
from realscale.composition_training.model import SmallCLIP, pixels
from realscale.composition_training.split import Split, in_one_order
from realscale.data import ImageTextSet
from realscale.data.emoji_scene_pairs import SceneWords
from realscale.data.emoji_scenes import PLACES, Scene, compose, place_steps
from scm.composition.captions.generation import OPERATORS
from scm.streams import stream

_JITTER = 3  # largest shift of an emoji in a training picture, pixels in each direction


@dataclass(frozen=True)
class Gallery:
    """The drawings of every label: images[label, vendor]."""

    images: UInt8[np.ndarray, "labels vendors size size 3"]
    labels: tuple[str, ...]
    vendors: tuple[str, ...]
    subgroups: tuple[str, ...]  # of each label

    @classmethod
    def of(cls, dataset: ImageTextSet) -> "Gallery":
        """The drawings of a complete set.

        Raises:
            ValueError: a vendor lacks an emoji of another one.
        """
        vendors, count = len(dataset.style_names), len(dataset) // len(dataset.style_names)
        if (dataset.styles != np.tile(np.arange(vendors), count)).any():
            raise ValueError("the set is not complete; expected every emoji by every vendor, because scenes draw both")
        first = range(0, len(dataset), vendors)
        return cls(
            dataset.images.reshape(count, vendors, *dataset.images.shape[1:]),
            tuple(dataset.captions[row] for row in first),
            dataset.style_names,
            tuple(dataset.class_names[dataset.classes[row]] for row in first),
        )

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row of each label."""
        return {label: row for row, label in enumerate(self.labels)}

    def scene_pictures(
        self,
        scenes: Sequence[Scene],
        vendors: Int[np.ndarray, " n"],
        *,
        rng: np.random.Generator | None = None,
        told: bool = True,
    ) -> UInt8[np.ndarray, "n size size 3"]:
        """Pictures of scenes; with `rng` the emoji are shifted, and where "and" leaves the place open it is drawn.

        `told` False: it is drawn for every scene, and with it which of the two stands first.
        """
        steps, shifts = place_steps([scene.relation for scene in scenes]), None
        if rng is not None:
            places = np.array(list(PLACES.values()))
            drawn = places[rng.integers(len(places), size=len(scenes))]
            drawn *= rng.choice([-1, 1], size=(len(scenes), 1))
            named = np.array([told and scene.relation in PLACES for scene in scenes])
            steps = np.where(named[:, None], steps, drawn)
            shifts = rng.integers(-_JITTER, _JITTER + 1, size=(len(scenes), 2, 2))
        first = self.images[[self.rows[scene.first] for scene in scenes], vendors]
        second = self.images[[self.rows[scene.second] for scene in scenes], vendors]
        return compose(first, second, steps, shifts)


@dataclass(frozen=True)
class Corpus:
    """Captions 0..singles-1 name one emoji, the others a scene; `negatives[i]` holds rows of `negative_tokens`."""

    gallery: Gallery
    labels: tuple[str, ...]
    scenes: tuple[Scene, ...]
    coloured: int  # how many of the scenes, the last ones, are of coloured things
    tokens: Int[Tensor, "captions length"]

    @property
    def captions(self) -> tuple[str, ...]:
        """All captions in the order of `tokens`."""
        return (*self.labels, *(scene.caption for scene in self.scenes))

    @classmethod
    def make(
        cls, gallery: Gallery, words: SceneWords, split: Split, model: SmallCLIP, *, scenes: int, seed: int
    ) -> "Corpus":
        """Labels, at most `scenes` scenes of two things, and the coloured ones, held out none, `in_one_order`."""
        labels = tuple(label for label in gallery.labels if label not in split.labels)
        rng = stream(seed, "training scenes")
        places, coloured = (
            in_one_order([scene for scene in of_kind if not split.holds_out(scene)], rng=rng)
            for of_kind in (words.place_scenes(), words.coloured_scenes())
        )
        every = (*(places[index] for index in rng.permutation(len(places))[:scenes]), *coloured)
        tokens = model.tokens([*labels, *(scene.caption for scene in every)])
        return cls(gallery, labels, every, len(coloured), tokens)

    def draw(self, rng: np.random.Generator, *, singles: int, things: int, colours: int) -> Int[np.ndarray, " batch"]:
        """Rows of a batch: so many captions of single emoji, of two things and of two colours, none twice."""
        names, places = len(self.labels), len(self.scenes) - self.coloured
        return np.concatenate(
            [
                rng.choice(names, size=singles, replace=False),
                names + rng.choice(places, size=things, replace=False),
                names + places + rng.choice(self.coloured, size=colours, replace=False),
            ]
        )

    def pictures(
        self,
        rows: Int[np.ndarray, " batch"],
        vendors: Int[np.ndarray, " batch"],
        rng: np.random.Generator,
        *,
        told: bool = True,
    ) -> Float[Tensor, "batch 3 size size"]:
        """A picture of each caption by each vendor, shifted at random; rows of single emoji come first."""
        names = len(self.labels)
        single = rows < names
        alone = self.gallery.images[[self.gallery.rows[self.labels[row]] for row in rows[single]], vendors[single]]
        across, down = rng.integers(-_JITTER, _JITTER + 1, size=2)
        alone = np.roll(alone, (down, across), axis=(1, 2))
        both = self.gallery.scene_pictures(
            [self.scenes[row - names] for row in rows[~single]], vendors[~single], rng=rng, told=told
        )
        return pixels(np.concatenate([alone, both]))


@dataclass(frozen=True)
class Negatives:
    """Token ids of negatives: those of caption i in column k are rows starts[k, i]..starts[k, i + 1]."""

    tokens: Int[Tensor, "negatives length"]
    starts: Int[np.ndarray, "columns captions_and_one"]

    @classmethod
    def make(cls, corpus: Corpus, split: Split, model: SmallCLIP, *, most: int, steps: int, seed: int) -> "Negatives":
        """A column each for SWAP, REPLACE and ADD, by which the first step is; `most` of each number of steps.

        A negative that is a caption of a held-out pair, or longer than the model reads, is left out.
        """
        lexicon = emoji_lexicon(dict(zip(corpus.gallery.labels, corpus.gallery.subgroups, strict=True)))
        columns: dict[str, list[list[str]]] = {operator: [] for operator in OPERATORS}
        for caption in corpus.captions:
            for column in columns.values():
                column.append([])
            for found in hard_negatives(caption, lexicon, most=most, steps=steps, seed=seed):
                if found.negative not in split.captions and model.fits(found.negative):
                    columns[found.steps[0].operator][-1].append(found.negative)
        counts = [0, *(len(texts) for column in columns.values() for texts in column)]
        ends = np.cumsum(counts)
        captions = len(corpus.captions)
        starts = np.stack([ends[k * captions : (k + 1) * captions + 1] for k in range(len(columns))])
        return cls(model.tokens([text for column in columns.values() for texts in column for text in texts]), starts)

    def draw(self, rows: Int[np.ndarray, " batch"], rng: np.random.Generator) -> Int[Tensor, "batch columns length"]:
        """A negative of each caption by each operator; where one makes none, by another; else some other caption's."""
        first, number = self.starts[:, rows], np.diff(self.starts)[:, rows]
        own = first + (rng.random(first.shape) * number).astype(np.int64)
        turn = rng.permuted(np.tile(np.arange(len(own))[:, None], len(rows)), axis=0)
        result = np.where(number > 0, own, rng.integers(len(self.tokens), size=own.shape))
        missing = number == 0
        for other in turn:
            usable = missing & (number[other, np.arange(len(rows))] > 0)
            start, count = first[other, np.arange(len(rows))], number[other, np.arange(len(rows))]
            result = np.where(usable, start + (rng.random(own.shape) * count).astype(np.int64), result)
            missing &= ~usable
        return self.tokens[torch.from_numpy(result.T)]
