"""What every metric asks of its samples, and the scale it judges them on."""

from typing import Any

import numpy as np
from jaxtyping import Float, Shaped


def checked(name: str, values: Any, *, minimum: int) -> Float[np.ndarray, "n d"]:
    """`values` as a float64 matrix (a vector becomes one column).

    Raises:
        ValueError: not a vector or matrix, no column, fewer than `minimum` rows, or an entry that is not finite.
    """
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise ValueError(f"{name} has shape {matrix.shape}; expected (samples, coordinates), at least one coordinate")
    if len(matrix) < minimum:
        raise ValueError(
            f"{name} has {len(matrix)} samples; expected at least {minimum}, because fewer determine the fit or its "
            "score exactly, whatever the data"
        )
    finite = np.isfinite(matrix)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise ValueError(
            f"{name} holds {matrix[row, column]} at sample {row}, coordinate {column} ({(~finite).sum()} entries are "
            "not finite); expected numbers, because one of them makes every average undefined"
        )
    return matrix


def same_rows(**arrays: Shaped[np.ndarray, "_ *_"]) -> None:
    """Refuse arrays of unequal length.

    Raises:
        ValueError: the numbers of rows differ.
    """
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"numbers of samples differ: {lengths}; expected row i of each to be the same sample")


def same_columns(**matrices: Float[np.ndarray, "_ _"]) -> None:
    """Refuse matrices of unequal width.

    Raises:
        ValueError: the numbers of columns differ.
    """
    widths = {name: matrix.shape[1] for name, matrix in matrices.items()}
    if len(set(widths.values())) > 1:
        raise ValueError(
            f"numbers of coordinates differ: {widths}; expected coordinate k of each to be the same variable"
        )


def constant(matrix: Float[np.ndarray, "n d"]) -> np.ndarray:
    """Which coordinates do not vary beyond rounding, as d booleans."""
    return np.ptp(matrix, axis=0) <= 64 * np.finfo(np.float64).eps * np.abs(matrix).max(axis=0)


def refuse_constant(name: str, matrix: Float[np.ndarray, "n d"]) -> None:
    """Refuse constant coordinates.

    Raises:
        ValueError: a coordinate is constant.
    """
    still = np.flatnonzero(constant(matrix))
    if still.size:
        raise ValueError(
            f"{name} is constant in coordinates {still.tolist()}; expected each to vary, because a share of zero "
            "variance is not defined (a collapsed code? drop the coordinate or report the collapse)"
        )
