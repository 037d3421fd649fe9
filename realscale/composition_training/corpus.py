"""Captions to train on with their hard negatives, and the pictures of a batch of them, drawn when they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from realscale.composition_training.lexicon import emoji_lexicon, hard_negatives
from realscale.composition_training.model import SmallCLIP, pixels
from realscale.composition_training.split import Split
from realscale.data import ImageTextSet
from realscale.data.emoji_scene_pairs import SceneWords
from realscale.data.emoji_scenes import PLACES, Scene, compose, place_steps
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

    def row(self, label: str) -> int:
        """The row of a label."""
        return self._rows[label]

    @property
    def _rows(self) -> dict[str, int]:
        return {label: row for row, label in enumerate(self.labels)}

    def scene_pictures(
        self,
        scenes: Sequence[Scene],
        vendors: Int[np.ndarray, " n"],
        *,
        rng: np.random.Generator | None = None,
    ) -> UInt8[np.ndarray, "n size size 3"]:
        """Pictures of scenes; with `rng` the emoji are shifted, and where "and" leaves the place open it is drawn."""
        rows = self._rows
        steps, shifts = place_steps([scene.relation for scene in scenes]), None
        if rng is not None:
            places = np.array(list(PLACES.values()))
            drawn = places[rng.integers(len(places), size=len(scenes))]
            named = np.array([scene.relation in PLACES for scene in scenes])
            steps = np.where(named[:, None], steps, drawn)
            shifts = rng.integers(-_JITTER, _JITTER + 1, size=(len(scenes), 2, 2))
        first = self.images[[rows[scene.first] for scene in scenes], vendors]
        second = self.images[[rows[scene.second] for scene in scenes], vendors]
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
        """Every label that is not held out, every coloured scene that is not, and `scenes` scenes of two things."""
        labels = tuple(label for label in gallery.labels if label not in split.labels)
        rng = stream(seed, "training scenes")
        things, relations = list(words.things), list(PLACES)
        places: dict[Scene, None] = {}
        while len(places) < scenes:
            first, second = rng.choice(len(things), size=2, replace=False)
            scene = Scene(things[first], relations[rng.integers(len(relations))], things[second])
            if not split.holds_out(scene):
                places[scene] = None
        coloured = [scene for scene in words.coloured_scenes() if not split.holds_out(scene)]
        every = (*places, *coloured)
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
        self, rows: Int[np.ndarray, " batch"], vendors: Int[np.ndarray, " batch"], rng: np.random.Generator
    ) -> Float[Tensor, "batch 3 size size"]:
        """A picture of each caption by each vendor, shifted at random; rows of single emoji come first."""
        lookup = self.gallery._rows
        names = len(self.labels)
        single = rows < names
        alone = self.gallery.images[[lookup[self.labels[row]] for row in rows[single]], vendors[single]]
        across, down = rng.integers(-_JITTER, _JITTER + 1, size=2)
        alone = np.roll(alone, (down, across), axis=(1, 2))
        both = self.gallery.scene_pictures(
            [self.scenes[row - names] for row in rows[~single]], vendors[~single], rng=rng
        )
        return pixels(np.concatenate([alone, both]))


@dataclass(frozen=True)
class Negatives:
    """Token ids of the negatives of every caption: those of caption i are rows starts[i]..starts[i + 1]."""

    tokens: Int[Tensor, "negatives length"]
    starts: Int[np.ndarray, " captions_and_one"]

    @classmethod
    def make(cls, corpus: Corpus, split: Split, model: SmallCLIP, *, most: int, steps: int, seed: int) -> "Negatives":
        """By SWAP, REPLACE and ADD on the captions; a negative that is a caption of a held-out pair is left out."""
        lexicon = emoji_lexicon(dict(zip(corpus.gallery.labels, corpus.gallery.subgroups, strict=True)))
        texts: list[str] = []
        starts = [0]
        for caption in corpus.captions:
            found = hard_negatives(caption, lexicon, most=most, steps=steps, seed=seed, forbidden=split.labels)
            texts += filter(model.fits, found)
            starts.append(len(texts))
        return cls(model.tokens(texts), np.array(starts))

    def draw(
        self, rows: Int[np.ndarray, " batch"], count: int, rng: np.random.Generator
    ) -> Int[Tensor, "batch count length"]:
        """`count` negatives of each caption, with replacement; a caption that has none borrows another one's."""
        first, number = self.starts[rows], np.diff(self.starts)[rows]
        own = first[:, None] + (rng.random((len(rows), count)) * number[:, None]).astype(np.int64)
        borrowed = rng.integers(len(self.tokens), size=own.shape)
        return self.tokens[torch.from_numpy(np.where(number[:, None] > 0, own, borrowed))]
