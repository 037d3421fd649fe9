"""Full-batch training of every (data seed, hyper-parameter draw) at once, and the published selection rule."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from identifiability.learning.linear_invariance.adam import adam
from identifiability.learning.linear_invariance.directions import direction
from identifiability.learning.linear_invariance.draws import Draws
from identifiability.learning.linear_invariance.task import LinearTask


def train_linear(
    method: str,
    task: LinearTask,
    draws: Draws,
    *,
    steps: int,
    stride: int = 1,
    generator: torch.Generator,
    progress: Callable[[int, int], None] | None = None,
) -> Float[Tensor, "S H v"]:
    """Parameters (offset, weights) of every run after `steps` full-batch steps from the default linear initialisation.

    Adam with coupled weight decay; plain gradient steps with decoupled decay for ANDMask, as published. `stride` as in
    `adam`; the rates of ANDMask and of the ascent of group DRO are multiplied by it.

    Raises:
        ValueError: no steps or a stride below 1.
    """
    seeds, _, _, width = task.design.shape
    bound = (width - 1) ** -0.5
    shape = (seeds, len(draws.rate), width)
    start = (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1) * bound
    rate, decay = (torch.from_numpy(column)[:, None] for column in (draws.rate, draws.decay))
    ascent = replace(draws, strength=stride * draws.strength) if method == "group DRO" else draws
    gradient_of = direction(method, task, ascent)
    if method != "ANDMask":
        return adam(gradient_of, start, rate=rate, decay=decay, steps=steps, stride=stride, progress=progress)
    parameters = start
    for step in range(1, steps + 1):
        parameters = parameters - stride * rate * (gradient_of(parameters) + decay * parameters)
        if progress and step % 200 == 0:
            progress(step, steps)
    return parameters


def select(validation: Float[np.ndarray, "S H E"], *, examples: int) -> int:
    """The draw with the least validation error, mean over data seeds and sum over environments; the first of equals.

    Published rule: one draw for all data seeds, validated on the training laws by `examples` examples an environment
    and seed. Exact errors are compared at that resolution (errors below one example are equal); a draw that diverged
    comes last.
    """
    finite = np.where(np.isfinite(validation), validation, np.inf)
    return int(np.argmin(np.round(finite.mean(axis=0).sum(axis=1) * examples * len(validation))))
