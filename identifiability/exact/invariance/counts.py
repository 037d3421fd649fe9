"""Tables of counts as they come from users, checked and kept as whole numbers of any size."""

import numpy as np
from jaxtyping import Shaped

from scm import FiniteLaw


def as_counts(counts: object) -> Shaped[np.ndarray, "y e k"]:
    """The counts of (class, context, prediction) as Python ints, exact whatever their size.

    Raises:
        ValueError: not a table with three axes, entries that are no counts, fewer than two contexts, a class or context
            without samples, or a class that does not occur in a context (positivity).
    """
    table = _whole_numbers(_three_axes(counts))
    classes, contexts = table.sum(axis=(1, 2)), table.sum(axis=(0, 2))
    for name, sums in (("class", classes), ("context", contexts)):
        empty = [index for index, total in enumerate(sums) if not total]
        if empty:
            raise ValueError(
                f"{name} {empty[0]} has no sample; leave out the {name} that was not observed, since the table says "
                f"nothing about it (without samples: {empty})"
            )
    if len(contexts) < 2:
        raise ValueError(
            "the counts have a single context (axis 1 has length 1), expected two at least: within one context every "
            "predictor can be calibrated, so invariance says nothing"
        )
    cells = table.sum(axis=2)
    missing = [(y, e) for y, e in np.ndindex(cells.shape) if not cells[y, e]]
    if missing:
        y, e = missing[0]
        raise ValueError(
            f"class {y} does not occur in context {e} (counts[{y}, {e}] is all zero; {len(missing)} such cells: "
            f"{missing[:5]}): without positivity, p(class, context) > 0, the table cannot tell a context that changes "
            "the predictions from one that lacks the class; take more samples or merge contexts"
        )
    return table


def _three_axes(counts: object) -> Shaped[np.ndarray, "..."]:
    expected = "expected counts[class, context, prediction], three axes of length 1 at least"
    if isinstance(counts, FiniteLaw):
        raise ValueError(
            f"the counts are a law of {list(counts.names)}; {expected}: numbers of samples can be compared without "
            "rounding, probabilities cannot; irm_by_enumeration decides laws, to a tolerance"
        )
    try:
        table = np.asarray(counts)
    except ValueError as error:
        raise ValueError(f"the counts are ragged ({error}); {expected}") from error
    if table.ndim != 3 or not table.size:
        raise ValueError(f"the counts have shape {table.shape}; {expected}")
    return table


def _whole_numbers(table: Shaped[np.ndarray, "y e k"]) -> Shaped[np.ndarray, "y e k"]:
    exact = np.empty(table.shape, dtype=object)
    for index in np.ndindex(table.shape):
        value = table[index]
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not number or not value >= 0 or value == np.inf or value != int(value):
            told = value.item() if isinstance(value, np.generic) else value
            raise ValueError(
                f"counts{list(index)} is {told!r}, expected a whole number >= 0: the decision compares numbers of "
                "samples without rounding, so pass counts and not frequencies"
            )
        exact[index] = int(value)
    return exact
