"""Coloured digits: the 1,797 real pictures that ship with scikit-learn, painted in the colour of the context."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int
from sklearn.datasets import load_digits

from identifiability.learning.invariance.images import Levels

TEST_SHARE = 0.3  # of the pictures of each digit

# red, green, blue, yellow, purple, orange, white, cyan, pink, brown, in the order of the colour words
RGB = np.array(
    [
        [0.9, 0.1, 0.1],
        [0.1, 0.7, 0.15],
        [0.1, 0.25, 0.95],
        [1.0, 0.9, 0.1],
        [0.6, 0.1, 0.75],
        [1.0, 0.5, 0.0],
        [1.0, 1.0, 1.0],
        [0.1, 0.9, 0.9],
        [1.0, 0.6, 0.8],
        [0.5, 0.3, 0.1],
    ]
)


@cache
def _pictures() -> tuple[Float[np.ndarray, "n 64"], Int[np.ndarray, " n"]]:
    digits = load_digits()
    return digits.data / 16.0, digits.target.astype(np.int64)


@dataclass(frozen=True, eq=False)
class DigitImages:
    """Real grey pictures g (8 x 8, in [0, 1]), painted: x = g outer RGB(context). No picture is in both parts.

    Attributes:
        grey: (n, 64) pictures; content: (n,) content of each: the digit, or whether it is at least 5.
        training: (n,) which pictures are for training.
    """

    grey: np.ndarray
    content: np.ndarray
    training: np.ndarray

    @classmethod
    def split(cls, contents: int, *, rng: np.random.Generator) -> "DigitImages":
        """A random split of the pictures of each digit.

        Args:
            contents: 10 (the digit), or 2 (below 5 or not, as in Colored MNIST).

        Raises:
            ValueError: another number of contents.
        """
        if contents not in (2, 10):
            raise ValueError(f"contents={contents}; expected 10 (digits) or 2 (digits below 5 and the others)")
        grey, digit = _pictures()
        training = np.ones(len(grey), dtype=bool)
        for value in range(10):
            rows = rng.permutation(np.flatnonzero(digit == value))
            training[rows[: round(TEST_SHARE * len(rows))]] = False
        return cls(grey, digit if contents == 10 else (digit >= 5).astype(np.int64), training)

    @property
    def dim(self) -> int:
        """Coordinates of an image: 64 pixels in three colour channels."""
        return 64 * 3

    def paint(self, pictures: Levels, contexts: Levels) -> Float[np.ndarray, "n 192"]:
        """Pictures by number, each in the colour of its context, float32."""
        painted = self.grey[pictures][:, :, None] * RGB[contexts][:, None, :]
        return painted.reshape(len(pictures), -1).astype(np.float32)

    def draw(self, contents: Levels, contexts: Levels, *, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        """A training picture of each content, drawn with replacement, painted."""
        pictures = np.zeros(len(contents), dtype=np.int64)
        for value in np.unique(contents):
            rows = np.flatnonzero(contents == value)
            pictures[rows] = rng.choice(np.flatnonzero(self.training & (self.content == value)), size=len(rows))
        return self.paint(pictures, contexts)

    def unseen(
        self, contents: int, contexts: int, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "m d"], Levels, Levels]:
        """Every test picture in every colour."""
        rows = np.flatnonzero(~self.training)
        pictures, s = np.repeat(rows, contexts), np.tile(np.arange(contexts), len(rows))
        return self.paint(pictures, s), self.content[pictures], s
