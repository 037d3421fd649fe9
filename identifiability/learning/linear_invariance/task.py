"""What a linear predictor trains on: several data seeds of one unit test, as exact laws or as samples."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.polynomial.hermite_e import hermegauss
from torch import Tensor

from identifiability.exact.linear_invariance import classification_error, mean_squared_error
from identifiability.objectives.risks import logistic_risks, squared_risks
from scm.environments import balancing_weights
from scm.unit_tests import CauseAndEffect, Mixture, MixtureTest, UnitTest

NODES = 16  # of the Gauss-Hermite rule for the score of one Gaussian component


class EnvironmentRisks(NamedTuple):
    """Risk of each environment, and its derivatives in a factor (at 1) and an offset (at 0) of the score."""

    losses: Tensor
    slopes: Tensor
    offsets: Tensor


@dataclass(frozen=True, eq=False)
class LinearTask:
    """Environments of S data seeds: scores <theta, design row>, weighted losses summed to the environment's risk.

    Attributes:
        design: rows (1, x), or with it the mean of a Gaussian component; (S, E, c, v).
        target: labels, (S, E, c).
        weights: of the rows, (S, E, c); of sum 1 in an environment unless the rows stand for second moments.
        spread: matrices D with |D w| the standard deviation of a component's score at weights w, (S, d, d), or None
            where rows are points.
        squared: squared loss in place of the logistic one.
    """

    design: Float[Tensor, "S E c v"]
    target: Float[Tensor, "S E c"]
    weights: Float[Tensor, "S E c"]
    spread: Float[Tensor, "S d d"] | None = None
    squared: bool = False

    def risks(self, parameters: Float[Tensor, "S H E v"]) -> EnvironmentRisks:
        """Risks, each (S, H, E), of H parameter vectors a seed, one copy for each environment; (offset, weights)."""
        scores = torch.einsum("secv,shev->shec", self.design, parameters)[..., None]
        shares = self.weights[:, None, :, :, None]
        if self.spread is not None:
            nodes, node_weights = _gauss_hermite()
            deviation = torch.einsum("sij,shej->shei", self.spread, parameters[..., 1:]).norm(dim=-1)
            scores = scores + deviation[..., None, None] * nodes
            shares = shares * node_weights
        target = self.target[:, None, :, :, None].expand(scores.shape).reshape(-1)
        flat, one = scores.reshape(-1), torch.zeros(scores.numel(), dtype=torch.int64)  # grouped below, seed by seed
        if self.squared:
            risks, derivative = squared_risks(flat, target, one), 2 * (flat - target)
        else:
            risks, derivative = logistic_risks(flat, target, one), flat.sigmoid() - target

        def summed(values: Tensor) -> Tensor:
            return (values.reshape(scores.shape) * shares).sum((3, 4))

        constant = self.design[:, None, :, :, :1]
        offsets = (derivative.reshape(scores.shape) * constant * shares).sum((3, 4))
        return EnvironmentRisks(summed(risks.losses), summed(risks.slopes), offsets)


def population_task(problems: Sequence[UnitTest], *, shuffled: bool = False) -> LinearTask:
    """The exact laws: infinitely many examples.

    Regression: the rows of a Cholesky factor of E[v v^T], on which squared losses sum to the risk exactly.
    Classification: Gaussian components, integrated over the score by a Gauss-Hermite rule.
    """
    if isinstance(problems[0], MixtureTest):
        laws = [_mixtures(problem, shuffled) for problem in problems if isinstance(problem, MixtureTest)]
        means = _stack([[np.column_stack([np.ones(len(m.means)), m.means]) for m in law] for law in laws])
        turns = _stack([_augmented(problem.scramble) for problem in problems])
        return LinearTask(
            design=torch.einsum("secv,svw->secw", means, turns),
            target=_stack([[m.labels for m in law] for law in laws]),
            weights=_stack([[m.weights for m in law] for law in laws]),
            spread=_stack([law[0].noise[:, None] * p.scramble for law, p in zip(laws, problems, strict=True)]),
        )
    factors = _stack([[_rows(p.moments(e, shuffled=shuffled)) for e in range(p.environments)] for p in problems])
    return LinearTask(factors[..., :-1], factors[..., -1], torch.ones_like(factors[..., -1]), squared=True)


def sampled_task(problems: Sequence[UnitTest], n: int, *, rng: np.random.Generator) -> LinearTask:
    """n examples of each environment of each problem, as the published experiments have."""
    draws = [[p.sample(n, e, rng=rng) for e in range(p.environments)] for p in problems]
    design = _stack([[np.column_stack([np.ones(n), x]) for x, _ in own] for own in draws])
    target = _stack([[y for _, y in own] for own in draws])
    squared = isinstance(problems[0], CauseAndEffect)
    return LinearTask(design, target, torch.full_like(target, 1 / n), squared=squared)


def balanced_task(problems: Sequence[MixtureTest]) -> LinearTask:
    """The exact laws, pairs weighted by p(y) p(s) / p(y, s) of the pooled environments.

    The context token s names the mean that the spurious coordinates have. ERM on it is token-balanced InfoNCE against
    class-only captions in the limit of many candidates, whose risk is the weighted logistic one, less the entropy of
    the class, at scores from which the log prior of the class is taken.

    Raises:
        ValueError: a context that occurs with one class only (`balancing_weights`: positivity).
    """
    weights = []
    for problem in problems:
        laws = [problem.mixture(e) for e in range(problem.environments)]
        spurious = np.concatenate([law.means[:, problem.n_inv :] for law in laws])
        tokens = np.unique(spurious, axis=0, return_inverse=True)[1].reshape(len(laws), -1)
        classes = np.stack([law.labels.astype(int) for law in laws])
        shares = np.stack([law.weights for law in laws])
        joint = np.zeros((2, tokens.max() + 1))
        np.add.at(joint, (classes, tokens), shares / len(laws))
        weights.append(shares * balancing_weights(joint)[classes, tokens])
    return replace(population_task(problems), weights=_stack(weights))


def exact_errors(
    problems: Sequence[UnitTest], parameters: Float[np.ndarray, "S H v"], *, shuffled: bool
) -> Float[np.ndarray, "S H E"]:
    """Exact mean squared error, or probability of a wrong class, in every environment."""
    rows = []
    for problem, own in zip(problems, parameters, strict=True):
        environments = range(problem.environments)
        if isinstance(problem, MixtureTest):
            laws = _mixtures(problem, shuffled)
            rows.append(np.stack([classification_error(law, problem.scramble, own) for law in laws], axis=-1))
        else:
            moments = [problem.moments(e, shuffled=shuffled) for e in environments]
            rows.append(np.stack([mean_squared_error(m, own) for m in moments], axis=-1))
    return np.stack(rows)


def _mixtures(problem: MixtureTest, shuffled: bool) -> list[Mixture]:
    law = problem.shuffled_mixture if shuffled else problem.mixture
    return [law(environment) for environment in range(problem.environments)]


def _rows(moments: Float[np.ndarray, "v v"]) -> Float[np.ndarray, "v v"]:
    return np.linalg.cholesky(moments).T


def _augmented(scramble: Float[np.ndarray, "d d"]) -> Float[np.ndarray, "v v"]:
    turn = np.eye(len(scramble) + 1)
    turn[1:, 1:] = scramble
    return turn


def _stack(values: Sequence[Any]) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float64))


@cache
def _gauss_hermite() -> tuple[Float[Tensor, "k"], Float[Tensor, "k"]]:
    nodes, weights = hermegauss(NODES)
    return torch.from_numpy(nodes), torch.from_numpy(weights / weights.sum())
