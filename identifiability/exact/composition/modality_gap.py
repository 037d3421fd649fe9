"""The modality gap: directions in which InfoNCE is flat, and what a constant gap carries from captions to images."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from identifiability.exact.infonce import infonce_loss
from scm import FiniteLaw


def orthogonal_offset(codes: Float[np.ndarray, "n d"], *, rng: np.random.Generator) -> Float[np.ndarray, " d"]:
    """A unit vector orthogonal to every difference of the codes: adding it to the other modality changes no softmax.

    Raises:
        ValueError: the differences span the whole space, so that there is no such direction.
    """
    differences = codes - codes[0]
    rank = int(np.linalg.matrix_rank(differences))
    if rank == codes.shape[1]:
        raise ValueError(
            f"the differences of {len(codes)} codes span all {rank} dimensions; expected a spare one, because a gap is "
            "free only in directions in which the codes do not differ"
        )
    basis = np.linalg.svd(differences)[2][rank:]
    direction = rng.standard_normal(len(basis)) @ basis
    return np.asarray(direction / np.linalg.norm(direction))


def symmetric_loss(
    joint: Float[np.ndarray, "x t"], f: Float[np.ndarray, "x d"], g: Float[np.ndarray, "t d"], k: int
) -> float:
    """Population InfoNCE of dot-product scores, the mean of its two directions (`infonce_loss`)."""
    critic = f @ g.T
    return (infonce_loss(joint, critic, k) + infonce_loss(joint.T, critic.T, k)) / 2


class Gap(NamedTuple):
    """Mean over pairs of f(x) - g(t), and the largest deviation of a pair from it."""

    mean: Float[np.ndarray, " d"]
    deviation: float


def gap(joint: Float[np.ndarray, "x t"], f: Float[np.ndarray, "x d"], g: Float[np.ndarray, "t d"]) -> Gap:
    """The modality gap on the pairs that occur; deviation 0 is a constant gap, f(x) = g(t) + c almost surely."""
    FiniteLaw(("x", "t"), joint)
    difference = f[:, None] - g[None]
    mean = np.einsum("xt,xtd->d", joint, difference)
    return Gap(mean, float(np.abs(difference - mean)[joint > 0].max()))


def merged(codes: Float[np.ndarray, "n d"], *, tolerance: float = 1e-12) -> list[int]:
    """For each code the number of the first one equal to it: which inputs the encoder does not tell apart."""
    distance = np.abs(codes[:, None] - codes[None]).max(axis=2)
    return [int(np.argmax(row <= tolerance)) for row in distance]
