"""Descent directions of many runs at once: each run's is the gradient of its own published objective."""

import numpy as np
import pytest
import torch

from identifiability.learning.linear_invariance.directions import (
    Objective,
    _erm,
    _irmv1,
    _vrex,
    direction,
    quadratic_form,
)
from identifiability.learning.linear_invariance.draws import Draws
from identifiability.learning.linear_invariance.task import LinearTask, population_task
from scm.streams import stream
from scm.unit_tests import unit_test

STRENGTH = np.array([0.3, 0.9, 0.99])


def task_of(example: str, environments: int = 4) -> LinearTask:
    return population_task([unit_test(example, environments, rng=stream(0, example, data)) for data in range(2)])


def draws() -> Draws:
    return Draws(rate=np.full(3, 1e-3), decay=np.zeros(3), strength=STRENGTH)


def theta() -> torch.Tensor:
    return torch.from_numpy(stream(1).standard_normal((2, 3, 11)))


@pytest.mark.parametrize("objective", [_erm, _irmv1, _vrex])
def test_polynomial_objectives_are_fixed_by_gradient_and_hessian_at_0(objective: Objective) -> None:
    """The library's own function at random points, for penalties between and beyond the two that were looked at."""
    rng = stream(2)
    plain, _ = quadratic_form(objective, 4, 0.0)
    gradient, hessian = quadratic_form(objective, 4, 1.0)
    for penalty in (0.0, 0.4, 1.0, 30.0):
        u = torch.from_numpy(rng.standard_normal(12))
        losses, slopes, offsets = u.split(4)
        value = objective(losses, slopes, offsets, penalty)
        expected = plain @ u + penalty * ((gradient - plain) @ u + u @ hessian @ u / 2)
        torch.testing.assert_close(value, expected)


def published(
    method: str,
    losses: torch.Tensor,
    leaf: torch.Tensor,
    strength: float,
    slopes: torch.Tensor,
    offsets: torch.Tensor,
) -> torch.Tensor:
    """Objective of one run as its authors write it, differentiable in `leaf`."""
    if method == "IRMv1":
        return (1 - strength) * losses.mean() + strength * (slopes**2 + offsets**2).sum()
    if method == "V-REx":
        return losses.mean() + strength * ((losses - losses.mean()) ** 2).mean()
    if method == "IGA":
        gradients = torch.stack([torch.autograd.grad(loss, leaf, create_graph=True)[0] for loss in losses])
        return losses.mean() + strength * ((gradients - gradients.mean(0)) ** 2).sum()
    return losses.mean()


@pytest.mark.parametrize("example", ["1s", "2s", "3"])
@pytest.mark.parametrize("method", ["ERM", "IRMv1", "V-REx", "IGA"])
def test_each_run_descends_its_own_objective(method: str, example: str) -> None:
    task, start = task_of(example), theta()
    found = direction(method, task, draws())(start)
    for seed in range(2):
        spread = None if task.spread is None else task.spread[seed : seed + 1]
        own = LinearTask(
            task.design[seed : seed + 1],
            task.target[seed : seed + 1],
            task.weights[seed : seed + 1],
            spread,
            squared=task.squared,
        )
        for draw, strength in enumerate(STRENGTH):
            leaf = start[seed, draw].clone().requires_grad_()
            losses, slopes, offsets = (part[0, 0] for part in own.risks(leaf.expand(1, 1, 4, -1)))
            value = published(method, losses, leaf, strength, slopes, offsets)
            (expected,) = torch.autograd.grad(value, leaf)
            torch.testing.assert_close(found[seed, draw], expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("example", ["1", "3s"])
def test_mask_keeps_what_all_environments_agree_on(example: str) -> None:
    task, start = task_of(example), theta()
    copies = start[:, :, None].expand(-1, -1, 4, -1).contiguous().requires_grad_()
    (gradients,) = torch.autograd.grad(task.risks(copies).losses.sum(), copies)
    lengths = gradients[..., 1:].norm(dim=-1)
    agreed = gradients.sign().sum(2).abs() == 4
    expected = gradients.clone()
    expected[..., 1:] = expected[..., 1:] / lengths[..., None]
    found = direction("ANDMask", task, draws())(start)
    torch.testing.assert_close(found, agreed * expected.mean(2))
    assert 0 < int(agreed.sum()) < agreed.numel()


def test_group_dro_weighs_the_worst_environment_more_at_every_step() -> None:
    task, start = task_of("1"), theta()
    step = direction("group DRO", task, draws())
    copies = start[:, :, None].expand(-1, -1, 4, -1).contiguous().requires_grad_()
    losses = task.risks(copies).losses
    (gradients,) = torch.autograd.grad(losses.sum(), copies)
    for count in (1, 2):
        shares = (count * torch.from_numpy(STRENGTH)[:, None] * losses.detach()).softmax(-1)
        torch.testing.assert_close(step(start), (shares[..., None] * gradients).sum(2))
