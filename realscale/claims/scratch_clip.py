"""A small CLIP trained from random weights on pictures whose context goes with the class that their captions name.

Pictures show a content c and a context s. The caption's class word y is drawn anew with some probability, and the
context follows the word: p(s | y) prefers one context for each class. Tests ask for the content in other laws of s.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from identifiability.learning import TrainingConfig, train
from identifiability.learning.invariance.evaluation import class_scores
from identifiability.objectives.tokens import Tokens
from realscale.claims.spurious_measures import Answers, Outcome, outcome_of
from realscale.composition_training.model import SmallCLIP
from realscale.data.phrases import with_article
from realscale.midtraining.pairs import another
from realscale.midtraining.recipes import Recipe, Version, recipe_loss, versions_of
from scm.streams import stream, stream_seed

Prompt = Literal["class", "matched", "mean"]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Pictures of a batch with what their captions name."""

    images: Float[Tensor, "K 3 size size"]
    words: Int[np.ndarray, " K"]
    contexts: Int[np.ndarray, " K"]


@dataclass(frozen=True, eq=False)
class Panel:
    """Pictures to be named, with the content and the context that each shows."""

    images: Float[Tensor, "m 3 size size"]
    contents: Int[np.ndarray, " m"]
    contexts: Int[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class Strings:
    """The captions: string y is the pruned one of class y, string C + S y + s the full one of class y in context s."""

    class_words: tuple[str, ...]
    phrases: tuple[str, ...]

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every caption by its number."""
        pruned = tuple(with_article(name) for name in self.class_words)
        return (*pruned, *(f"{phrase} of {name}" for name in pruned for phrase in self.phrases))

    def full(self, classes: Int[np.ndarray, "..."], contexts: Int[np.ndarray, "..."]) -> Int[np.ndarray, "..."]:
        """Numbers of full captions."""
        return len(self.class_words) + len(self.phrases) * classes + contexts


# pairs of a step, by its stream
DrawBatch = Callable[[np.random.Generator, int], Drawn]


@dataclass(frozen=True, eq=False)
class Track:
    """Pairs to train on under a spurious law, and pictures to be asked about.

    Attributes:
        strings: the captions.
        draw: the pairs of a step.
        law: p(class word, context word) of the pairs as drawn.
        pool: all training pairs, with their probabilities under the training law; None: new ones at each step.
        seen, unseen: what probes are fitted on, and what tests and probes are scored on.
        tests: p(context | content) by name of the test.
        token_noise: probability that a pair's class word was drawn anew, from all classes.
    """

    strings: Strings
    draw: DrawBatch
    law: Float[np.ndarray, "C S"]
    pool: tuple[Drawn, Float[np.ndarray, " n"]] | None
    seen: Panel
    unseen: Panel
    tests: Mapping[str, Float[np.ndarray, "C S"]]
    token_noise: float


@runtime_checkable
class Pairs(Protocol):
    """Which pairs there are: a frozen, hashable description of a track."""

    def track(self, seed: int) -> Track:
        """The track of one seed."""
        ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class ScratchTask:
    """What is learned from the pairs, and how they are drawn.

    Attributes:
        recipe: of `realscale.midtraining.recipes`.
        trade_off: lambda of eq. 11, of "pruned", "balanced" and "stratified"; 0: without full captions.
        augmented: whether pictures are flipped, shifted and recoloured at random, anew in each batch.
        steps: of training; few are early stopping.
        batch: pairs a step.
    """

    recipe: Recipe
    trade_off: float = 0.0
    augmented: bool = False
    steps: int = 300
    batch: int = 64


def train_scratch(task: ScratchTask, track: Track, seed: int) -> SmallCLIP:
    """A model of random weights, trained on the track; the random streams are those of `seed`, whatever the task."""
    strings = track.strings
    words = sorted({word for text in strings.texts for word in text.split()})
    model = SmallCLIP(words, seed=stream_seed(seed, "weights"))
    tokens = model.tokens(strings.texts)
    versions = versions_of(task.recipe, task.trade_off)

    def loss_of(step: int) -> Tensor:
        batch = track.draw(stream(seed, "batch", step), task.batch)
        images = batch.images
        if task.augmented:
            images = augment(images, rng=stream(seed, "augmentation", step))
        numbers = _numbers(strings, batch, versions, stream(seed, "negatives", step))
        used = np.unique(np.concatenate([rows.ravel() for rows in numbers.values()]))
        codes = model.text_codes(tokens[torch.from_numpy(used)])
        terms = recipe_loss(
            task.recipe,
            model.image_codes(images),
            {version: codes[torch.from_numpy(np.searchsorted(used, rows))] for version, rows in numbers.items()},
            Tokens(torch.from_numpy(batch.words), torch.from_numpy(batch.contexts)),
            temperature=model.temperature,
            trade_off=task.trade_off,
            law=track.law,
        )
        return torch.stack(list(terms.values())).sum()

    config = TrainingConfig(steps=task.steps, muon_rate=0.02, adam_rate=3e-3, warmup=20)
    train(model, loss_of, config)
    return model


def _numbers(
    strings: Strings, batch: Drawn, versions: tuple[Version, ...], rng: np.random.Generator
) -> dict[Version, Int[np.ndarray, "..."]]:
    """Numbers of the captions of each version; a pair's negatives are of another class, and in another context."""
    found: dict[Version, Int[np.ndarray, ...]] = {}
    if "pruned" in versions:
        found["pruned"] = batch.words
    if "full" in versions:
        found["full"] = strings.full(batch.words, batch.contexts)
    if "negatives" in versions:
        classes = np.array([another(word, len(strings.class_words), rng) for word in batch.words.tolist()])
        contexts = np.array([another(word, len(strings.phrases), rng) for word in batch.contexts.tolist()])
        wrong = [strings.full(classes, batch.contexts), strings.full(batch.words, contexts)]
        found["negatives"] = np.stack(wrong, axis=1)
    return found


def augment(images: Float[Tensor, "K 3 size size"], *, rng: np.random.Generator) -> Float[Tensor, "K 3 size size"]:
    """Each picture flipped or not, shifted by up to 4 pixels around the edge, its channels scaled by .8 to 1.2."""
    count = len(images)
    flips = torch.from_numpy(rng.random(count) < 0.5)
    images = torch.where(flips[:, None, None, None], images.flip(3), images)
    scales = torch.from_numpy(rng.uniform(0.8, 1.2, size=(count, 3, 1, 1)).astype(np.float32))
    shifts = rng.integers(-4, 5, size=(count, 2))
    moved = [
        torch.roll(image, (int(down), int(across)), dims=(1, 2))
        for image, (down, across) in zip(images, shifts, strict=True)
    ]
    return torch.stack(moved) * scales


def scratch_outcomes(pairs: Pairs, task: ScratchTask, prompts: tuple[Prompt, ...], seed: int) -> dict[Prompt, Outcome]:
    """Train on the pairs and measure what comes of it, asked by each prompt.

    Raises:
        MissingData: open_clip or the pictures are missing.
    """
    track = pairs.track(seed)
    model = train_scratch(task, track, seed)
    found = {}
    for prompt in prompts:
        seen, unseen = (_answers(model, track.strings, panel, prompt) for panel in (track.seen, track.unseen))
        fit = float("nan") if track.pool is None else _fit(model, track.strings, *track.pool, prompt)
        found[prompt] = outcome_of(seen, unseen, track.tests, track.token_noise, fit)
    return found


def _answers(model: SmallCLIP, strings: Strings, panel: Panel, prompt: Prompt) -> Answers:
    codes = codes_of(model, panel.images)
    scores = zero_shot(model, strings, codes, panel.contexts, prompt)
    return Answers(codes.double().numpy(), scores, panel.contents, panel.contexts)


def _fit(model: SmallCLIP, strings: Strings, pairs: Drawn, weights: Float[np.ndarray, " n"], prompt: Prompt) -> float:
    """Share of the training words, under the training law, that the model names."""
    scores = zero_shot(model, strings, codes_of(model, pairs.images), pairs.contexts, prompt)
    return float(((scores.argmax(axis=1) == pairs.words) * weights).sum())


@torch.no_grad()
def codes_of(model: SmallCLIP, images: Float[Tensor, "m 3 size size"]) -> Float[Tensor, "m d"]:
    """Unit codes of pictures."""
    return torch.cat([nn.functional.normalize(model.image_codes(part), dim=1) for part in images.split(1024)])


@torch.no_grad()
def zero_shot(
    model: SmallCLIP, strings: Strings, codes: Float[Tensor, "m d"], contexts: Int[np.ndarray, " m"], prompt: Prompt
) -> Float[np.ndarray, "m C"]:
    """Scores of the classes by the prompt, divided by the temperature."""
    texts = nn.functional.normalize(model.text_codes(model.tokens(strings.texts)), dim=1)
    count = len(strings.class_words)
    by_version: Mapping[str, Tensor] = {
        "pruned": texts[:count],
        "full": texts[count:].unflatten(0, (count, len(strings.phrases))),
    }
    scores = class_scores(codes, by_version, prompt, torch.from_numpy(contexts)) / model.temperature
    return scores.double().numpy()
