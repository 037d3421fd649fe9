"""Each method's descent direction, from the library's objectives, for many independent runs at once.

The objectives see the environments of one run. Runs do not interact, so that most can share one call:
a sum over runs of an objective's arguments gives every run its own gradient where the objective is separable (IGA,
ANDMask), and an objective that is a polynomial of degree 2 in the environments' risks and slopes (ERM, IRMv1, V-REx)
is fixed by its gradient and Hessian at 0, found once.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from identifiability.learning.linear_invariance.draws import Draws
from identifiability.learning.linear_invariance.task import LinearTask
from identifiability.objectives.baselines import GroupDRO, and_mask, erm, iga, irmv1, vrex
from identifiability.objectives.risks import Risks

Objective = Callable[[Tensor, Tensor, Tensor, float], Tensor]  # (losses, slopes, offsets, penalty), (E,) each


Direction = Callable[[Tensor], Tensor]  # parameters (S, H, v) to the gradient of every run's own objective there


def direction(method: str, task: LinearTask, draws: Draws) -> Direction:
    """The descent direction of a method on a task."""
    environments = task.target.shape[1]
    strength = torch.from_numpy(draws.strength)
    if method == "IRMv1":
        # published: (1 - lambda) mean risk + lambda sum_e (slope_e^2 + offset_e^2)
        scale, penalty = 1 - strength, environments * strength / (1 - strength)
        return _Polynomial(task, _irmv1, penalty, scale)
    if method == "V-REx":
        return _Polynomial(task, _vrex, strength, torch.ones_like(strength))
    if method == "IGA":
        return _GradientAlignment(task, environments * strength)
    if method == "ANDMask":
        return _Mask(task)
    if method == "group DRO":
        return _WorstGroup(task, draws)
    return _Polynomial(task, _erm, torch.zeros_like(strength), torch.ones_like(strength))


def _risks(losses: Tensor, slopes: Tensor) -> Risks:
    return Risks(losses, slopes, torch.arange(len(losses)))


def _erm(losses: Tensor, slopes: Tensor, offsets: Tensor, penalty: float) -> Tensor:
    return erm(_risks(losses, slopes))


def _irmv1(losses: Tensor, slopes: Tensor, offsets: Tensor, penalty: float) -> Tensor:
    """The published layer has two dummies, a factor and an offset; the second is another slope without a loss."""
    of_factor = irmv1(_risks(losses, slopes), penalty=penalty, estimator="biased")
    return of_factor + irmv1(_risks(torch.zeros_like(losses), offsets), penalty=penalty, estimator="biased")


def _vrex(losses: Tensor, slopes: Tensor, offsets: Tensor, penalty: float) -> Tensor:
    return vrex(_risks(losses, slopes), penalty=penalty)


def quadratic_form(
    objective: Objective, environments: int, penalty: float
) -> tuple[Float[Tensor, "u"], Float[Tensor, "u u"]]:
    """Gradient and Hessian at 0 of an objective in u = (losses, slopes, offsets), u of length 3 E."""

    def value(u: Tensor) -> Tensor:
        losses, slopes, offsets = u.split(environments)
        return objective(losses, slopes, offsets, penalty)

    zero = torch.zeros(3 * environments, dtype=torch.float64)
    gradient = torch.autograd.functional.jacobian(value, zero)
    return gradient, torch.autograd.functional.hessian(value, zero)


class _Polynomial:
    """Objectives affine in their penalty and of degree 2 in the risks and slopes of the environments."""

    def __init__(self, task: LinearTask, objective: Objective, penalty: Tensor, scale: Tensor) -> None:
        environments = task.target.shape[1]
        self.task, self.penalty, self.scale = task, penalty[:, None], scale[:, None]
        self.plain, _ = quadratic_form(objective, environments, 0.0)
        gradient, self.hessian = quadratic_form(objective, environments, 1.0)
        self.gradient = gradient - self.plain
        self.curved = bool(self.hessian.any())

    def __call__(self, parameters: Tensor) -> Tensor:
        copies = _copies(self.task, parameters)
        risks = self.task.risks(copies)
        if not self.curved:
            coefficients = self.scale * (self.plain + self.penalty * self.gradient)
        else:
            u = torch.cat([part.detach() for part in risks], dim=-1)
            coefficients = self.scale * (self.plain + self.penalty * (self.gradient + u @ self.hessian))
        parts = coefficients.expand(*parameters.shape[:2], -1).split(risks.losses.shape[-1], dim=-1)
        (gradient,) = torch.autograd.grad(list(risks), [copies], list(parts))
        return gradient.sum(2)


class _GradientAlignment:
    """IGA: risks times c give c (mean risk + c / E spread), so that one call with penalty 1 serves every strength."""

    def __init__(self, task: LinearTask, factor: Tensor) -> None:
        self.task, self.factor = task, factor[:, None]

    def __call__(self, parameters: Tensor) -> Tensor:
        leaf = parameters.clone().requires_grad_()
        losses = self.task.risks(_expanded(self.task, leaf)).losses
        pooled = (self.factor * losses).sum((0, 1))
        value = iga(_risks(pooled, pooled), parameters=[leaf], penalty=1.0)
        (gradient,) = torch.autograd.grad(value, [leaf])
        return gradient / self.factor


class _Mask:
    """ANDMask, all signs equal; published with each environment's gradient of the weights scaled to length 1."""

    def __init__(self, task: LinearTask) -> None:
        self.task = task

    def __call__(self, parameters: Tensor) -> Tensor:
        copies = _copies(self.task, parameters)
        (gradients,) = torch.autograd.grad(self.task.risks(copies).losses.sum(), [copies])
        lengths = gradients[..., 1:].norm(dim=-1, keepdim=True)
        scaled = torch.cat([gradients[..., :1], gradients[..., 1:] / lengths.clamp_min(1e-300)], dim=-1)
        leaf = parameters.clone().requires_grad_()
        linear = torch.einsum("shev,shv->e", scaled, leaf)  # risks with these gradients
        (gradient,) = torch.autograd.grad(and_mask(_risks(linear, linear), parameters=[leaf], threshold=1.0), [leaf])
        return gradient


class _WorstGroup:
    """Group DRO: a state for each run, which weighs the gradients of the environments."""

    def __init__(self, task: LinearTask, draws: Draws) -> None:
        seeds, environments = task.target.shape[:2]
        self.task = task
        self.states = [[GroupDRO(environments, step=float(step)) for step in draws.strength] for _ in range(seeds)]

    def __call__(self, parameters: Tensor) -> Tensor:
        copies = _copies(self.task, parameters)
        losses = self.task.risks(copies).losses
        fixed = losses.detach()
        for own, values in zip(self.states, fixed, strict=True):
            for state, risks in zip(own, values, strict=True):
                state(_risks(risks, risks))
        shares = torch.stack([torch.stack([state.shares for state in own]) for own in self.states])
        (gradient,) = torch.autograd.grad((shares * losses).sum(), [copies])
        return gradient.sum(2)


def _expanded(task: LinearTask, parameters: Tensor) -> Tensor:
    return parameters[:, :, None].expand(-1, -1, task.target.shape[1], -1)


def _copies(task: LinearTask, parameters: Tensor) -> Tensor:
    """One leaf for each environment: a single backward pass gives the gradients of all risks."""
    return _expanded(task, parameters).contiguous().requires_grad_()
