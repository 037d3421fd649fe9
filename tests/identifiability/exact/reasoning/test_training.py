"""Exact training of a policy: towards the better completion, whichever way advantages are taken."""

import numpy as np
import pytest

from identifiability.exact.reasoning.completions import Completions
from identifiability.exact.reasoning.training import ALGORITHMS, train


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_training_climbs_from_chance_to_the_best_completion(algorithm):
    completions = Completions(2, 2)
    task = (completions.tokens == [1, 0]).all(axis=1).astype(float)
    process = np.zeros(completions.tokens.shape)
    options = {"weight": 0.5, "algorithm": algorithm, "rate": 2.0}
    found = train(completions, task, process, steps=300, **options)
    assert found.task[0] == pytest.approx(1 / 9)
    assert np.diff(found.task).min() > 0
    assert found.task[-1] == pytest.approx(found.chances @ task)
    assert found.task[-1] > 0.98
    assert found.at[0] == 0
    assert found.at[-1] == 300
    assert len(found.at) == len(found.task)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_process_reward_pulls_where_the_task_is_silent(algorithm):
    completions = Completions(2, 2)
    process = np.where(completions.tokens == 1, -1.0, 0.0)
    task = np.zeros(len(process))
    found = train(completions, task, process, weight=0.5, algorithm=algorithm, steps=300, rate=2.0)
    assert found.chances @ (completions.tokens == 1).any(axis=1) < 0.05
