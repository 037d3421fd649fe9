"""Tasks: exact risks against samples, derivatives against automatic ones, balancing and where it is impossible."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from identifiability.learning.linear_invariance.task import (
    LinearTask,
    balanced_task,
    exact_errors,
    population_task,
    sampled_task,
)
from scm.streams import stream
from scm.unit_tests import EXAMPLES, MixtureTest, UnitTest, unit_test


def problems(example: str, environments: int = 3) -> list[UnitTest]:
    return [unit_test(example, environments, rng=stream(0, example, data)) for data in range(2)]


def parameters(environments: int = 3, draws: int = 2) -> torch.Tensor:
    return torch.from_numpy(stream(1).standard_normal((2, draws, 1, 11))).expand(-1, -1, environments, -1)


@pytest.mark.parametrize("example", EXAMPLES)
def test_exact_risks_are_those_of_many_samples(example: str, false_alarm: float) -> None:
    own, n = problems(example), 4000
    exact = population_task(own).risks(parameters())
    task = sampled_task(own, n, rng=stream(2, example))
    sampled = task.risks(parameters())
    parts = [LinearTask(**_rows(task, k)).risks(parameters()) for k in range(20)]
    for name in ("losses", "slopes", "offsets"):
        error = torch.stack([getattr(part, name) for part in parts]).std(0) / 20**0.5
        deviation = (getattr(sampled, name) - getattr(exact, name)).abs()
        # standard errors from 20 parts: a t quantile with 19 degrees of freedom exceeds the normal one at most twofold
        assert (deviation <= 2 * norm.isf(false_alarm / 36) * error + 1e-9).all(), name


def _rows(task: LinearTask, part: int) -> dict:
    rows = slice(part * 200, (part + 1) * 200)
    return {
        "design": task.design[:, :, rows],
        "target": task.target[:, :, rows],
        "weights": task.weights[:, :, rows] * 20,
        "squared": task.squared,
    }


@pytest.mark.parametrize("example", ["1s", "2s", "3"])
def test_slopes_and_offsets_are_derivatives_in_a_factor_and_an_offset(example: str) -> None:
    task, theta = population_task(problems(example)), parameters()
    factor = torch.ones(2, 2, 3, dtype=torch.float64, requires_grad=True)
    offset = torch.zeros(2, 2, 3, dtype=torch.float64, requires_grad=True)
    constant = torch.eye(11, dtype=torch.float64)[0]
    losses = task.risks(factor[..., None] * theta + offset[..., None] * constant).losses
    slopes, offsets = torch.autograd.grad(losses.sum(), [factor, offset])
    risks = task.risks(theta)
    torch.testing.assert_close(risks.slopes, slopes)
    torch.testing.assert_close(risks.offsets, offsets)


def test_regression_risk_is_the_mean_squared_error() -> None:
    own = problems("1s", 4)
    theta = parameters(4)
    risks = population_task(own, shuffled=True).risks(theta).losses
    errors = exact_errors(own, theta[:, :, 0].numpy(), shuffled=True)
    np.testing.assert_allclose(risks.numpy(), errors, rtol=1e-9)


@pytest.mark.parametrize("example", ["2", "2s"])
def test_balancing_makes_class_and_background_independent_in_the_pool(example: str) -> None:
    own = [problem for problem in problems(example, 5) if isinstance(problem, MixtureTest)]
    task = balanced_task(own)
    plain = population_task(own)
    joint = task.weights.mean(1)  # cow on grass, cow on sand, camel on sand, camel on grass
    cow, grass = joint[:, :2].sum(1), joint[:, 0] + joint[:, 3]
    torch.testing.assert_close(joint[:, 0], cow * grass)
    torch.testing.assert_close(cow, plain.weights.mean(1)[:, :2].sum(1))
    torch.testing.assert_close(joint.sum(1), torch.ones(2, dtype=torch.float64))
    assert (plain.weights.mean(1)[:, 0] - cow * grass).abs().min() > 0.1


def test_contexts_of_one_class_cannot_be_balanced() -> None:
    own = [problem for problem in problems("3") if isinstance(problem, MixtureTest)]
    with pytest.raises(ValueError, match="positivity"):
        balanced_task(own)
