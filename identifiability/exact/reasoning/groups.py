"""Group-relative policy gradients in expectation: every group of completions with its probability."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.special import gammaln

from identifiability.exact.infonce import enumerate_batches
from identifiability.objectives.advantages import Combination, Scale, token_advantages


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of `size` completions drawn alike: one that is looked at, and every multiset of the others.

    Attributes:
        size: completions in a group, at least 2.
        count: number of different completions, N.

    Raises:
        ValueError: groups of less than 2, or too many multisets (as `enumerate_batches`).
    """

    size: int
    count: int

    def __post_init__(self) -> None:
        if self.size < 2:
            raise ValueError(f"groups have size {self.size}; expected 2 at least: alone, nothing is relative")

    @cached_property
    def others(self) -> Int[np.ndarray, "M N"]:
        """How often each completion is among the others, a row a multiset."""
        return enumerate_batches(np.full(self.count, 1 / self.count), self.size - 1)[0]

    @cached_property
    def log_arrangements(self) -> Float[np.ndarray, " M"]:
        """Logarithm of the number of orders of each multiset."""
        return gammaln(self.size) - gammaln(self.others + 1).sum(axis=1)

    def advantages(
        self,
        task: Float[np.ndarray, " N"],
        process: Float[np.ndarray, "N T"],
        mask: Bool[np.ndarray, "N T"],
        *,
        weight: float,
        combination: Combination = "separate",
        scale: Scale = "group",
    ) -> Float[np.ndarray, "M N T"]:
        """`token_advantages` of each completion among each multiset of others."""
        members = np.stack([np.repeat(np.arange(self.count), row) for row in self.others])
        own = np.tile(np.arange(self.count), len(members))
        rows = np.column_stack([own, np.repeat(members, self.count, axis=0)])
        flat = rows.reshape(-1)
        found = token_advantages(
            torch.from_numpy(task[flat]),
            torch.from_numpy(process[flat]),
            torch.from_numpy(mask[flat]),
            self.size,
            weight=weight,
            combination=combination,
            scale=scale,
        )
        return found.view(len(members), self.count, self.size, -1)[:, :, 0].numpy()

    def expected(
        self, advantages: Float[np.ndarray, "M N T"], log_probabilities: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "N T"]:
        """E[A_k | the completion], the others drawn from the policy with these log-probabilities."""
        chances = np.exp(self.log_arrangements + self.others @ log_probabilities)
        return np.tensordot(chances, advantages, axes=1)
