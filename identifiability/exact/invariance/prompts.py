"""Zero-shot classifiers read off a critic over full captions (y, z): which context the prompt names decides.

The critic s(x, (y, z)) scores image x against the caption with class token y and side token z (context token, or
environment index); a prompt rule turns it into class scores s(x, y). Scores of -inf stay -inf.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.special import logsumexp

from identifiability.exact.infonce import population_optimum


def full_caption_optimum(law: Float[np.ndarray, "x y z"]) -> Float[np.ndarray, "x y z"]:
    """s*(x, (y, z)) = log p(y, z | x) / p(y, z), negatives drawn from all full captions; -inf where p(x, y, z) = 0.

    Raises:
        ValueError: not a law.
    """
    return population_optimum(law.reshape(len(law), -1)).reshape(law.shape)


def fixed_prompt(critic: Float[np.ndarray, "x y z"], context: int) -> Float[np.ndarray, "x y"]:
    """Every prompt names the same context: s(x, y) = s*(x, (y, z0)).

    At the full-caption optimum, if the tokens are independent given the image, this is log p(y | x) / p(y | z0) up to
    an offset: the prior of the named context is divided out instead of the image's own.
    """
    return critic[:, :, context]


def averaged_prompt(critic: Float[np.ndarray, "x y z"]) -> Float[np.ndarray, "x y"]:
    """The mean of the prompts' scores over all contexts, which is what averaged text codes give (prompt ensembling)."""
    return critic.mean(axis=2)


def mixed_prompt(critic: Float[np.ndarray, "x y z"], weights: Float[np.ndarray, "y z"]) -> Float[np.ndarray, "x y"]:
    """log sum_z w(y, z) exp s(x, (y, z)).

    With w = p(z | y) and the full-caption optimum it is log p(y | x) / p(y), the optimum of class-only captions.
    """
    return logsumexp(critic, b=weights, axis=2)


def matched_prompt(critic: Float[np.ndarray, "x y z"], context: Int[np.ndarray, " x"]) -> Float[np.ndarray, "x y"]:
    """Each image is asked with the prompt of its own context: s(x, y) = s*(x, (y, z(x)))."""
    return np.take_along_axis(critic, context[:, None, None], axis=2)[:, :, 0]


def joint_prompt(critic: Float[np.ndarray, "x y z"]) -> Float[np.ndarray, "x y"]:
    """The best caption decides class and context together: s(x, y) = max_z s*(x, (y, z))."""
    return critic.max(axis=2)
