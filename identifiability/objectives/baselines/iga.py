"""Inter-environmental gradient alignment."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.baselines.conditions import check_penalty
from identifiability.objectives.baselines.gradients import risks_and_gradients
from identifiability.objectives.risks import Risks


def iga(risks: Risks, *, parameters: Sequence[Tensor], penalty: float) -> Float[Tensor, ""]:
    r"""1/E sum_e R_e + lambda 1/E sum_e |grad R_e - mean gradient|^2, the trace of the gradients' covariance over e.

    Needs second derivatives: risks of scores by plain autograd, as `class_risks` has. Published code sums over e in
    the second term: its lambda is 1/E of this one.

    Args:
        risks: of all environments.
        parameters: of the predictor, with respect to which gradients are taken.
        penalty: lambda, not negative.

    Raises:
        ValueError: a negative lambda, no parameters, or fewer than two environments in the batch.

    Source: Koyama & Yamaguchi 2020 (arXiv 2008.01883), IGA.
    """
    check_penalty(penalty)
    by_environment, gradients = risks_and_gradients(risks, parameters, create_graph=True)
    spread = sum((own - own.mean(0)).square().sum() for own in gradients)
    return by_environment.mean() + penalty / len(by_environment) * spread
