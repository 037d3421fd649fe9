import numpy as np
import pytest

from identifiability.exact.invariance.partitions import MAXIMUM_ELEMENTS, partition_table, set_partitions

BELL = (1, 1, 2, 5, 15, 52, 203, 877, 4140)


@pytest.mark.parametrize("n", range(len(BELL)))
def test_each_partition_comes_once(n: int) -> None:
    found = list(set_partitions(n))
    assert len(found) == BELL[n]
    blocks = {frozenset(frozenset(np.flatnonzero(np.array(p) == b).tolist()) for b in p) for p in found}
    assert len(blocks) == BELL[n]


def test_labels_are_restricted_growth_strings_in_lexicographic_order() -> None:
    found = list(set_partitions(6))
    assert found == sorted(found)
    assert all(label <= max(p[:i], default=-1) + 1 for p in found for i, label in enumerate(p))
    assert found[0] == (0,) * 6
    assert found[-1] == tuple(range(6))


@pytest.mark.parametrize("n", [1, 4, 6])
def test_the_table_names_the_blocks_of_every_partition(n: int) -> None:
    table = partition_table(n)
    assert [tuple(row) for row in table.labels.tolist()] == list(set_partitions(n))
    assert table.members.shape == (2**n, n)
    for labels, blocks in zip(table.labels, table.blocks, strict=True):
        for number in range(n):
            assert (table.members[blocks[number]] == (labels == number)).all()


def test_the_shared_table_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        partition_table(3).labels[0, 0] = 1


@pytest.mark.parametrize("n", [-1, MAXIMUM_ELEMENTS + 1])
def test_too_many_elements_are_refused_at_the_call(n: int) -> None:
    with pytest.raises(ValueError, match=rf"partitions of {n} elements, expected 0 to 10: .* Bell number"):
        set_partitions(n)
