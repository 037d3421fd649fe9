"""What InfoNCE does not constrain of an image code: it sees f only through differences of <f(x), g_t>.

An image x shows its class and its context; scores are <f(x), g_t>. Adding u(x) to f, with <u(x), g_t> the same for
every text, changes no softmax over texts: f may carry the context, in plain view of a linear probe, at the minimum of
the loss. What the minimum does fix is the projection of f on span{g_t - g_t'}.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from identifiability.exact.infonce import population_optimum


class Codes(NamedTuple):
    """Image and text codes, one a row."""

    image: Float[np.ndarray, "x d"]
    text: Float[np.ndarray, "t d"]


def factored_optimum(joint: Float[np.ndarray, "x t"]) -> Codes:
    """Codes with <f(x), g_t> = log p(t | x) / p(t), by the singular value decomposition of the log ratio.

    Args:
        joint: law p(x, t) without zeros.

    Raises:
        ValueError: a cell that never occurs: its log ratio is -inf, and no finite codes have it.
    """
    if (joint == 0).any():
        cell = tuple(np.argwhere(joint == 0)[0].tolist())
        raise ValueError(
            f"image and text {cell} never occur together; their log ratio is -inf, which is no inner product of "
            "finite codes"
        )
    left, singular, right = np.linalg.svd(population_optimum(joint), full_matrices=False)
    root = np.sqrt(singular)
    return Codes(left * root, right.T * root)


def hide_context(codes: Codes, context: Int[np.ndarray, " x"], *, rng: np.random.Generator) -> Codes:
    """Codes with the context in plain view of a linear probe, and every softmax over texts as before.

    Indicators of the context are added in directions orthogonal to all texts, and a random number for each context in a
    direction in which all texts have the same coordinate; a random rotation follows.

    Args:
        codes: what to hide the context in.
        context: context of each image.
        rng: draws the numbers and the rotation.
    """
    indicators = np.eye(context.max() + 1)[context]
    offset = rng.standard_normal(context.max() + 1)[context]
    image = np.column_stack([codes.image, indicators, offset])
    text = np.column_stack([codes.text, np.zeros((len(codes.text), indicators.shape[1])), np.ones(len(codes.text))])
    rotation = np.linalg.qr(rng.standard_normal((image.shape[1],) * 2))[0]
    return Codes(image @ rotation, text @ rotation)


def seen_part(codes: Codes) -> Float[np.ndarray, "x d"]:
    """Projection of f(x) on span{g_t - g_t'}: all of f that a softmax over texts can see."""
    differences = codes.text[1:] - codes.text[0]
    _, singular, right = np.linalg.svd(differences, full_matrices=False)
    basis = right[singular > 1e-10 * max(1.0, singular[0])]
    return codes.image @ basis.T @ basis


def context_dependence(code: Float[np.ndarray, "x d"], classes: Int[np.ndarray, " x"]) -> float:
    """max |f(x) - f(x')| over pairs of images of the same class."""
    same = classes[:, None] == classes
    return float((np.linalg.norm(code[:, None] - code, axis=2) * same).max())


def probe_accuracy(
    code: Float[np.ndarray, "x d"], labels: Int[np.ndarray, " x"], law: Float[np.ndarray, " x"]
) -> float:
    """Accuracy of the least-squares linear probe for a label of each image, fitted and scored on the exact law p(x).

    Equal scores share the credit.
    """
    targets = np.eye(labels.max() + 1)[labels]
    design = np.column_stack([code, np.ones(len(code))])
    root = np.sqrt(law)[:, None]
    scores = design @ np.linalg.lstsq(root * design, root * targets, rcond=None)[0]
    best = scores >= scores.max(axis=1, keepdims=True) - 1e-9
    return float(law @ (best[np.arange(len(labels)), labels] / best.sum(axis=1)))
