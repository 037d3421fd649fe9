import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact import (
    common_maps_depend_on_shared_alone,
    enumerate_common_maps,
    independent_given_shared,
    random_law,
)
from scm import FiniteLaw

SEEDS = st.integers(0, 2**32 - 1)


def plain_enumeration(law: np.ndarray, codomain: int) -> tuple[int, int]:
    """Common pairs and exceptions by the definition, pair by pair."""
    levels, left, right = law.shape
    common = exceptions = 0
    for phi in itertools.product(range(codomain), repeat=levels * left):
        for psi in itertools.product(range(codomain), repeat=levels * right):
            support = list(zip(*np.nonzero(law), strict=True))
            if all(phi[z * left + a] == psi[z * right + b] for z, a, b in support):
                common += 1
                values = [{phi[z * left + a] for y, a, _ in support if y == z} for z in range(levels)]
                exceptions += any(len(value) > 1 for value in values)
    return common, exceptions


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 3), st.integers(1, 2), st.integers(1, 3), st.sampled_from([0.0, 0.4]))
def test_lemma1_leaves_only_functions_of_the_shared_part(
    seed: int, levels: int, left: int, right: int, zeros: float
) -> None:
    law = independent_given_shared(levels, left, right, zeros=zeros, rng=np.random.default_rng(seed))
    assert FiniteLaw(("z", "a", "b"), law).independent("a", "b", "z")
    outcome = enumerate_common_maps(law)
    assert outcome.exceptions == 0
    assert outcome.common >= 2**levels


@settings(max_examples=40)
@given(SEEDS, st.sampled_from([0.0, 0.3, 0.6]))
def test_lemma1_holds_exactly_when_the_support_given_z_is_connected(seed: int, zeros: float) -> None:
    law = random_law(2, 3, 2, zeros=zeros, rng=np.random.default_rng(seed))
    assert common_maps_depend_on_shared_alone(law) == (enumerate_common_maps(law).exceptions == 0)


@settings(max_examples=10)
@given(SEEDS, st.sampled_from([0.0, 0.3, 0.6]), st.integers(2, 3))
def test_enumeration_agrees_with_the_definition(seed: int, zeros: float, codomain: int) -> None:
    law = random_law(2, 2 if codomain == 2 else 1, 2, zeros=zeros, rng=np.random.default_rng(seed))
    outcome = enumerate_common_maps(law, codomain)
    assert (outcome.common, outcome.exceptions) == plain_enumeration(law, codomain)


def test_copied_private_part_breaks_lemma1() -> None:
    law = np.einsum("z,ab->zab", [0.5, 0.5], np.eye(2) / 2)
    assert enumerate_common_maps(law).exceptions == 2**4 - 2**2  # all maps of (z, a) but those of z alone
    assert not common_maps_depend_on_shared_alone(law)


def test_dependence_with_connected_support_does_not_break_lemma1() -> None:
    law = np.einsum("z,ab->zab", [0.5, 0.5], np.array([[0.49, 0.01], [0.01, 0.49]]))
    assert not FiniteLaw(("z", "a", "b"), law).independent("a", "b", "z")
    assert enumerate_common_maps(law).exceptions == 0


def test_a_table_that_is_not_a_law_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 1: it is not a law"):
        enumerate_common_maps(np.ones((2, 2, 2)))
