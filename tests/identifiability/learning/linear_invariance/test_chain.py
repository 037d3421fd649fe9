"""IRM on the chain: its first steps are those of the published objective; least squares is that of the data."""

import numpy as np
import pytest
import torch

from identifiability.learning.linear_invariance import chain
from identifiability.learning.linear_invariance.chain import (
    RATE,
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


def examples() -> tuple[list[tuple[torch.Tensor, torch.Tensor]], np.ndarray]:
    sem = ChainSEM.draw(2, heteroskedastic=True, rng=stream(0))
    samples = [sem.sample(200, scale, rng=stream(1, str(scale))) for scale in SCALES]
    moments = np.stack([(v := np.column_stack(pair)).T @ v / 200 for pair in samples])
    return [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in samples], moments


@pytest.mark.parametrize("reg", [0.0, 0.5])
def test_irm_takes_the_published_steps(reg: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "REGULARISATIONS", (reg,))
    data, moments = examples()
    np.testing.assert_allclose(irm_chain(moments[None], steps=40)[0], reference(data, reg, 40).numpy(), rtol=1e-9)


def test_irm_selects_run_by_run_in_the_last_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs that differ in the validating environment alone take different regularisations."""
    _, moments = examples()
    alone = []
    for reg in (0.0, 0.9):
        monkeypatch.setattr(chain, "REGULARISATIONS", (reg,))
        alone.append(irm_chain(moments[None], steps=40)[0])
    assert np.abs(alone[0] - alone[1]).max() > 1e-6
    monkeypatch.setattr(chain, "REGULARISATIONS", (0.0, 0.9))
    for wanted in (0, 1):  # where the label is exactly the wanted prediction
        exact, v = moments.copy(), np.vstack([np.eye(2), alone[wanted]])
        exact[-1] = v @ exact[-1, :2, :2] @ v.T
        np.testing.assert_allclose(irm_chain(exact[None], steps=40)[0], alone[wanted], rtol=1e-12)


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
