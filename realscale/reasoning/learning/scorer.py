"""The reward model: a small CLIP, from random weights, of the task's pictures and of captions that err with them.

A caption names a class word y by p(y | colour c, background s) ~ p(c | y) p(s | y): the word tells the colour with some
noise and goes with the background as the answer does in training. So the population's score leans on the background.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from identifiability.learning import TrainingConfig, train
from identifiability.objectives import Form
from identifiability.objectives.tokens import Tokens
from realscale.composition_training.model import SmallCLIP, pixels
from realscale.data.squares import square
from realscale.midtraining.recipes import recipe_loss
from realscale.reasoning.reward import ProcessReward, RewardSettings, WindowEncoder
from realscale.reasoning.tasks import SceneSettings, scene_examples, scene_laws
from realscale.reasoning.trainer.image_reward import ImageReward
from scm.grammar import BACKGROUNDS, COLOURS, SHAPES
from scm.streams import stream, stream_seed
from scm.tokens import TokenRole, Vocabulary

CAPTIONS = ("{y}", "a {y} {o}", "the {o} is {y}", "the {o} is {y} answer {y}", "answer {y}", "is {y}")
FULL = "a {s} picture {caption}"
SIZE = 32


@dataclass(frozen=True)
class ScorerTask:
    """How the reward model is trained, and how it scores.

    Attributes:
        steps, batch: of training by eq. 11, trade-off 1/2.
        word_noise: probability that the caption's word was drawn anew from all colours.
        pictures: how many there are; words are drawn anew in each batch.
        width, penalty: of `RewardSettings`; the temperature is the one that CLIP has learnt.
    """

    steps: int = 100
    batch: int = 64
    word_noise: float = 0.4
    pictures: int = 2048
    width: int = 8
    penalty: float = 1.0


def word_law(scenes: SceneSettings, word_noise: float) -> Float[np.ndarray, "c s y"]:
    """p(class word | colour, background) of the captions."""
    count = scenes.colours
    colour = (1 - word_noise) * np.eye(count) + word_noise / count  # [y, c]
    joint = scene_laws(scenes).laws["train"].marginal(("answer", "context"))
    weights = np.einsum("yc,ys->csy", colour, joint / joint.sum(axis=1, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True)


def scorer_words(scenes: SceneSettings) -> list[str]:
    """All words of captions."""
    named = (*COLOURS[: scenes.colours], *SHAPES[: scenes.shapes], *BACKGROUNDS[: scenes.contexts])
    return sorted({*named, "a", "the", "is", "answer", "picture"})


def untrained_scorer(scenes: SceneSettings, seed: int) -> SmallCLIP:
    """The model with the random weights of a seed.

    Raises:
        MissingData: open_clip is not installed.
    """
    return SmallCLIP(scorer_words(scenes), seed=stream_seed(seed, "scorer"))


def trained_scorer(task: ScorerTask, scenes: SceneSettings, seed: int) -> SmallCLIP:
    """The reward model of a seed.

    Raises:
        MissingData: open_clip is not installed.
    """
    model = untrained_scorer(scenes, seed)
    examples = scene_examples(scenes, task.pictures, rng=stream(seed, "pictures of the scorer"))
    images = _pixels([example.image for example in examples if example.image is not None])
    colours = np.array([COLOURS.index(example.answer) for example in examples])
    backgrounds = np.array([BACKGROUNDS.index(example.environment) for example in examples])
    shapes = [str(example.facts["targets"][0]) for example in examples]
    cumulated = word_law(scenes, task.word_noise)[colours, backgrounds].cumsum(axis=1)

    def loss_of(step: int) -> Tensor:
        rng = stream(seed, "pairs of the scorer", step)
        rows = rng.integers(len(examples), size=task.batch)
        words = (rng.random(task.batch)[:, None] > cumulated[rows]).sum(axis=1).clip(max=scenes.colours - 1)
        forms = rng.integers(len(CAPTIONS), size=task.batch)
        pruned = [
            CAPTIONS[form].format(y=COLOURS[word], o=shapes[row])
            for form, word, row in zip(forms, words, rows, strict=True)
        ]
        full = [
            FULL.format(s=BACKGROUNDS[backgrounds[row]], caption=caption)
            for row, caption in zip(rows, pruned, strict=True)
        ]
        different = {text: number for number, text in enumerate(dict.fromkeys([*pruned, *full]))}
        codes = model.text_codes(model.tokens(list(different)))
        terms = recipe_loss(
            "pruned",
            model.image_codes(images[torch.from_numpy(rows)]),
            {
                "pruned": codes[torch.tensor([different[text] for text in pruned])],
                "full": codes[torch.tensor([different[text] for text in full])],
            },
            Tokens(torch.from_numpy(words.astype(np.int64)), torch.from_numpy(backgrounds[rows])),
            temperature=model.temperature,
            trade_off=0.5,
        )
        return torch.stack(list(terms.values())).sum()

    train(model, loss_of, TrainingConfig(steps=task.steps, muon_rate=0.02, adam_rate=3e-3, warmup=20))
    return model


def image_reward(model: SmallCLIP, task: ScorerTask, scenes: SceneSettings, form: Form) -> ImageReward:
    """What the trainer calls: V are the colours, which answer, E the backgrounds."""
    vocabulary = Vocabulary(
        {
            TokenRole.CLASS: COLOURS[: scenes.colours],
            TokenRole.ENVIRONMENT: BACKGROUNDS[: scenes.contexts],
        }
    )
    settings = RewardSettings(
        width=task.width, penalty=task.penalty, form=form, temperature=float(model.temperature.detach())
    )
    reward = ProcessReward(WindowEncoder(text_encoder(model)), vocabulary, COLOURS[: scenes.colours], settings)
    return ImageReward(reward, image_encoder(model))


def text_encoder(model: SmallCLIP) -> Callable[[Sequence[str]], Tensor]:
    """Unit codes of any texts: of the words that the model knows, the last ones if they are too many."""

    def encode(texts: Sequence[str]) -> Tensor:
        with torch.no_grad():
            return normalize(model.text_codes(model.tokens([_known(model, text) for text in texts])), dim=1)

    return encode


def image_encoder(model: SmallCLIP) -> Callable[[Sequence[Image.Image]], Tensor]:
    """Unit codes of images."""

    def encode(images: Sequence[Image.Image]) -> Tensor:
        with torch.no_grad():
            return normalize(model.image_codes(_pixels(images)), dim=1)

    return encode


def _known(model: SmallCLIP, text: str) -> str:
    words = [word for word in re.findall("[a-z]+", text.lower()) if all(p in model.rows for p in model.pieces(word))]
    while not model.fits(" ".join(words)):
        words = words[1:]
    return " ".join(words)


def _pixels(images: Sequence[Image.Image]) -> Float[Tensor, "n 3 size size"]:
    return pixels(np.stack([square(image, SIZE) for image in images]))
