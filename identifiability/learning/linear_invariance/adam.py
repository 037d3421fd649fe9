"""Adam with a learning rate and a weight decay for each run, and steps that stand for several."""

from collections.abc import Callable

import torch
from torch import Tensor

_MOMENTS = (0.9, 0.999)
_EPSILON = 1e-8


def adam(
    gradient_of: Callable[[Tensor], Tensor],
    start: Tensor,
    *,
    rate: Tensor | float,
    decay: Tensor | float = 0.0,
    steps: int,
    stride: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Where `steps` full-batch steps lead; `rate` and `decay` (added to the gradient) broadcast over the parameters.

    With `stride` one step stands for that many: the rate is multiplied by it and the memories are raised to its power,
    which leaves the path in units of stride * step the same but for its coarser steps.

    Raises:
        ValueError: no steps or a stride below 1.

    Source: Kingma and Ba 2015; defaults of its memories.
    """
    if steps < 1 or stride < 1:
        raise ValueError(
            f"{steps} steps of stride {stride}; expected both to be at least 1: a step stands for itself or more"
        )
    parameters, (beta, gamma) = start, (moment**stride for moment in _MOMENTS)
    first, second = torch.zeros_like(start), torch.zeros_like(start)
    for step in range(1, steps + 1):
        gradient = gradient_of(parameters) + decay * parameters
        first = first.lerp(gradient, 1 - beta)
        second = second.lerp(gradient.square(), 1 - gamma)
        scale = (second / (1 - gamma**step)).sqrt_().add_(_EPSILON)
        parameters = parameters - stride * rate / (1 - beta**step) * first / scale
        if progress and step % 200 == 0:
            progress(step, steps)
    return parameters
