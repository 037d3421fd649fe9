"""Groups in expectation: against plain sums over all groups, and their mean over draws."""

import re
from itertools import product

import numpy as np
import pytest
import torch

from identifiability.exact.reasoning.groups import Groups
from identifiability.objectives import token_advantages

COUNT, TOKENS = 3, 2


def some(seed):
    rng = np.random.default_rng(seed)
    mask = np.arange(TOKENS) < rng.integers(1, TOKENS + 1, size=COUNT)[:, None]
    return rng.normal(size=COUNT), rng.normal(size=(COUNT, TOKENS)) * mask, mask, rng.dirichlet(np.ones(COUNT))


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("combination", ["separate", "summed"])
def test_expected_advantages_are_the_sum_over_all_groups(size, combination):
    task, process, mask, policy = some(size)
    groups = Groups(size, COUNT)
    every = groups.advantages(task, process, mask, weight=0.7, combination=combination)
    found = groups.expected(every, np.log(policy))
    plain = np.zeros((COUNT, TOKENS))
    for own in range(COUNT):
        for others in product(range(COUNT), repeat=size - 1):
            rows = [own, *others]
            advantages = token_advantages(
                *(torch.from_numpy(array[rows]) for array in (task, process, mask)),
                size,
                weight=0.7,
                combination=combination,
            )
            plain[own] += policy[list(others)].prod() * advantages[0].numpy()
    np.testing.assert_allclose(found, plain, atol=1e-12)


def test_a_group_of_one_is_refused():
    with pytest.raises(ValueError, match=re.escape("nothing is relative")):
        Groups(1, 3)
