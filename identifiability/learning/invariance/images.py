"""Images of (content, context) cells: noisy one-hot bits, and continuous latents behind an invertible mixing."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from scm.mixing import Mixing

Levels = Int[np.ndarray, " n"]


@runtime_checkable
class CellImages(Protocol):
    """Where images come from: `draw` for training, `unseen` for evaluation (never the same picture)."""

    @property
    def dim(self) -> int:
        """Coordinates of an image."""
        ...

    def draw(self, contents: Levels, contexts: Levels, *, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        """One training image of each cell (content, context), float32."""
        ...

    def unseen(
        self, contents: int, contexts: int, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "m d"], Levels, Levels]:
        """Evaluation images with their contents and contexts; within a content every image stands in all contexts."""
        ...


def _one_hot(levels: Levels, count: int) -> Float[np.ndarray, "n count"]:
    return np.eye(count)[levels]


@dataclass(frozen=True)
class BitImages:
    """x = (one-hot c, one-hot s) + noise N(0, I): the image shows content and context side by side.

    Args:
        contents, contexts: numbers of levels.
        noise: standard deviation of each coordinate, >= 0; levels are sqrt(2) apart.
        per_cell: evaluation images of each cell.
    """

    contents: int
    contexts: int
    noise: float = 0.1
    per_cell: int = 64

    @property
    def dim(self) -> int:
        """Coordinates of an image."""
        return self.contents + self.contexts

    def draw(self, contents: Levels, contexts: Levels, *, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        """One image of each cell, float32."""
        clean = np.hstack([_one_hot(contents, self.contents), _one_hot(contexts, self.contexts)])
        return (clean + self.noise * rng.standard_normal(clean.shape)).astype(np.float32)

    def unseen(
        self, contents: int, contexts: int, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "m d"], Levels, Levels]:
        """`per_cell` fresh images of every cell."""
        c, s = _cells(contents, contexts, self.per_cell)
        return self.draw(c, s, rng=rng), c, s


@dataclass(frozen=True, eq=False)
class MixedImages:
    """x = mixing(z_c, z_s, z_private): the encoder must unmix before it can tell content from context.

    z_c ~ N(+-2 (cos, sin)(pi c / C), spread^2 I) in the plane, either sign with probability 1/2, so that no linear
    code of z_c tells the contents apart; z_s ~ N(2 onehot(s), spread^2 I), which one does; z_private ~ N(0, I). The
    mixing is invertible and non-linear.
    """

    mixing: Mixing
    contents: int
    contexts: int
    private: int
    spread: float
    per_cell: int = 64

    @classmethod
    def drawn(
        cls,
        contents: int,
        contexts: int,
        *,
        private: int = 2,
        layers: int = 2,
        spread: float = 0.4,
        rng: np.random.Generator,
    ) -> "MixedImages":
        """With a random mixing, standardised on uniform cells."""
        mixing = Mixing.draw(2 + contexts + private, layers=layers, rng=rng)
        raw = cls(mixing, contents, contexts, private, spread)
        c, s = rng.integers(contents, size=10_000), rng.integers(contexts, size=10_000)
        standard = mixing.standardised(raw.latents(c, s, rng=rng))
        return cls(standard, contents, contexts, private, spread)

    @property
    def dim(self) -> int:
        """Coordinates of an image."""
        return self.mixing.dim

    def latents(self, contents: Levels, contexts: Levels, *, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        """(z_c, z_s, z_private) of each cell."""
        angle = np.pi * (contents / self.contents + rng.integers(2, size=len(contents)))
        noise = rng.standard_normal((len(contents), self.dim))
        noise[:, : 2 + self.contexts] *= self.spread
        means = [np.cos(angle)[:, None], np.sin(angle)[:, None], _one_hot(contexts, self.contexts)]
        noise[:, : 2 + self.contexts] += 2 * np.hstack(means)
        return noise

    def draw(self, contents: Levels, contexts: Levels, *, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        """One image of each cell, float32."""
        return self.mixing(self.latents(contents, contexts, rng=rng)).astype(np.float32)

    def unseen(
        self, contents: int, contexts: int, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "m d"], Levels, Levels]:
        """`per_cell` fresh images of every cell."""
        c, s = _cells(contents, contexts, self.per_cell)
        return self.draw(c, s, rng=rng), c, s


def _cells(contents: int, contexts: int, repeats: int) -> tuple[Levels, Levels]:
    c, s = np.divmod(np.arange(contents * contexts), contexts)
    return np.repeat(c, repeats), np.repeat(s, repeats)
