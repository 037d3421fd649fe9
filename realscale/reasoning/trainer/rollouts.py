"""What process rewards are told of completions, and how they become advantages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Bool
from PIL import Image
from torch import Tensor

from identifiability.objectives import annealed
from identifiability.objectives.advantages import Combination, Credit
from realscale.reasoning.reward import Written


@dataclass(frozen=True, eq=False)
class Rollouts:
    """The completions of one process, row i of each of example i; an example stands once for each completion of it.

    Attributes:
        images: of the examples, None where there is none.
        ids: token ids of the completions, the end mark included, without padding.
        texts: what each of the tokens wrote; special tokens wrote nothing.
        mask: (B, T), true on the tokens of a completion.
        columns: everything else that the rows of the data have, by name.
        log: has a number averaged over processes and steps, and logged under a name.
    """

    images: Sequence[Image.Image | None]
    ids: Sequence[Sequence[int]]
    texts: Sequence[Written]
    mask: Bool[Tensor, "B T"]
    columns: Mapping[str, Sequence[Any]]
    log: Callable[[str, float], None]


ProcessFunction = Callable[[Rollouts], Tensor]  # to rewards (B, T), 0 beside the completions


@dataclass(frozen=True)
class ProcessSettings:
    """How process rewards enter the advantages, see `token_advantages`."""

    weight: float = 0.5
    """lambda_proc at the first step."""
    final_weight: float | None = None
    """lambda_proc at the last step, along a straight line; None: as at the first."""
    combination: Combination = "separate"
    """separate: task and process rewards each have their own deviation in a group; summed: one of their sum."""
    credit: Credit = "to_go"
    """to_go: a token has the rewards from it on; whole: all of its completion's, for form mean."""

    def weight_at(self, progress: float) -> float:
        """lambda_proc after a share of training."""
        return annealed(self.weight, self.weight if self.final_weight is None else self.final_weight, progress)
