import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact import common_part, random_law, selected_common_parts


def same_partition(first: np.ndarray, second: np.ndarray) -> bool:
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    return len(pairs) == len(set(first.tolist())) == len(set(second.tolist()))


def caption_law(n: int, named: int, perturbed: int, *, flip: bool, rng: np.random.Generator) -> np.ndarray:
    """p(image, caption) bit by bit: named bits stated, perturbed ones redrawn (or always flipped)."""
    joint = np.zeros((2**n, 2**n))
    image = random_law(2**n, rng=rng)
    for value in range(2**n):
        for noise in range(2**n):
            if noise & ~perturbed:
                continue
            if flip and noise != perturbed:
                continue
            joint[value, (value ^ noise) & named] += image[value] * (1.0 if flip else 0.5 ** bin(perturbed).count("1"))
    return joint


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 15), st.integers(0, 15))
def test_components_of_the_batched_graph_are_those_of_the_joint_law(seed: int, named: int, perturbed: int) -> None:
    perturbed &= named
    law = caption_law(4, named, perturbed, flip=False, rng=np.random.default_rng(seed))
    result = selected_common_parts(4, np.array([named]), np.array([perturbed]))
    part = common_part(law)
    assert result.components[0] == part.count == 2 ** bin(named & ~perturbed).count("1")
    assert same_partition(result.labels[0], part.image)
    assert same_partition(result.labels[0], np.arange(16) & named & ~perturbed)


def test_all_1023_choices_of_ten_semantics() -> None:
    named = np.arange(1, 1024)
    result = selected_common_parts(10, named, np.zeros_like(named))
    np.testing.assert_array_equal(result.components, [2 ** bin(mask).count("1") for mask in named])
    assert not result.mismatches(named).any()


def test_every_perturbed_subset_of_every_choice_of_five_semantics() -> None:
    pairs = np.array([(named, redrawn) for named in range(32) for redrawn in range(32) if not redrawn & ~named])
    result = selected_common_parts(5, pairs[:, 0], pairs[:, 1])
    np.testing.assert_array_equal(result.components, [2 ** bin(a & ~b).count("1") for a, b in pairs.tolist()])
    assert not result.mismatches(pairs[:, 0] & ~pairs[:, 1]).any()
    wrong = result.mismatches(pairs[:, 0] & pairs[:, 1])  # the perturbed bits instead of the others
    assert (wrong[pairs[:, 0] != pairs[:, 1]] > 0).any()


def test_noise_on_every_named_semantics_leaves_one_component() -> None:
    named = np.arange(1, 64)
    assert set(selected_common_parts(6, named, named).components) == {1}


def test_a_bit_that_is_always_flipped_is_still_identified() -> None:
    law = caption_law(3, 7, 1, flip=True, rng=np.random.default_rng(0))
    assert common_part(law).count == 8


def test_a_semantics_perturbed_without_being_named_is_refused() -> None:
    with pytest.raises(ValueError, match="must be named to be stated wrongly"):
        selected_common_parts(3, np.array([1, 3]), np.array([1, 4]))
