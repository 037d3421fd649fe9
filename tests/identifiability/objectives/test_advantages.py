"""Group-relative advantages: against trl's formula, of completions and of tokens, and where there are none."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from identifiability.objectives import group_advantages, returns_to_go, token_advantages

SEEDS = st.integers(0, 2**32 - 1)
GROUP, TOKENS = 4, 5


def rewards(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def some_mask(seed, rows=2 * GROUP):
    lengths = np.random.default_rng(seed).integers(1, TOKENS + 1, size=rows)
    return torch.arange(TOKENS) < torch.from_numpy(lengths)[:, None]


@given(seed=SEEDS)
def test_advantages_are_those_of_trl(seed):
    given_ = rewards(seed, 3 * GROUP)
    grouped = given_.view(-1, GROUP)
    theirs = (grouped - grouped.mean(1, keepdim=True)) / (grouped.std(1, keepdim=True) + 1e-4)
    torch.testing.assert_close(group_advantages(given_, GROUP), theirs.view(-1), rtol=1e-12, atol=1e-12)
    plain = group_advantages(given_, GROUP, scale="none")
    torch.testing.assert_close(plain, (grouped - grouped.mean(1, keepdim=True)).view(-1))


@given(seed=SEEDS, shift=st.floats(-100, 100))
def test_advantages_have_mean_zero_and_deviation_one_and_feel_no_constant(seed, shift):
    given_ = rewards(seed, 2 * GROUP)
    found = group_advantages(given_, GROUP).view(-1, GROUP)
    torch.testing.assert_close(found.mean(1), torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-12)
    torch.testing.assert_close(found.std(1), torch.ones(2, dtype=torch.float64), rtol=0.01, atol=0)
    shifted = given_ + shift * torch.tensor([1.0] * GROUP + [-2.0] * GROUP)
    torch.testing.assert_close(group_advantages(shifted, GROUP).view(-1, GROUP), found, rtol=0, atol=1e-9)


@given(value=st.floats(-10, 10, width=32), size=st.integers(1, 7))
def test_a_group_of_equal_rewards_has_no_advantage(value, size):
    assert not group_advantages(torch.full((2 * size,), value), size).any()
    mask = torch.ones(2 * size, 3, dtype=torch.bool)
    process = torch.full((2 * size, 3), value)
    assert not token_advantages(process[:, 0], process, mask, size, weight=1.0).any()


def test_groups_do_not_mix():
    found = group_advantages(torch.tensor([0.0, 1.0, 10.0, 10.0]), 2)
    assert found[0] < 0 < found[1]
    assert found[2:].tolist() == [0.0, 0.0]


@given(seed=SEEDS, discount=st.sampled_from([1.0, 0.9, 0.5]))
def test_returns_to_go_are_the_sums_that_follow(seed, discount):
    given_ = rewards(seed, 2, TOKENS)
    plain = [[sum(discount ** (j - k) * row[j] for j in range(k, TOKENS)) for k in range(TOKENS)] for row in given_]
    torch.testing.assert_close(returns_to_go(given_, discount=discount), torch.tensor(plain))


@given(seed=SEEDS, combination=st.sampled_from(["separate", "summed"]), scale=st.sampled_from(["group", "none"]))
def test_without_weight_they_are_the_advantages_of_the_task(seed, combination, scale):
    task, process, mask = rewards(seed, 2 * GROUP), rewards(seed + 1, 2 * GROUP, TOKENS), some_mask(seed)
    options = {"combination": combination, "scale": scale}
    found = token_advantages(task, process * mask, mask, GROUP, weight=0.0, **options)
    assert torch.equal(found, group_advantages(task, GROUP, scale=scale)[:, None] * mask)
    nearly = token_advantages(task, process * mask, mask, GROUP, weight=1e-12, **options)
    torch.testing.assert_close(nearly, found, rtol=0, atol=1e-6)


@given(seed=SEEDS)
def test_of_one_token_they_are_those_of_the_whole_completion(seed):
    task, process = rewards(seed, 2 * GROUP), rewards(seed + 1, 2 * GROUP, 1)
    mask = torch.ones_like(process, dtype=torch.bool)
    separate = token_advantages(task, process, mask, GROUP, weight=0.3)[:, 0]
    torch.testing.assert_close(separate, group_advantages(task, GROUP) + 0.3 * group_advantages(process[:, 0], GROUP))
    summed = token_advantages(task, process, mask, GROUP, weight=0.3, combination="summed")[:, 0]
    torch.testing.assert_close(summed, group_advantages(task + 0.3 * process[:, 0], GROUP))


@given(seed=SEEDS)
def test_without_deviations_a_token_has_its_return_less_the_groups_mean(seed):
    task, mask = rewards(seed, 2 * GROUP), some_mask(seed)
    process = rewards(seed + 1, 2 * GROUP, TOKENS) * mask
    value = task[:, None] + 0.3 * returns_to_go(process)
    mean = value.view(-1, GROUP, TOKENS).mean(1).repeat_interleave(GROUP, dim=0)
    for combination in ("separate", "summed"):
        found = token_advantages(task, process, mask, GROUP, weight=0.3, combination=combination, scale="none")
        torch.testing.assert_close(found, (value - mean) * mask)


@given(seed=SEEDS)
def test_whole_returns_are_a_second_reward_of_the_completion(seed):
    task, mask = rewards(seed, 2 * GROUP), some_mask(seed)
    process = rewards(seed + 1, 2 * GROUP, TOKENS) * mask
    total = process.sum(1)
    separate = group_advantages(task, GROUP) + 0.3 * group_advantages(total, GROUP)
    summed = group_advantages(task + 0.3 * total, GROUP)
    for combination, plain in (("separate", separate), ("summed", summed)):
        found = token_advantages(task, process, mask, GROUP, weight=0.3, combination=combination, credit="whole")
        torch.testing.assert_close(found, plain[:, None] * mask)


@given(seed=SEEDS, factor=st.floats(2, 50))
def test_separate_deviations_forget_the_size_of_the_process_reward(seed, factor):
    task, mask = rewards(seed, GROUP), some_mask(seed, GROUP)
    process = rewards(seed + 1, GROUP, TOKENS) * mask
    one, larger = (token_advantages(task, size * process, mask, GROUP, weight=0.3) for size in (1.0, factor))
    torch.testing.assert_close(one, larger, rtol=0.01, atol=0.01)
    summed = [
        token_advantages(task, size * process, mask, GROUP, weight=0.3, combination="summed") for size in (1.0, factor)
    ]
    assert (summed[0] - summed[1]).abs().max() > 0.01


@given(seed=SEEDS)
def test_the_deviation_weighs_completions_alike_whatever_their_length(seed):
    task, mask = rewards(seed, GROUP), some_mask(seed, GROUP)
    process = rewards(seed + 1, GROUP, TOKENS) * mask
    found = token_advantages(task, process, mask, GROUP, weight=0.3, combination="summed")
    squares = [found[row, mask[row]].square().mean().item() for row in range(GROUP)]
    assert sum(squares) == pytest.approx(GROUP - 1, rel=0.01)


TASK, PROCESS, MASK = torch.zeros(4), torch.zeros(4, 2), torch.ones(4, 2, dtype=torch.bool)
REFUSED = {  # __wrapped__: below the type check that tests run
    "4 completions in groups of 3": lambda: group_advantages(TASK, 3),
    "scale 'batch' is unknown": lambda: group_advantages.__wrapped__(TASK, 2, scale="batch"),
    "1 of 4 rewards are not finite": lambda: group_advantages(torch.tensor([0.0, 1.0, float("nan"), 0.0]), 2),
    "row i is of completion i": lambda: token_advantages.__wrapped__(TASK, PROCESS, MASK[:, :1], 2, weight=1.0),
    "combination 'product' is unknown": lambda: token_advantages.__wrapped__(
        TASK, PROCESS, MASK, 2, weight=1.0, combination="product"
    ),
    "credit 'first' is unknown": lambda: token_advantages.__wrapped__(
        TASK, PROCESS, MASK, 2, weight=1.0, credit="first"
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_advantage_is_refused_with_the_reason(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        REFUSED[text]()
