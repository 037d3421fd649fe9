"""IRM on the chain: its first steps are those of the published objective; least squares is that of the data."""

import numpy as np
import pytest
import torch

from identifiability.learning.linear_invariance.chain import (
    RATE,
    REGULARISATIONS,
    chain_runs,
    coefficient_errors,
    erm_chain,
    irm_chain,
    sampled_moments,
)
from scm.linear_sem import SCALES, ChainSEM
from scm.streams import stream


def reference(data: list[tuple[torch.Tensor, torch.Tensor]], reg: float, steps: int) -> torch.Tensor:
    """The published loop on the examples themselves, written out for one run."""
    dim = data[0][0].shape[1]
    phi = torch.eye(dim, dtype=torch.float64, requires_grad=True)
    w = torch.ones(dim, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([phi], lr=RATE)
    for _ in range(steps):
        loss = torch.zeros((), dtype=torch.float64)
        for x, y in data[:-1]:
            risk = (x @ phi @ w - y).square().mean()
            (gradient,) = torch.autograd.grad(risk, w, create_graph=True)
            loss = loss + reg * risk + (1 - reg) * gradient.square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return (phi @ w).detach()


def test_irm_takes_the_published_steps_and_selects_by_the_last_environment() -> None:
    sem = ChainSEM.draw(2, heteroskedastic=True, rng=stream(0))
    samples = [sem.sample(200, scale, rng=stream(1, str(scale))) for scale in SCALES]
    data = [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in samples]
    moments = np.stack([(v := torch.column_stack([x, y]).numpy()).T @ v / 200 for x, y in data])
    candidates = torch.stack([reference(data, reg, 50) for reg in REGULARISATIONS])
    errors = ((data[-1][0] @ candidates.T - data[-1][1][:, None]) ** 2).mean(0)
    found = irm_chain(moments[None], steps=50)[0]
    np.testing.assert_allclose(found, candidates[int(errors.argmin())].numpy(), rtol=1e-6)
    assert (candidates.std(0) > 1e-6).any()


def test_least_squares_on_the_pool() -> None:
    rng = stream(2)
    sem = ChainSEM.draw(rng=rng)
    data = [sem.sample(100, scale, rng=stream(3, str(scale))) for scale in SCALES]
    moments = np.stack([(v := np.column_stack(pair)).T @ v / 100 for pair in data])
    x, y = np.concatenate([x for x, _ in data]), np.concatenate([y for _, y in data])
    np.testing.assert_allclose(erm_chain(moments), np.linalg.lstsq(x, y, rcond=None)[0], atol=1e-9)


def test_runs_are_replayed_and_differ() -> None:
    moments, solutions = chain_runs(3, 50, 0, heteroskedastic=False, hidden=True, scrambled=True)
    again, _ = chain_runs(2, 50, 0, heteroskedastic=False, hidden=True, scrambled=True)
    np.testing.assert_array_equal(moments[:2], again)
    assert (moments.shape, solutions.shape) == ((3, 3, 11, 11), (3, 10))
    assert np.abs(moments[0] - moments[1]).max() > 0.1
    sem = ChainSEM.draw(rng=stream(4))
    assert sampled_moments(sem, 50, scales=(1.0, 2.0), rng=stream(5)).shape == (2, 11, 11)


def test_coefficient_errors_by_block() -> None:
    solution = np.array([[1.0, 1.0, 0.0, 0.0], [0.6, 0.8, 0.6, 0.8]])
    causes, effects = coefficient_errors(solution + np.array([0.1, 0.3, 0.0, 0.2]), solution)
    assert causes.tolist() == pytest.approx([0.05, 0.035])
    assert effects.tolist() == pytest.approx([0.02, 0.0])
