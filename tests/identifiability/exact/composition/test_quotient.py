"""The theorem of the quotient against brute force, and the information that composition carries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact.composition.quotient import (
    Grammar,
    composition_gap,
    conflict,
    exists_by_brute_force,
    orbit_law,
    pseudo_optimal_encoder,
)
from identifiability.exact.infonce import infonce_limit, population_optimum
from identifiability.exact.random_laws import random_law
from scm.composition import Operator, Replace, Swap, all_sentences

SENTENCES = all_sentences(3, [2])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(SENTENCES), st.integers(0, 2), min_size=1, max_size=5))
def test_an_encoder_exists_exactly_without_conflict(meaning: dict[tuple[int, ...], int]) -> None:
    operators: list[Operator] = [Swap((0, 0, 1)), Replace((0, 1, 1))]
    grammar = Grammar(SENTENCES, meaning)
    pair = conflict(grammar, operators)
    assert exists_by_brute_force(grammar, operators) == (pair is None)
    if pair is None:
        encoder = pseudo_optimal_encoder(grammar, operators)
        assert {caption: encoder[caption] for caption in meaning} == meaning
        for sentence in SENTENCES:
            assert {encoder[other] for operator in operators for other in operator.steps(sentence)} <= {
                encoder[sentence]
            }


def test_a_minimal_pair_is_named() -> None:
    grammar = Grammar(SENTENCES, {(0, 1): 0, (1, 0): 1})
    assert conflict(grammar, [Swap((0, 0, 0))]) == ((0, 1), (1, 0))
    assert conflict(grammar, [Swap((0, 1, 2))]) is None
    with pytest.raises(ValueError, match="have meanings 0 and 1 but the operators turn one into the other"):
        pseudo_optimal_encoder(grammar, [Swap((0, 0, 0))])


def test_captions_outside_the_sentences_are_refused() -> None:
    with pytest.raises(ValueError, match="not among the 9 sentences"):
        Grammar(SENTENCES, {(0, 0, 0): 1})
    with pytest.raises(ValueError, match="no caption at all"):
        Grammar(SENTENCES, {})


@pytest.mark.parametrize("seed", range(3))
def test_composition_gap_is_the_excess_of_the_best_blind_critic(seed: int) -> None:
    """The best critic of orbits, spread over their captions, is above the free optimum by I(X; T | orbit)."""
    joint, group = random_law(4, 6, rng=np.random.default_rng(seed)), [0, 0, 1, 1, 1, 2]
    blind = population_optimum(orbit_law(joint, group))[:, group]
    excess = infonce_limit(joint, blind) - infonce_limit(joint, population_optimum(joint))
    assert excess == pytest.approx(composition_gap(joint, group), abs=1e-12)
    worse = blind + 0.1 * np.random.default_rng(seed).standard_normal((4, 3))[:, group]
    assert infonce_limit(joint, worse) > infonce_limit(joint, blind)


def test_composition_gap_vanishes_for_captions_of_the_same_image_law() -> None:
    joint = np.array([[0.1, 0.3, 0.0], [0.05, 0.15, 0.4]])
    assert composition_gap(joint, [0, 0, 1]) == pytest.approx(0, abs=1e-15)
    assert composition_gap(joint, [0, 1, 1]) > 0.1
