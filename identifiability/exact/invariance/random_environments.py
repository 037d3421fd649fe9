"""Random environments in which content and context are independent given the class, on which claims are tried."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from identifiability.exact.random_laws import random_law

Kind = Literal["any", "independent_inside", "one_class_law", "cancelling"]


def random_rows(*cells: int, levels: int, rng: np.random.Generator) -> Float[np.ndarray, "..."]:
    """One random law over `levels` for each cell: shape (*cells, levels)."""
    rows = [random_law(levels, rng=rng) for _ in range(int(np.prod(cells)))]
    return np.stack(rows).reshape(*cells, levels)


def content_and_context(
    kind: Kind, *, contents: int = 4, contexts: int = 3, classes: int = 3, rng: np.random.Generator
) -> Float[np.ndarray, "e u s y"]:
    """pi_e p_e(y) p(u | y) p_e(s | y) of two equally frequent environments, random up to what `kind` demands.

    "any": nothing; "independent_inside": context and class independent in each environment; "one_class_law": the class
    law is the same in both; "cancelling": the same, and the two dependences of context and class cancel in the pool.
    """
    content = random_rows(classes, levels=contents, rng=rng)
    law = random_rows(2, levels=classes, rng=rng)
    context = random_rows(2, classes, levels=contexts, rng=rng)
    if kind == "independent_inside":
        context[:, 1:] = context[:, :1]
    if kind in ("one_class_law", "cancelling"):
        law[1] = law[0]
    if kind == "cancelling":
        mean = random_law(contexts, rng=rng)
        tilt = context[0] - context[0].mean(axis=1, keepdims=True)
        tilt *= 0.9 * mean.min() / np.abs(tilt).max()
        context = np.stack([mean + tilt, mean - tilt])
    return np.einsum("ey,yu,eys->eusy", law / 2, content, context)


def shown(law: Float[np.ndarray, "u s y"]) -> Float[np.ndarray, "x y s"]:
    """The law of images that show content and context, numbered (contexts) u + s, with class and context."""
    contents, contexts, classes = law.shape
    return np.einsum("usy,st->usyt", law, np.eye(contexts)).reshape(contents * contexts, classes, contexts)
