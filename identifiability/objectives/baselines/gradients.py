"""Gradients of the risk of each environment, which two of the baselines compare."""

from collections.abc import Sequence

import torch
from torch import Tensor

from identifiability.objectives.baselines.conditions import several_risks
from identifiability.objectives.risks import Risks


def risks_and_gradients(
    risks: Risks, parameters: Sequence[Tensor], *, create_graph: bool
) -> tuple[Tensor, list[Tensor]]:
    """R_e, shape (E,), and for each parameter its gradients dR_e, shape (E, *parameter); one backward pass each.

    Raises:
        ValueError: no parameters, or fewer than two environments in the batch.
    """
    if not parameters:
        raise ValueError("no parameters were given; expected those of the predictor, whose gradients are compared")
    by_environment = several_risks(risks, "gradients")
    gradients = [
        torch.autograd.grad(
            risk, parameters, retain_graph=True, create_graph=create_graph, allow_unused=True, materialize_grads=True
        )
        for risk in by_environment
    ]
    return by_environment, [torch.stack(own) for own in zip(*gradients, strict=True)]
