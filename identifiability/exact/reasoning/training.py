"""Training to convergence without sampling: gradient ascent on exact gradients, of returns or relative to groups."""

from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from jaxtyping import Bool, Float

from identifiability.exact.reasoning.completions import Completions
from identifiability.exact.reasoning.groups import Groups
from identifiability.objectives.advantages import Combination, returns_to_go

Algorithm = Literal["policy gradient", "groups, separate deviations", "groups, one deviation"]

ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)


class Trained(NamedTuple):
    """A policy over completions after some steps, and the mean task reward on the way (`at` the steps named)."""

    chances: Float[np.ndarray, " N"]
    at: tuple[int, ...]
    task: tuple[float, ...]


def train(
    completions: Completions,
    task: Float[np.ndarray, " N"],
    process: Float[np.ndarray, "N T"],
    *,
    weight: float,
    algorithm: Algorithm,
    steps: int,
    rate: float,
    size: int = 3,
) -> Trained:
    """From the uniform policy by `steps` steps of size `rate` along E sum_k A_k grad log pi.

    A_k is the task reward and `weight` times the process returns to go, or `token_advantages` in groups of `size`.
    """
    logits = np.zeros((completions.prefix_count, completions.words + 1))
    mask: Bool[np.ndarray, "N T"] = completions.mask
    groups = Groups(size, len(task))
    if algorithm == "policy gradient":
        fixed = task[:, None] + weight * returns_to_go(torch.from_numpy(process)).numpy()
    else:
        combination: Combination = "summed" if algorithm == "groups, one deviation" else "separate"
        every = groups.advantages(task, process, mask, weight=weight, combination=combination)
    at = sorted({0, steps, *np.geomspace(1, steps, 25).astype(int).tolist()})
    met = []
    for step in range(steps + 1):
        log_probabilities = completions.log_probabilities(logits)
        if step in at:
            met.append(float(np.exp(log_probabilities) @ task))
        advantages = fixed if algorithm == "policy gradient" else groups.expected(every, log_probabilities)
        logits = logits + rate * completions.policy_gradient(logits, advantages)
    return Trained(np.exp(log_probabilities), tuple(at), tuple(met))
