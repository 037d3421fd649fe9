"""The AND mask: only where environments agree on the sign of a gradient is a parameter moved."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.baselines.gradients import risks_and_gradients
from identifiability.objectives.risks import Risks


def and_mask(risks: Risks, *, parameters: Sequence[Tensor], threshold: float) -> Float[Tensor, ""]:
    r"""A surrogate with value 1/E sum_e R_e and gradient m * 1/E sum_e grad R_e, m = [|1/E sum_e sign(grad R_e)| >= t].

    The mask m is taken for each entry of each parameter; a gradient that is exactly 0 agrees with neither sign. Only
    `parameters` receive a gradient. No rescaling by the share of kept entries, as some implementations have.

    Args:
        risks: of all environments.
        parameters: of the predictor, all that are trained.
        threshold: t in [0, 1]; 1 asks for all signs equal, 0 is the mean of the environments' risks.

    Raises:
        ValueError: a threshold outside [0, 1], no parameters, or fewer than two environments in the batch.

    Source: Parascandolo et al. 2020 (arXiv 2009.00329), AND-mask.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(
            f"threshold is {threshold}; expected a number in [0, 1], because the mean of signs cannot exceed 1"
        )
    by_environment, gradients = risks_and_gradients(risks, parameters, create_graph=False)
    surrogate = by_environment.mean().detach()
    for parameter, own in zip(parameters, gradients, strict=True):
        masked = own.mean(0) * (own.sign().mean(0).abs() >= threshold)
        surrogate = surrogate + (masked * (parameter - parameter.detach())).sum()
    return surrogate
