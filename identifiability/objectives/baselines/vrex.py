"""Risk extrapolation by the variance of the risks."""

from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.baselines.conditions import check_penalty, several_risks
from identifiability.objectives.risks import Risks


def vrex(risks: Risks, *, penalty: float) -> Float[Tensor, ""]:
    r"""1/E sum_e R_e + beta Var_e(R_e), over the E environments present; the variance is 1/E sum_e (R_e - mean)^2.

    The published objective has sum_e R_e in the first place: its beta is E times this one. From minibatches the
    variance is too large by the risks' own sampling variance.

    Raises:
        ValueError: a negative beta, or fewer than two environments in the batch.

    Source: Krueger et al. 2021 (arXiv 2003.00688), V-REx.
    """
    check_penalty(penalty)
    by_environment = several_risks(risks, "risks")
    return by_environment.mean() + penalty * by_environment.var(correction=0)
