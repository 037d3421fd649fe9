"""A running mean of the weights beside the weights."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class RunningMean(nn.Module):
    """m <- decay m + (1 - decay) w after each step, of the trained parameters of a model; it starts as they are.

    Raises:
        ValueError: a decay outside of (0, 1).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__()
        if not 0 < decay < 1:
            raise ValueError(f"the decay is {decay}; expected a number inside (0, 1), the share of the old mean")
        self._decay = decay
        self._parameters_of = [parameter for parameter in model.parameters() if parameter.requires_grad]
        for number, parameter in enumerate(self._parameters_of):
            self.register_buffer(f"mean{number}", parameter.detach().clone())

    def _means(self) -> list[Tensor]:
        return [self.get_buffer(f"mean{number}") for number in range(len(self._parameters_of))]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights after a step."""
        weights = [parameter.detach() for parameter in self._parameters_of]
        torch._foreach_lerp_(self._means(), weights, 1 - self._decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model with the mean for its weights, inside the block."""
        own = [parameter.detach().clone() for parameter in self._parameters_of]
        try:
            self._put(self._means())
            yield
        finally:
            self._put(own)

    @torch.no_grad()
    def _put(self, values: list[Tensor]) -> None:
        for parameter, value in zip(self._parameters_of, values, strict=True):
            parameter.copy_(value)
