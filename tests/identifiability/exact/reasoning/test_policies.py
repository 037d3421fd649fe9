"""Invariance of policies: the look-up against a plain walk through all partitions, and examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identifiability.exact.invariance.models import bits_table
from identifiability.exact.invariance.partitions import set_partitions
from identifiability.exact.reasoning.policies import has_invariant_representation, regret, rewarded_answers
from identifiability.exact.reasoning.scorer import two_bits


def by_walk(joint, answers):
    for labels in set_partitions(len(answers)):
        blocks = [np.flatnonzero(np.array(labels) == label) for label in range(max(labels) + 1)]
        if all(
            len({*answers[block]}) == 1
            and all(law[block].sum(0)[answers[block[0]]] >= law[block].sum(0).max() - 1e-12 for law in joint)
            for block in blocks
        ):
            return True
    return False


@given(seed=st.integers(0, 2**32 - 1), images=st.integers(1, 5), classes=st.integers(2, 3))
def test_the_look_up_is_the_walk(seed, images, classes):
    rng = np.random.default_rng(seed)
    shared = rng.dirichlet(np.ones(images * classes)).reshape(images, classes)
    noise = rng.dirichlet(np.ones(images * classes), size=2).reshape(2, images, classes)
    joint = (0.7 * shared + 0.3 * noise) / 2
    answers = rng.integers(classes, size=images) if rng.random() < 0.3 else shared.argmax(axis=1)
    assert has_invariant_representation(joint, answers) == by_walk(joint, answers)
    assert has_invariant_representation(joint, answers) == (regret(joint, answers) <= 1e-12)


def test_following_a_context_that_turns_in_one_environment_has_regret():
    joint = bits_table(0.25, np.array([0.95, 0.95, 0.4]))
    content, context = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert regret(joint, context) == pytest.approx(0.2)
    assert regret(joint, content) == pytest.approx(0)
    assert not has_invariant_representation(joint, context)
    assert has_invariant_representation(joint, content)


def test_a_pooled_scorer_rewards_the_context_and_a_balanced_one_the_content():
    colour = np.array([0.95, 0.9])
    assert rewarded_answers(two_bits(0.25, colour)).tolist() == [0, 1, 0, 1]
    assert rewarded_answers(two_bits(0.25, colour, balanced=True)).tolist() == [0, 0, 1, 1]
