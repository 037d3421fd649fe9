import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact.infonce import population_optimum
from identifiability.exact.invariance.designs import deviation
from identifiability.exact.invariance.prompts import (
    averaged_prompt,
    fixed_prompt,
    full_caption_optimum,
    joint_prompt,
    matched_prompt,
    mixed_prompt,
)
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=20)
@given(SEEDS, st.sampled_from([0.0, 0.4]))
def test_full_captions_score_the_log_ratio_of_the_pair(seed: int, zeros: float) -> None:
    law = random_law(4, 3, 2, zeros=zeros, rng=np.random.default_rng(seed))
    critic = full_caption_optimum(law)
    ratio = law / np.maximum(law.sum(axis=(1, 2), keepdims=True) * law.sum(axis=0), 1e-300)
    np.testing.assert_allclose(np.exp(critic), ratio, atol=1e-12)


@settings(max_examples=20)
@given(SEEDS)
def test_prompts_mixed_by_the_context_of_the_class_are_the_pruned_optimum(seed: int) -> None:
    law = random_law(4, 3, 2, rng=np.random.default_rng(seed))
    weights = FiniteLaw(("x", "y", "z"), law).conditional("z", "y")
    mixed = mixed_prompt(full_caption_optimum(law), weights)
    np.testing.assert_allclose(mixed, population_optimum(law.sum(axis=2)), atol=1e-12)
    other = mixed_prompt(full_caption_optimum(law), np.full((3, 2), 0.5))
    assert deviation(other, mixed) > 1e-6


def test_rules_pick_the_scores_they_name() -> None:
    critic = np.arange(12.0).reshape(2, 3, 2)
    critic[1] = critic[1, :, ::-1]
    np.testing.assert_array_equal(fixed_prompt(critic, 1), critic[:, :, 1])
    np.testing.assert_array_equal(averaged_prompt(critic), (critic[:, :, 0] + critic[:, :, 1]) / 2)
    np.testing.assert_array_equal(matched_prompt(critic, np.array([1, 0])), [[1, 3, 5], [7, 9, 11]])
    np.testing.assert_array_equal(joint_prompt(critic), [[1, 3, 5], [7, 9, 11]])
    with pytest.raises(IndexError):
        fixed_prompt(critic, 2)


@settings(max_examples=20)
@given(SEEDS)
def test_error_free_contexts_let_the_best_caption_find_them(seed: int) -> None:
    """Captions of other contexts never occur with the image: their score is -inf, so the best one names its own."""
    joint = random_law(4, 3, rng=np.random.default_rng(seed))
    law = np.zeros((4, 3, 2))
    law[:2, :, 0], law[2:, :, 1] = joint[:2], joint[2:]
    critic = full_caption_optimum(law)
    matched = matched_prompt(critic, np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(joint_prompt(critic), matched)
    assert (averaged_prompt(critic) == -np.inf).all()  # averaging codes over contexts has no finite optimum here
    np.testing.assert_array_equal(fixed_prompt(critic, 0)[2:], np.full((2, 3), -np.inf))
