"""IRM on the chain of Arjovsky et al. 2019: a square representation before the fixed classifier (1, ..., 1)."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from identifiability.exact.linear_invariance import least_squares, mean_squared_error
from identifiability.learning.linear_invariance.adam import adam
from identifiability.objectives.baselines import irmv1
from identifiability.objectives.risks import Risks
from scm.linear_sem import SCALES, ChainSEM
from scm.streams import stream

REGULARISATIONS = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
RATE = 1e-3


def sampled_moments(
    sem: ChainSEM, n: int, *, scales: Sequence[float] = SCALES, rng: np.random.Generator
) -> Float[np.ndarray, "e v v"]:
    """Second moments of (x, y) of n examples of each environment, all that squared loss depends on."""
    rows = [np.column_stack(sem.sample(n, scale, rng=rng)) for scale in scales]
    return np.stack([own.T @ own / n for own in rows])


def erm_chain(moments: Float[np.ndarray, "*batch e v v"]) -> Float[np.ndarray, "*batch w"]:
    """Least squares through 0 on all environments pooled, as published."""
    return least_squares(moments.mean(axis=-3))


def irm_chain(
    moments: Float[np.ndarray, "r e v v"],
    *,
    steps: int,
    stride: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Float[np.ndarray, "r w"]:
    r"""Coefficients Phi 1 of IRM, one row a run, trained on all environments but the last, which validates.

    min_Phi reg sum_e R_e(Phi 1) + (1 - reg) sum_e 1/d |d/dw R_e(Phi w) at w = 1|^2 by Adam from Phi = I; of six `reg`
    the one with the least error in the last environment is kept, run by run.
    """
    training = torch.from_numpy(moments[:, None, :-1])
    gram, cross = training[..., :-1, :-1], training[..., :-1, -1]
    _, _, environments, dim = cross.shape
    reg = torch.tensor(REGULARISATIONS, dtype=torch.float64)[:, None, None]
    of_risk, of_slope, curvature = _penalty_form(environments, dim)
    by_risk = (reg * of_risk).sum(-1).expand(len(moments), -1, -1)  # a risk enters once for each coordinate of w
    at_zero, by_slope = (1 - reg) * of_slope, (1 - reg) * curvature

    def gradient_of(phi: Tensor) -> Tensor:
        leaf = phi.detach().requires_grad_()
        coefficients = leaf.sum(-1)[:, :, None, :, None]  # Phi 1
        residual = (gram @ coefficients).squeeze(-1) - cross
        risks = ((residual - cross)[..., None, :] @ coefficients)[..., 0, 0]  # up to E y^2
        slopes = 2 * residual @ leaf
        (gradient,) = torch.autograd.grad([risks, slopes], [leaf], [by_risk, at_zero + by_slope * slopes.detach()])
        return gradient

    start = torch.eye(dim, dtype=torch.float64).expand(len(moments), len(REGULARISATIONS), -1, -1)
    phi = adam(gradient_of, start, rate=RATE, steps=steps, stride=stride, progress=progress)
    candidates = phi.sum(-1).numpy()
    errors = mean_squared_error(moments[:, None, -1], candidates)
    return candidates[np.arange(len(moments)), errors.argmin(axis=1)]


def chain_runs(
    runs: int,
    n: int,
    seed: int,
    *,
    heteroskedastic: bool,
    hidden: bool,
    scrambled: bool,
    scales: Sequence[float] = SCALES,
) -> tuple[Float[np.ndarray, "r e v v"], Float[np.ndarray, "r w"]]:
    """Sampled moments and the coefficients of the target's own equation, one draw of the model a run."""
    moments, solutions = [], []
    for run in range(runs):
        rng = stream(seed, "chain", run, int(heteroskedastic), int(hidden), int(scrambled))
        sem = ChainSEM.draw(heteroskedastic=heteroskedastic, hidden=hidden, scrambled=scrambled, rng=rng)
        moments.append(sampled_moments(sem, n, scales=scales, rng=rng))
        solutions.append(sem.solution)
    return np.stack(moments), np.stack(solutions)


def coefficient_errors(
    coefficients: Float[np.ndarray, "r w"], solutions: Float[np.ndarray, "r w"]
) -> tuple[Float[np.ndarray, "r"], Float[np.ndarray, "r"]]:
    """Mean squared error of the coefficients of causes (solution not 0) and of effects (0; of none it is 0)."""
    squared, causal = (coefficients - solutions) ** 2, solutions != 0
    causes, effects = causal.sum(axis=1), (~causal).sum(axis=1)
    return (squared * causal).sum(axis=1) / causes, (squared * ~causal).sum(axis=1) / np.maximum(effects, 1)


def _penalty_form(environments: int, dim: int) -> tuple[Tensor, Tensor, Tensor]:
    """Derivatives of `irmv1` with an entry for each environment and coordinate of w: (e, j) has slope dR_e / dw_j.

    It is affine in the losses and of degree 2 in the slopes, each slope by itself, so that these numbers fix it:
    the derivative in a loss, and in a slope that at 0 and the second one; times E for the published sums over e.
    """

    def value(penalty: float) -> Callable[[Tensor, Tensor], Tensor]:
        numbers = torch.arange(environments * dim)
        return lambda losses, slopes: irmv1(Risks(losses, slopes, numbers), penalty=penalty, estimator="biased")

    zero = torch.zeros(environments * dim, dtype=torch.float64)
    risk, _ = torch.autograd.functional.jacobian(value(0.0), (zero, zero))
    _, slope = torch.autograd.functional.jacobian(value(1.0), (zero, zero))
    curvature = torch.autograd.functional.hessian(value(1.0), (zero, zero))[1][1].diagonal()
    shape = (environments, dim)
    return tuple(environments * column.reshape(shape) for column in (risk, slope, curvature))
