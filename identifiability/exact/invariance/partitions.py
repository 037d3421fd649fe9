"""All partitions of a finite set: every representation of finitely many images, up to renaming its values."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

MAXIMUM_ELEMENTS = 10  # Bell(10) = 115,975 partitions; Bell(11) is six times that


def set_partitions(n: int) -> Iterator[tuple[int, ...]]:
    """The partitions of n elements as restricted growth strings: label[0] = 0, label[i] <= 1 + max of those before.

    Elements with equal labels share a block. Each partition comes once, in lexicographic order, one block first; there
    are Bell(n) of them (1, 1, 2, 5, 15, 52, 203, ...).

    Raises:
        ValueError: n negative or above `MAXIMUM_ELEMENTS`.

    Source: Hutchinson 1963; Knuth, The Art of Computer Programming 4A, section 7.2.1.5.
    """
    if not 0 <= n <= MAXIMUM_ELEMENTS:
        raise ValueError(
            f"partitions of {n} elements, expected 0 to {MAXIMUM_ELEMENTS}: their number is the Bell number, which "
            "grows faster than exponentially (115,975 for 10, 4,213,597 for 12)"
        )
    return _extend((), 0, n)


def _extend(prefix: tuple[int, ...], blocks: int, n: int) -> Iterator[tuple[int, ...]]:
    if len(prefix) == n:
        yield prefix
        return
    for label in range(blocks + 1):
        yield from _extend((*prefix, label), max(blocks, label + 1), n)


class PartitionTable(NamedTuple):
    """All partitions of n elements, and all subsets, numbered by their bits.

    `labels[p, i]` is the block of element i in partition p; `blocks[p, b]` the number of the subset that is block b, 0
    (the empty set) where there are fewer blocks; `members[s, i]` tells whether subset s holds element i. What is known
    of every subset is known of every partition by one look-up: n = 6 has 203 partitions of 63 blocks.
    """

    labels: Int[np.ndarray, "partitions n"]
    blocks: Int[np.ndarray, "partitions n"]
    members: Bool[np.ndarray, "subsets n"]


@cache
def partition_table(n: int) -> PartitionTable:
    """The table of all partitions of n elements, made once; its arrays cannot be written to.

    Raises:
        ValueError: as `set_partitions`.
    """
    labels = np.array(list(set_partitions(n)), dtype=np.int64).reshape(-1, n)
    bits = 1 << np.arange(n)
    blocks = np.stack([(labels == b) @ bits for b in range(n)], axis=1) if n else labels
    members = (np.arange(2**n)[:, None] & bits) > 0
    for array in (labels, blocks, members):
        array.setflags(write=False)
    return PartitionTable(labels, blocks, members)
