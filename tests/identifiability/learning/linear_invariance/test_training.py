"""Adam with a rate for each run, strides, hyper-parameter draws, the selection rule, rows and their replications."""

import numpy as np
import pytest
import torch

from identifiability.learning.linear_invariance.adam import adam
from identifiability.learning.linear_invariance.draws import METHODS, Draws, hyper_parameters
from identifiability.learning.linear_invariance.row import Row, draw_problems, linear_row
from identifiability.learning.linear_invariance.task import exact_errors, population_task
from identifiability.learning.linear_invariance.training import select, train_linear
from scm.streams import stream

TARGET = torch.tensor([[3.0, -1.0], [0.5, 2.0]], dtype=torch.float64)


def bowl(parameters: torch.Tensor) -> torch.Tensor:
    return torch.tensor([1.0, 25.0], dtype=torch.float64) * (parameters - TARGET)


def test_adam_is_that_of_the_library_run_by_run() -> None:
    rate, decay = torch.tensor([[0.01], [0.1]]), torch.tensor([[0.2], [0.0]])
    found = adam(bowl, torch.zeros(2, 2, dtype=torch.float64), rate=rate, decay=decay, steps=60)
    for run in range(2):
        leaf = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.Adam([leaf], lr=float(rate[run]), weight_decay=float(decay[run]))
        for _ in range(60):
            leaf.grad = bowl(leaf.detach().expand(2, 2))[run].clone()
            optimiser.step()
        torch.testing.assert_close(found[run], leaf.detach(), rtol=1e-6, atol=1e-8)


def test_a_stride_stands_for_its_number_of_steps() -> None:
    start = torch.zeros(2, 2, dtype=torch.float64)
    fine = adam(bowl, start, rate=1e-3, steps=1000)
    coarse = adam(bowl, start, rate=1e-3, steps=200, stride=5)
    assert (fine - coarse).abs().max() < 0.02 < (fine - adam(bowl, start, rate=1e-3, steps=200)).abs().max()


@pytest.mark.parametrize("arguments", [{"steps": 0}, {"steps": 1, "stride": 0}])
def test_schedules_without_steps_are_refused(arguments: dict) -> None:
    with pytest.raises(ValueError, match="expected both to be at least 1"):
        adam(bowl, TARGET, rate=1e-3, **arguments)


@pytest.mark.parametrize("method", METHODS)
def test_the_first_draw_is_the_published_default(method: str) -> None:
    draws = hyper_parameters(method, 400, rng=stream(0, method))
    again = hyper_parameters(method, 400, rng=stream(0, method))
    assert (draws.rate[0], draws.decay[0]) == (1e-3, 0.0)
    low, high = (-4, 0) if method == "ANDMask" else (-4, -2)
    assert low <= np.log10(draws.rate[1:]).min() < low + 0.1
    assert high - 0.1 < np.log10(draws.rate[1:]).max() <= high
    np.testing.assert_array_equal(draws.strength, again.strength)
    if method == "IRMv1":
        assert draws.strength[0] == 0.9
        assert draws.strength[1:].min() > 1 - 10**-0.3
        assert draws.strength[1:].max() < 1 - 10**-3


def test_unknown_methods_are_refused() -> None:
    with pytest.raises(ValueError, match="3 draws of 'SGD'; expected at least one of ERM"):
        hyper_parameters("SGD", 3, rng=stream(1))


def test_selection_takes_the_first_of_equals_and_never_what_diverged() -> None:
    errors = np.full((2, 4, 3), 0.2)
    errors[:, 1] = 0.1
    errors[:, 2] = 0.1 - 1e-7  # less than one example of 10,000
    errors[:, 3] = np.nan
    assert select(errors, examples=10_000) == 1
    assert select(errors, examples=100_000_000) == 2
    errors[0, 1] = np.inf
    assert select(errors, examples=10_000) == 2


def test_training_is_replayed_and_moves_each_run_alone() -> None:
    problems = draw_problems("3", 3, 2, 0)
    task, draws = population_task(problems), hyper_parameters("IRMv1", 3, rng=stream(2))

    def trained() -> torch.Tensor:
        return train_linear("IRMv1", task, draws, steps=20, generator=torch.Generator().manual_seed(1))

    first = trained()
    torch.testing.assert_close(first, trained(), rtol=0, atol=0)
    faster = Draws(np.append(draws.rate[:2], 0.5), draws.decay, draws.strength)
    other = train_linear("IRMv1", task, faster, steps=20, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(first[:, :2], other[:, :2], rtol=0, atol=0)
    assert (first[:, 2] - other[:, 2]).abs().max() > 0.1


def test_gradient_steps_reach_the_normal_equations() -> None:
    """Why least squares may stand for the published training of ERM and of the oracle on Example 1."""
    problems = draw_problems("1s", 3, 2, 3)
    exact = linear_row("ERM", problems, draws=1, steps=1, seed=0)
    assert exact.solution == "normal equations"
    draw = Draws(np.array([5e-3]), np.zeros(1), np.zeros(1))
    stepped = train_linear(
        "ERM", population_task(problems), draw, steps=250, stride=8, generator=torch.Generator().manual_seed(0)
    )
    errors = exact_errors(problems, stepped.numpy(), shuffled=True)
    np.testing.assert_allclose(errors[:, 0].mean(axis=1), exact.errors.mean(axis=1), rtol=1e-2)


def test_a_stride_of_group_dro_takes_its_ascent_along() -> None:
    """A stride of 5 loses little of what an ascent that forgot it, a fifth as strong, would lose."""
    task = population_task(draw_problems("1", 3, 1, 2))

    def trained(strength: float, steps: int, stride: int) -> torch.Tensor:
        draw = Draws(np.array([1e-3]), np.zeros(1), np.array([strength]))
        generator = torch.Generator().manual_seed(0)
        return train_linear("group DRO", task, draw, steps=steps, stride=stride, generator=generator)

    fine = trained(0.01, 1000, 1)
    forgotten = (fine - trained(0.01 / 5, 1000, 1)).norm()
    assert (fine - trained(0.01, 200, 5)).norm() < forgotten / 4


def test_replications_spread_over_seeds_and_draws() -> None:
    rng = stream(4)
    test = np.stack([np.full((10, 1), 0.5), 0.1 + 0.01 * rng.standard_normal((10, 1))], axis=1)
    validation = np.stack([np.full((10, 1), 0.3), np.full((10, 1), 0.2)], axis=1)
    row = Row(test, validation, hyper_parameters("ERM", 2, rng=rng), "gradient steps")
    np.testing.assert_array_equal(row.errors, test[:, 1])
    replications = row.replications(rng=rng)
    assert abs(replications.mean() - row.errors.mean()) < 0.003
    assert 0.5 < replications.std() / (row.errors.std() * (1 / 10 + 1 / 50) ** 0.5) < 2
