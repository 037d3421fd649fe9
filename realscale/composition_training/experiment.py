"""The experiment: a small CLIP from scratch on emoji, then on from there in several ways, scored on held-out pairs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import UInt8

from identifiability.claims.claim import Context
from identifiability.learning.checkpoint import load_checkpoint, save_checkpoint
from realscale.composition_training.corpus import Corpus, Gallery, Negatives
from realscale.composition_training.evaluation import pair_pictures
from realscale.composition_training.lexicon import emoji_lexicon, vocabulary
from realscale.composition_training.model import SmallCLIP
from realscale.composition_training.split import Split, make_split
from realscale.composition_training.training import Schedule, copied, train_small_clip
from realscale.data import load
from realscale.data.emoji import INDEPENDENT_VENDORS
from realscale.data.emoji_pairs import CaptionPair, mined_pairs
from realscale.data.emoji_scene_pairs import ScenePair, SceneWords, colour_pairs, place_pairs
from realscale.data.emoji_scenes import coloured, nameable
from scm.streams import stream, stream_seed

Branch = Literal["plain", "hard", "iterated"]

HELD_OUT_VENDOR = "twemoji"
_NEGATIVES = 6  # of each caption and each number of steps, made before training
_PAIRS = 150  # at most, of each type of scene pairs
_PER_SUBGROUP = 100  # at most, of mined pairs of nouns
# subgroups of things that can stand in a scene
_SCENES = (
    *("animal-mammal", "animal-bird", "animal-marine", "animal-bug", "animal-reptile", "plant-flower", "food-fruit"),
    *("food-vegetable", "food-prepared", "food-sweet", "transport-ground", "transport-water", "transport-air"),
    *("clothing", "musical-instrument", "tool", "household", "place-building"),
)


@dataclass(frozen=True)
class Problem:
    """What is trained on, what is asked, and the untrained model."""

    gallery: Gallery
    split: Split
    corpus: Corpus
    asked: tuple[CaptionPair | ScenePair, ...]
    model: SmallCLIP
    trained_vendors: tuple[int, ...]
    held_out_vendor: int

    @cached_property
    def pictures(self) -> UInt8[np.ndarray, "vendors pairs 2 size size 3"]:
        """The pictures of what is asked, by every vendor."""
        return pair_pictures(self.gallery, self.asked)


def emoji_problem(seed: int, *, things: int, scenes: int) -> Problem:
    """Draw split and corpus: at most `things` emoji of a subgroup stand in scenes, `scenes` of two things are trained.

    These show each two things, and each two colours of two things, in one order; what is asked shows both.

    Raises:
        MissingData: the emoji or open_clip are not here; the message says how to get them.
    """
    gallery = Gallery.of(load("emoji", styles=INDEPENDENT_VENDORS))
    subgroups = dict(zip(gallery.labels, gallery.subgroups, strict=True))
    model = SmallCLIP(vocabulary(gallery.labels, emoji_lexicon(subgroups)), seed=stream_seed(seed, "small CLIP"))
    words = scene_words(subgroups, things)
    pairs = mined_pairs(subgroups, per_subgroup=_PER_SUBGROUP)
    split = make_split(gallery.labels, pairs, words, seed=seed)
    asked: tuple[CaptionPair | ScenePair, ...] = (
        *(pair for pair in pairs if split.labels.issuperset(pair.captions)),
        *place_pairs(words, _PAIRS, rng=stream(seed, "scenes asked"), allowed=split.holds_out),
        *colour_pairs(words, allowed=split.holds_out),
    )
    corpus = Corpus.make(gallery, words, split, model, scenes=scenes, seed=seed)
    held_out = gallery.vendors.index(HELD_OUT_VENDOR)
    others = tuple(vendor for vendor in range(len(gallery.vendors)) if vendor != held_out)
    return Problem(gallery, split, corpus, asked, model, others, held_out)


def scene_words(subgroups: Mapping[str, str], things: int) -> SceneWords:
    """What scenes name: the first labels of one word of each subgroup of visible things, and what has many colours."""
    named: dict[str, list[str]] = {}
    for label in nameable(list(subgroups)):
        named.setdefault(subgroups[label], []).append(label)
    chosen = {label: subgroup for subgroup in _SCENES for label in named.get(subgroup, [])[:things]}
    return SceneWords(chosen, {thing: all for thing, all in coloured(list(subgroups)).items() if len(all) > 2})


def trained_branches(
    problem: Problem, branches: Sequence[Branch], schedule: Schedule, *, seed: int, context: Context
) -> dict[Branch, SmallCLIP]:
    """The model trained from scratch by plain InfoNCE, and from there on in each of the ways, on the same batches.

    What the schedule says of places holds of training from scratch; afterwards things stand as their caption says.

    plain: the same loss. hard: beside the batch, negatives by one operator. iterated: by one or two. Every finished
    part is kept in the context's workspace until all are.
    """
    total = schedule.scratch + len(branches) * schedule.further
    trained = problem.model

    def part(model: SmallCLIP, name: str, done: int, **options: Any) -> SmallCLIP:
        kept = None if context.workspace is None else context.workspace / f"{name}-trained.safetensors"
        if kept is not None and kept.exists():
            load_checkpoint(kept, model, [])
            return model
        train_small_clip(
            model,
            problem.corpus,
            problem.trained_vendors,
            schedule,
            seed=seed,
            checkpoint=_beside(kept, name),
            progress=_shifted(context.progress, done, total),
            **options,
        )
        if kept is not None:
            save_checkpoint(kept, model, [], {"name": name})
        return model

    part(trained, "scratch", 0, steps=schedule.scratch, batches="scratch", told=schedule.told)
    result: dict[Branch, SmallCLIP] = {}
    for number, branch in enumerate(branches):
        result[branch] = part(
            copied(trained),
            branch,
            schedule.scratch + number * schedule.further,
            steps=schedule.further,
            batches="further",
            negatives=branch_negatives(problem, branch, seed=seed),
        )
    return result


def branch_negatives(problem: Problem, branch: Branch, *, seed: int) -> Negatives | None:
    """The negatives of a branch; none for plain."""
    if branch == "plain":
        return None
    steps = 2 if branch == "iterated" else 1
    return Negatives.make(problem.corpus, problem.split, problem.model, most=_NEGATIVES, steps=steps, seed=seed)


def _beside(kept: Path | None, name: str) -> Path | None:
    return None if kept is None else kept.with_name(f"{name}.safetensors")


def _shifted(progress: Callable[[int, int], None] | None, done: int, total: int) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda step, _: progress(done + step, total)


def rows_of_training(problem: Problem) -> np.ndarray:
    """Rows of the gallery whose labels were trained on."""
    return np.array([problem.gallery.rows[label] for label in problem.corpus.labels])
