"""Equal drawings are found, different ones are not, and groups are connected components."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from realscale.data.duplicates import connected_groups, same_drawings


def test_copies_are_found_across_blocks_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(1100, 6, 6, 3), dtype=np.uint8)
    images[1050] = images[3]
    images[1040] = images[600]
    images[700] = np.clip(images[20].astype(int) + 1, 0, 255).astype(np.uint8)  # one grey level lighter
    images[701] = np.clip(images[21].astype(int) + 9, 0, 255).astype(np.uint8)  # nine grey levels: another drawing
    assert sorted(map(tuple, same_drawings(images).tolist())) == [(3, 1050), (20, 700), (600, 1040)]


def test_larger_pictures_are_compared_at_32_pixels() -> None:
    rng = np.random.default_rng(1)
    small = rng.integers(20, 200, size=(3, 32, 32, 3), dtype=np.uint8)
    large = small.repeat(2, axis=1).repeat(2, axis=2)
    large[2] = large[0]
    large[2, ::2, ::2] += 20  # detail that is lighter in one place ...
    large[2, 1::2, 1::2] -= 20  # ... and darker beside it
    assert same_drawings(large).tolist() == [[0, 2]]


@given(pairs=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12))
@settings(deadline=None, max_examples=50)
def test_groups_are_the_classes_of_the_generated_equivalence(pairs: list[tuple[int, int]]) -> None:
    reachable = np.eye(12, dtype=bool)
    for first, second in pairs:
        reachable[first, second] = reachable[second, first] = True
    for middle in range(12):
        reachable |= reachable[:, [middle]] & reachable[[middle]]
    groups = connected_groups(12, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    assert ((groups[:, None] == groups[None]) == reachable).all()


def test_pictures_with_the_same_means_of_cells_are_told_apart() -> None:
    light = np.indices((28, 28)).sum(0) % 2 * 40 + 100  # a chessboard and its negative
    images = np.stack([light, 240 - light, light]).astype(np.uint8)[..., None].repeat(3, axis=3)
    assert same_drawings(images, within=200.0).tolist() == [[0, 2]]
    assert same_drawings(images, within=1601.0).tolist() == [[0, 1], [0, 2], [1, 2]]
