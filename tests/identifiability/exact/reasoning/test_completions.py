"""Enumerated completions: all of them once, dynamic programming finds the same optima, autograd the same gradients."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact.reasoning.completions import Completions
from identifiability.exact.reasoning.random_problems import random_problem

SEEDS = st.integers(0, 2**32 - 1)


@given(words=st.integers(1, 3), horizon=st.integers(1, 4))
def test_every_completion_occurs_once(words, horizon):
    completions = Completions(words, horizon)
    rows = [tuple(row) for row in completions.tokens.tolist()]
    assert len(set(rows)) == len(rows) == sum(words**n for n in range(horizon + 1))
    for row, cut, mask in zip(rows, ~completions.ended, completions.mask, strict=True):
        written = [token for token in row if token >= 0]
        assert written.count(words) == (not cut)
        assert cut == (len(written) == horizon and written[-1] != words)
        assert mask.tolist() == [place < len(written) for place in range(horizon)]
        assert list(row[len(written) :]) == [-1] * (horizon - len(written))
    assert completions.prefix_count == sum(words**n for n in range(horizon))


def test_a_prefix_is_known_by_its_words_alone():
    completions = Completions(3, 4)
    seen = {}
    for row, prefixes in zip(completions.tokens.tolist(), completions.prefixes.tolist(), strict=True):
        for place, prefix in enumerate(prefixes):
            if prefix >= 0:
                assert seen.setdefault(prefix, tuple(row[:place])) == tuple(row[:place])
    assert len(set(seen.values())) == len(seen) == completions.prefix_count


@settings(max_examples=20)
@given(seed=SEEDS)
def test_optimal_tokens_are_those_of_dynamic_programming(seed):
    """Values from the leaves back, a state after the other, instead of the best of all completions."""
    problem = random_problem(rng=np.random.default_rng(seed))
    completions = problem.completions
    process = problem.process("printed")
    earned = {}
    for row, tokens in enumerate(completions.tokens.tolist()):
        written = tuple(token for token in tokens if token >= 0)
        for place in range(len(written)):
            last = place + 1 == len(written)
            reward = problem.weight * process[row, place] + (problem.outcome[row] if last else 0.0)
            assert earned.setdefault(written[: place + 1], reward) == reward

    def value(state):
        if state not in earned and state:
            return None
        reward = earned.get(state, 0.0)
        following = [value((*state, token)) for token in range(completions.words + 1)]
        return reward + max((v for v in following if v is not None), default=0.0)

    optimal = completions.optimal_tokens(problem.returns(process))
    for row, prefixes in zip(completions.tokens.tolist(), completions.prefixes.tolist(), strict=True):
        for place, prefix in enumerate(prefixes):
            if prefix >= 0:
                values = np.array([value((*row[:place], token)) for token in range(completions.words + 1)])
                assert optimal[prefix].tolist() == (values == values.max()).tolist()


@given(seed=SEEDS)
def test_the_gradient_is_the_derivative_of_the_expected_return(seed):
    rng = np.random.default_rng(seed)
    completions = Completions(2, 3)
    logits, returns = rng.normal(size=(completions.prefix_count, 3)), rng.normal(size=len(completions.tokens))
    parameters = torch.tensor(logits, requires_grad=True)
    log_probability = parameters.log_softmax(1)[completions.prefixes, completions.tokens]
    chances = (log_probability * torch.from_numpy(completions.mask)).sum(1).exp()
    assert chances.sum().item() == pytest.approx(1)
    np.testing.assert_allclose(np.exp(completions.log_probabilities(logits)), chances.detach().numpy())
    (derivative,) = torch.autograd.grad(chances @ torch.from_numpy(returns), parameters)
    every = np.broadcast_to(returns[:, None], completions.mask.shape)
    np.testing.assert_allclose(completions.policy_gradient(logits, every), derivative.numpy(), atol=1e-12)


@pytest.mark.parametrize("sizes", [(0, 3), (2, 0), (10, 6)])
def test_what_cannot_be_enumerated_is_refused(sizes):
    with pytest.raises(ValueError, match=re.escape("they are enumerated")):
        Completions(*sizes)


@given(seed=SEEDS)
def test_scores_and_steps_of_random_problems_are_decided_by_the_words_so_far(seed):
    problem = random_problem(rng=np.random.default_rng(seed), words=2, horizon=3)
    seen = {}
    for row, tokens in enumerate(problem.completions.tokens.tolist()):
        for place in range(3):
            if tokens[place] >= 0:
                found = (problem.scores[row, place], problem.steps[row, place])
                assert seen.setdefault(tuple(tokens[: place + 1]), found) == found
    assert (problem.scores < 0).all()
    assert not (problem.steps & ~problem.completions.mask).any()
