"""A stated part of a set: stratified over class and context, decided by a seed."""

import numpy as np
from jaxtyping import Int

from realscale.data.labelled import LabelledImages


def stratified_rows(images: LabelledImages, limit: int, *, rng: np.random.Generator) -> Int[np.ndarray, " m"]:
    """Sorted rows of `limit` images: each cell of class and context in proportion, by largest remainders.

    All rows where the limit is not below their number. Ties of remainders are broken by lot.

    Raises:
        ValueError: a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; expected one image at least, because a mean of nothing says nothing")
    if limit >= len(images):
        return np.arange(len(images))
    cells = images.classes * len(images.context_names) + images.contexts
    names, of, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    shares = sizes * (limit / len(images))
    taken = np.floor(shares).astype(np.int64)
    order = np.lexsort((rng.random(len(names)), -(shares - taken)))
    taken[order[: limit - taken.sum()]] += 1
    rows = [rng.permutation(np.flatnonzero(of == cell))[:count] for cell, count in enumerate(taken)]
    return np.sort(np.concatenate(rows))
