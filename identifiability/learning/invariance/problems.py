"""A coloured problem: laws p_e(y, c, s), images of the cells (c, s), captions; and samples of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from identifiability.learning.invariance.captions import Captions
from identifiability.learning.invariance.digits import DigitImages
from identifiability.learning.invariance.images import CellImages
from scm.environments import Environments
from scm.joint import FiniteLaw, draw_levels


@dataclass(frozen=True, eq=False)
class Samples:
    """n pairs of image and caption with all that is known of them; all integer columns have shape (n,)."""

    images: Float[np.ndarray, "n d"]
    classes: Int[np.ndarray, " n"]  # y, named by the class token
    contents: Int[np.ndarray, " n"]  # c, what the image shows of the class
    contexts: Int[np.ndarray, " n"]  # what the environment token names: s, but for token noise
    environments: Int[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.classes)

    def rows(self, chosen: Int[np.ndarray, " m"]) -> "Samples":
        """Some of the pairs."""
        return Samples(**{name: column[chosen] for name, column in vars(self).items()})


Sampler = Callable[[int, np.random.Generator], Samples]


@dataclass(frozen=True, eq=False)
class Problem:
    """Laws over y (class), c (content), s (context); `images` show (c, s) alone, `captions` name (y, s).

    With probability `token_noise` the context word of a training caption is redrawn uniformly.

    Raises:
        ValueError: laws without these variables, or captions with other numbers of classes or contexts.
    """

    training: Environments
    test: FiniteLaw
    images: CellImages
    captions: Captions
    token_noise: float = 0.0

    def __post_init__(self) -> None:
        expected = (len(self.captions.class_words), len(self.captions.context_words))
        found = (self.test.levels("y"), self.test.levels("s"))
        if found != expected:
            raise ValueError(
                f"the laws have {found} classes and contexts, the captions {expected}; expected the same, because a "
                "caption names both"
            )

    @property
    def environments(self) -> tuple[str, ...]:
        """Names of the training environments, then of the test one."""
        return (*self.training.names, "test")

    @cached_property
    def law(self) -> Float[np.ndarray, "e y c s"]:
        """pi_e p_e(y, c, s) of the training environments."""
        return self.training.joint().marginal(("environment", "y", "c", "s"))

    @property
    def pooled(self) -> Float[np.ndarray, "y s"]:
        """p(y, context word) that a learner sees: what token-balancing divides by."""
        table = self.law.sum(axis=(0, 2))
        return (1 - self.token_noise) * table + self.token_noise * table.mean(axis=1, keepdims=True)

    @property
    def contexts_shuffled(self) -> "Problem":
        """The oracle's problem: the context of every image drawn from p_e(s), independent of all else."""
        laws = {}
        for name, law in self.training.laws.items():
            independent = law.marginal(("y", "c"))[..., None] * law.marginal("s")
            laws[name] = FiniteLaw(("y", "c", "s"), independent)
        return replace(self, training=Environments(laws, self.training.weights.tolist()))

    def fresh(self, n: int, rng: np.random.Generator) -> Samples:
        """n new pairs: every image, label and context drawn anew."""
        e, y, c, s = _cells_of(self.law.reshape(1, -1), np.zeros(n, dtype=np.int64), self.law.shape, rng)
        return Samples(self.images.draw(c, s, rng=rng), y, c, self._words(s, rng), e)

    def labelled_once(self, rng: np.random.Generator) -> Sampler:
        """A sampler from the training pictures of digits, each with ONE class, context and environment drawn for it.

        The regime of Colored MNIST. (e, y, s) of a picture is drawn given its content, so a large model can learn the
        noisy classes by heart.

        Raises:
            ValueError: images that are not pictures of digits.
        """
        if not isinstance(self.images, DigitImages):
            raise ValueError(
                f"{type(self.images).__name__} draws a new image every time; expected DigitImages, because only "
                "given pictures can be labelled once"
            )
        pictures = np.flatnonzero(self.images.training)
        contents = self.images.content[pictures]
        by_content = np.moveaxis(self.law, 2, 0)
        shape = by_content.shape[1:]
        e, y, s = _cells_of(by_content.reshape(len(by_content), -1), contents, shape, rng)
        samples = Samples(self.images.paint(pictures, s), y, contents, self._words(s, rng), e)
        return lambda size, draw: samples.rows(draw.integers(len(samples), size=size))

    def _words(self, contexts: Int[np.ndarray, " n"], rng: np.random.Generator) -> Int[np.ndarray, " n"]:
        redrawn = rng.random(len(contexts)) < self.token_noise
        return np.where(redrawn, rng.integers(self.law.shape[-1], size=len(contexts)), contexts)


def _cells_of(
    table: Float[np.ndarray, "rows cells"],
    rows: Int[np.ndarray, " n"],
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> tuple[Int[np.ndarray, " n"], ...]:
    """One cell a row from the (unnormalised) law table[row], as indices of an array of `shape`."""
    flat = np.zeros(len(rows), dtype=np.int64)
    for row in np.unique(rows):
        chosen = np.flatnonzero(rows == row)
        flat[chosen] = draw_levels(table[row : row + 1], chosen, rng.random(len(chosen)))
    return tuple(column.astype(np.int64) for column in np.unravel_index(flat, shape))
