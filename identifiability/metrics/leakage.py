"""What a code says of a block it should not hold, beside what the content alone would say and what chance says."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from identifiability.metrics.regression import r2_kernel
from identifiability.metrics.samples import checked

Regression = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Leakage:
    """R2 of each coordinate of a block from a code; its ceiling from the content alone; its floor under shuffling."""

    r2: Float[np.ndarray, "q"]
    ceiling: Float[np.ndarray, "q"]
    floor: Float[np.ndarray, "q"]

    @property
    def excess(self) -> Float[np.ndarray, "q"]:
        """R2 beyond what the content explains: positive where the code says more of the block than the content."""
        return self.r2 - self.ceiling


def leakage(
    train_code: Float[np.ndarray, "n p"],
    train_block: Float[np.ndarray, "n q"],
    test_code: Float[np.ndarray, "m p"],
    test_block: Float[np.ndarray, "m q"],
    *,
    ceiling: Float[np.ndarray, "q"] | float,
    rng: np.random.Generator,
    repeats: int = 3,
    regression: Regression = r2_kernel,
) -> Leakage:
    """R2 of a style or private block from a code, with its population ceiling R2(block from content) and chance floor.

    A block that depends on the content has R2 > 0 from the content itself: that is prediction, not leakage. Equal to
    the ceiling: nothing leaks. The ceiling of a block independent of the content is 0.

    Raises:
        ValueError: a ceiling outside [0, 1] or of another width than the block, and as the regression.
    """
    train_block = checked("train_block", train_block, minimum=2)
    test_block = checked("test_block", test_block, minimum=2)
    width = train_block.shape[1]
    ceilings = np.broadcast_to(np.asarray(ceiling, dtype=np.float64), width) if np.ndim(ceiling) == 0 else ceiling
    if np.shape(ceilings) != (width,) or not np.all((np.asarray(ceilings) >= 0) & (np.asarray(ceilings) <= 1)):
        raise ValueError(f"ceiling is {ceiling}; expected {width} population R2, each between 0 and 1")
    joint_train, joint_test = shuffled_beside(train_block, test_block, rng=rng, repeats=repeats)
    scores = regression(train_code, joint_train, test_code, joint_test).reshape(repeats + 1, width)
    return Leakage(scores[0], np.array(ceilings), scores[1:].mean(0))


def permutation_floor(
    train_x: Float[np.ndarray, "n p"],
    train_y: Float[np.ndarray, "n q"],
    test_x: Float[np.ndarray, "m p"],
    test_y: Float[np.ndarray, "m q"],
    *,
    rng: np.random.Generator,
    repeats: int = 3,
    regression: Regression = r2_kernel,
) -> Float[np.ndarray, "repeats q"]:
    """R2 of y from x after shuffling the rows of y, once a repeat: what the regression scores when there is nothing.

    All repeats are scored in one call, as further targets.

    Raises:
        ValueError: fewer than one repeat, and as the regression.
    """
    joint_train, joint_test = shuffled_beside(train_y, test_y, rng=rng, repeats=repeats)
    width = joint_train.shape[1] // (repeats + 1)
    return regression(train_x, joint_train[:, width:], test_x, joint_test[:, width:]).reshape(repeats, width)


def shuffled_beside(
    train_y: Float[np.ndarray, "n q"], test_y: Float[np.ndarray, "m q"], *, rng: np.random.Generator, repeats: int
) -> tuple[Float[np.ndarray, "n targets"], Float[np.ndarray, "m targets"]]:
    """Both, followed by `repeats` copies with rows shuffled (within train, within test; coordinates stay together)."""
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}; expected at least one shuffle, or there is no floor")
    train_y, test_y = checked("train_y", train_y, minimum=2), checked("test_y", test_y, minimum=2)
    shuffles = [(rng.permutation(train_y), rng.permutation(test_y)) for _ in range(repeats)]
    return np.hstack([train_y, *(train for train, _ in shuffles)]), np.hstack([test_y, *(test for _, test in shuffles)])
