"""Correlation alignment: equal means and covariances of the features in every environment."""

from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.baselines.conditions import check_penalty, several_risks
from identifiability.objectives.risks import Risks


def coral(risks: Risks, *, features: Float[Tensor, "K d"], penalty: float) -> Float[Tensor, ""]:
    r"""1/E sum_e R_e + gamma times the mean over pairs of environments of mean (mu - mu')^2 + mean (C - C')^2.

    mu and C are mean and covariance of the features of an environment (sample covariance, with n - 1; for weights,
    1 - sum a_i^2), and squares are averaged over the d or d^2 entries. It asks that the law of the features be one,
    which is not what IRM asks: where p_e(y) varies, aligned features cannot predict y.

    Args:
        risks: of all environments.
        features: of the examples, row i of example i.
        penalty: gamma, not negative.

    Raises:
        ValueError: a negative gamma, another number of features, fewer than two environments, or one example in one.

    Source: Sun & Saenko 2016 (arXiv 1607.01719), with means as in Gulrajani & Lopez-Paz 2020 (DomainBed).
    """
    check_penalty(penalty)
    if len(features) != len(risks.losses):
        raise ValueError(f"{len(features)} rows of features for {len(risks.losses)} losses; expected one of each")
    by_environment = several_risks(risks, "features")
    moments = [
        _mean_and_covariance(number, features[index], share) for number, (index, share) in risks.groups().items()
    ]
    distances = [
        (mean - other_mean).square().mean() + (covariance - other_covariance).square().mean()
        for (mean, covariance), (other_mean, other_covariance) in combinations(moments, 2)
    ]
    return by_environment.mean() + penalty * torch.stack(distances).mean()


def _mean_and_covariance(environment: int, features: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    if len(features) < 2:
        raise ValueError(
            f"environment {environment} has 1 example of positive weight in this batch; expected at least 2, because "
            "one has no sample covariance"
        )
    with torch.autocast(features.device.type, enabled=False):
        features = features.to(share)
        mean = share @ features
        centred = features - mean
        return mean, (share[:, None] * centred).T @ centred / (1 - share.square().sum())
