"""Which images are one and the same drawing, so that a split can keep them on one side."""

import numpy as np
from jaxtyping import Float32, Int, Shaped, UInt8
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SAME_DRAWING = 4.0  # mean squared difference in grey levels; among the vendors' emoji nothing lies between 4 and 9
_SIDE = 32  # larger pictures are compared at this size, so that groups do not depend on the size
_BLOCK = 512


def same_drawings(
    images: UInt8[np.ndarray, "n height width 3"], within: float = SAME_DRAWING
) -> Int[np.ndarray, "pairs 2"]:
    """All pairs i < j with mean squared difference below `within` (4: a root mean square of 2 grey levels in 255).

    Means over cells of pixels differ by less than the pixels do (Jensen), so that only pairs with like means of cells
    are compared pixel by pixel.
    """
    _, height, width, _ = images.shape
    compared = height == width and height % _SIDE == 0
    pixels = _means(images, height // _SIDE) if compared else images
    side = next(side for side in (4, 3, 2, 1) if pixels.shape[1] % side == pixels.shape[2] % side == 0)
    pairs = _near(_means(pixels, side), within * 1.01)  # more than rounding takes
    return pairs[[_distance(pixels[first], pixels[second]) < within for first, second in pairs]]


def _means(images: Shaped[np.ndarray, "n height width 3"], side: int) -> Float32[np.ndarray, "n rows columns 3"]:
    """The means over cells of `side` x `side` pixels."""
    count, height, width, _ = images.shape
    cells = images.reshape(count, height // side, side, width // side, side, 3)
    return cells.mean((2, 4), dtype=np.float32)


def _distance(one: Shaped[np.ndarray, "height width 3"], other: Shaped[np.ndarray, "height width 3"]) -> float:
    return float(np.square(one.astype(np.float32) - other.astype(np.float32)).mean(dtype=np.float64))


def _near(images: Float32[np.ndarray, "n height width 3"], within: float) -> Int[np.ndarray, "pairs 2"]:
    """All pairs i < j with mean squared difference below `within`, up to rounding."""
    pixels = images.reshape(len(images), -1)
    pixels = pixels - pixels.mean(0)  # keeps the cancellation below small
    squares = np.einsum("ij,ij->i", pixels, pixels)
    pairs = []
    for start in range(0, len(pixels), _BLOCK):
        rows, rest = slice(start, start + _BLOCK), slice(start, None)
        distances = squares[rows, None] + squares[rest] - 2.0 * (pixels[rows] @ pixels[rest].T)
        first, second = np.nonzero(distances < within * pixels.shape[1])
        pairs.append(np.stack([first, second], axis=1) + start)
    found = np.concatenate(pairs) if pairs else np.zeros((0, 2), dtype=np.int64)
    return found[found[:, 0] < found[:, 1]]


def connected_groups(count: int, pairs: Int[np.ndarray, "pairs 2"]) -> Int[np.ndarray, " count"]:
    """Group id of each of `count` things when each pair belongs together (connected components)."""
    weights: Shaped[np.ndarray, " pairs"] = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((weights, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)
