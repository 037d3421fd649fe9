"""Invariant risk minimisation, version 1, with three estimators of its penalty from a minibatch."""

from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.baselines.conditions import check_penalty, several_risks
from identifiability.objectives.risks import Risks

Estimator = Literal["biased", "unbiased", "halves"]

ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)


def irmv1(risks: Risks, *, penalty: float, estimator: Estimator = "unbiased") -> Float[Tensor, ""]:
    r"""1/E sum_e [R_e + lambda D_e], over the E environments present, D_e as in `irmv1_penalties`.

    The objective of the paper divided by E, so that lambda means the same. Environments count equally, whatever their
    mass. The published code moreover divides by lambda where lambda > 1; do that by the learning rate if you want it.

    Args:
        risks: of all environments.
        penalty: lambda, not negative; anneal it from outside.
        estimator: of D_e; "unbiased" and "halves" can be negative.

    Raises:
        ValueError: a negative lambda, fewer than two environments in the batch, and as `irmv1_penalties`.

    Source: Arjovsky et al. 2019 (arXiv 1907.02893), IRMv1.
    """
    check_penalty(penalty)
    return several_risks(risks, "optimal scales").mean() + penalty * irmv1_penalties(risks, estimator=estimator).mean()


def irmv1_penalties(risks: Risks, *, estimator: Estimator = "unbiased") -> Float[Tensor, " environments"]:
    r"""Estimates of D_e = (d/dw R_e(w * score))^2 at w = 1 for each environment present, from its slopes s_i.

    biased: (sum_i a_i s_i)^2, whose mean over minibatches of n is D_e + Var(s) / n: never negative, but its gradient
    also shrinks the variance of the slopes. For a whole data set, taken as the law, it is exact.
    unbiased: [(sum_i a_i s_i)^2 - sum_i a_i^2 s_i^2] / (1 - sum_i a_i^2), the mean of s_i s_j over i != j.
    halves: the product of the mean slopes of every other example and of the rest: one of the splittings that
    "unbiased" averages over, so unbiased too and of larger variance.

    a_i = w_i / sum w. The last two have mean D_e for examples drawn independently (given the weights, if any) and are
    negative on some minibatches; their minimum over parameters on ONE fixed batch is not a minimum of anything.

    Raises:
        ValueError: unknown estimator, or an environment with one example where two are needed.

    Source: Arjovsky et al. 2019, section 3.1; products of two halves as in Gulrajani & Lopez-Paz 2020 (DomainBed).
    """
    if estimator not in ESTIMATORS:
        raise ValueError(f"estimator {estimator!r} is unknown; expected one of {', '.join(ESTIMATORS)}")
    return torch.stack(
        [_penalty(number, risks.slopes[index], share, estimator) for number, (index, share) in risks.groups().items()]
    )


def _penalty(
    environment: int, slopes: Float[Tensor, " examples"], share: Float[Tensor, " examples"], estimator: Estimator
) -> Float[Tensor, ""]:
    product = share * slopes
    if estimator == "biased":
        return product.sum().square()
    if len(slopes) < 2:
        raise ValueError(
            f"environment {environment} has 1 example of positive weight in this batch; expected at least 2, because "
            f'the estimator "{estimator}" multiplies slopes of different examples: one gives no unbiased square'
        )
    if estimator == "unbiased":
        return (product.sum().square() - product.square().sum()) / (1 - share.square().sum())
    first, second = (product[start::2].sum() / share[start::2].sum() for start in (0, 1))
    return first * second
