"""Rendered pictures of a finite model whose every latent is known: colours on backgrounds that go with them.

(y, c, s) ~ `scm.coloured.coloured_classes`: class word y, colour c of the thing, background s; the picture shows c and
s, and at random a shape, a place, a size and three tints.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from identifiability.exact.invariance.designs import logits
from identifiability.exact.invariance.irmv1 import accuracy
from realscale.claims.scratch_clip import Drawn, Panel, Strings, Track
from realscale.composition_training.model import pixels
from scm.coloured import coloured_classes
from scm.grammar import BACKGROUNDS, COLOURS, SHAPES
from scm.images import Scenes, render
from scm.joint import FiniteLaw
from scm.streams import stream

COUNT = 2  # of colours, and of backgrounds
EACH = 100  # pictures of each colour on each background, in each of the two panels


@dataclass(frozen=True)
class RenderedPairs:
    """Which pairs there are to train on.

    Attributes:
        agreement: p(background = the one that the class prefers), in training and in the test "id".
        token_noise: probability that the class word is drawn anew, from all classes.
        pictures: how many there are, each with one word for good; None: a new one each time.
        shown: whether the picture shows the background that the caption names, or one by lot.
    """

    agreement: float = 0.9
    token_noise: float = 0.3
    pictures: int | None = None
    shown: bool = True

    def track(self, seed: int) -> Track:
        """Two of the renderer's colours and two of its backgrounds, paired by lot; pictures of 32 x 32 pixels."""
        return _rendered_track(self, seed)


def coloured_law(pairs: RenderedPairs) -> FiniteLaw:
    """p(environment, y, c, s, x) of the training pairs, x = 2 c + s what the picture shows; one environment."""
    redrawn = pairs.token_noise * (1 - 1 / COUNT)
    training, _ = coloured_classes(classes=COUNT, label_noise=redrawn, colour=(pairs.agreement,))
    return training.joint()


def test_laws(agreement: float) -> dict[str, Float[np.ndarray, "C S"]]:
    """p(background | colour): as in training, uniform, and where each colour has the background of the next class."""
    law = np.full((COUNT, COUNT), (1 - agreement) / (COUNT - 1))
    np.fill_diagonal(law, agreement)
    return {"id": law, "uniform": np.full_like(law, 1 / COUNT), "reversed": np.roll(law, -1, axis=0)}


def predicted_accuracies(design: str, pairs: RenderedPairs) -> dict[str, float]:
    """Accuracy of naming the colour, in each test, at the population optimum of a design (`designs.DESIGNS`)."""
    scores = logits(design, coloured_law(pairs))
    colour = np.arange(COUNT**2) // COUNT
    found = {}
    for name, law in test_laws(pairs.agreement).items():
        joint = np.zeros((COUNT**2, COUNT))
        joint[np.arange(COUNT**2), colour] = law.ravel() / COUNT
        found[name] = accuracy(joint, scores)
    return found


def _rendered_track(pairs: RenderedPairs, seed: int) -> Track:
    colours = stream(seed, "colours").permutation(len(COLOURS))[:COUNT]
    backgrounds = stream(seed, "backgrounds").permutation(len(BACKGROUNDS))[:COUNT]
    table = coloured_law(pairs).marginal(("y", "c", "s"))

    def painted(c: Int[np.ndarray, " n"], s: Int[np.ndarray, " n"], rng: np.random.Generator) -> Tensor:
        behind = s if pairs.shown else rng.integers(COUNT, size=len(s))
        return pixels(render(_scenes(colours[c], backgrounds[behind], rng)))

    def drawn(rng: np.random.Generator, size: int) -> Drawn:
        cells = rng.choice(table.size, size=size, p=table.ravel())
        words, c, s = np.unravel_index(cells, table.shape)
        return Drawn(
            pixels(render(_scenes(colours[c], backgrounds[s], rng))), words.astype(np.int64), s.astype(np.int64)
        )

    pool = None if pairs.pictures is None else drawn(stream(seed, "few pictures"), pairs.pictures)

    def draw(rng: np.random.Generator, size: int) -> Drawn:
        if pool is None:
            return drawn(rng, size)
        rows = rng.integers(len(pool.words), size=size)
        return Drawn(pool.images[rows], pool.words[rows], pool.contexts[rows])

    names = tuple(f"{COLOURS[colour]} thing" for colour in colours)
    contents, contexts = (np.repeat(part, EACH) for part in np.divmod(np.arange(COUNT**2), COUNT))
    seen, unseen = (
        Panel(painted(contents, contexts, stream(seed, side)), contents, contexts) for side in ("seen", "unseen")
    )
    return Track(
        strings=Strings(names, tuple(f"a {BACKGROUNDS[background]} picture" for background in backgrounds)),
        draw=draw,
        law=table.sum(axis=1),
        pool=None if pool is None else (pool, np.full(len(pool.words), 1 / len(pool.words))),
        seen=seen,
        unseen=unseen,
        tests=test_laws(pairs.agreement),
        token_noise=pairs.token_noise,
    )


def _scenes(colour: Int[np.ndarray, " n"], background: Int[np.ndarray, " n"], rng: np.random.Generator) -> Scenes:
    """Scenes with shape, place, size and tints drawn independently of all else."""
    count = len(colour)
    size, paleness, brightness, warmth = rng.standard_normal((4, count))
    shape = rng.integers(len(SHAPES), size=count)
    return Scenes(shape, colour, background, rng.standard_normal((count, 2)), size, paleness, brightness, warmth)
