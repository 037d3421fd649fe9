"""Distributionally robust optimisation over environments."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from identifiability.objectives.risks import Risks


class GroupDRO(nn.Module):
    r"""sum_e q_e R_e, where q_e grows as exp(step * R_e) at every call: descent in the model, ascent in q.

    q is the state, uniform at first and of sum 1. In training mode a call first updates q by its risks and then returns
    the loss; q is a constant to the gradient. An environment that is absent from the batch counts as of risk 0.

    Args:
        environments: their number E, 2 at least; environments are numbered below it.
        step: of the ascent, positive.

    Raises:
        ValueError: fewer than two environments, or a step that is not positive.

    Source: Sagawa et al. 2020 (arXiv 1911.08731), algorithm 1.
    """

    log_shares: Tensor

    def __init__(self, environments: int, *, step: float) -> None:
        super().__init__()
        if environments < 2 or not step > 0:
            raise ValueError(
                f"{environments} environments and step {step}; expected at least two and a positive step, because "
                "of one environment, or without ascent, the worst gains no weight and nothing is left but ERM"
            )
        self.step = step
        start = torch.full((environments,), -math.log(environments), dtype=torch.float64)
        self.register_buffer("log_shares", start)

    @property
    def shares(self) -> Float[Tensor, " environments"]:
        """The weights q_e of the environments."""
        return self.log_shares.exp()

    def forward(self, risks: Risks) -> Float[Tensor, ""]:
        """The loss, after the update of q if in training mode.

        Raises:
            ValueError: an environment beyond their number.
        """
        by_environment, numbers = risks.by_environment, list(risks.groups())
        if numbers[-1] >= len(self.log_shares):
            raise ValueError(
                f"environment {numbers[-1]} is in the batch; expected numbers below {len(self.log_shares)}, the number "
                "of environments whose weights are kept"
            )
        if self.training:
            raised = self.log_shares.clone()
            raised[numbers] += self.step * by_environment.detach().to(raised)
            self.log_shares.copy_(raised.log_softmax(0))
        return (self.shares[numbers].to(by_environment) * by_environment).sum()
