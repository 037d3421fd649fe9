"""The IRMv1 penalty of a minibatch against the exact one: enumerate every minibatch and take its expectation."""

import inspect
from itertools import product

import numpy as np
import pytest
import torch

from identifiability.exact.invariance.irmv1 import irmv1_penalty
from identifiability.exact.random_laws import random_law
from identifiability.objectives import Risks, Tokens, class_risks
from identifiability.objectives.baselines import ESTIMATORS, erm, irmv1, irmv1_penalties

ENVIRONMENTS, IMAGES, CLASSES = 2, 2, 2


def table(seed):
    """pi_e p_e(x, y) and scores s(x, y)."""
    rng = np.random.default_rng(seed)
    return random_law(ENVIRONMENTS, IMAGES, CLASSES, rng=rng), rng.standard_normal((IMAGES, CLASSES))


def whole_law(joint, scores):
    """Every cell (e, x, y) as an example weighted by its probability: the law itself as a data set."""
    cells = torch.tensor(np.argwhere(joint >= 0))
    tokens = Tokens(cells[:, 2], environments=cells[:, 0])
    weights = torch.tensor(joint.ravel())
    return class_risks(torch.tensor(scores)[cells[:, 1]], torch.eye(CLASSES, dtype=torch.float64), tokens, weights)


def enumerated(joint, scores, environment, size, estimator, weights=None):
    """E[estimate of D_e] and Var(slope) over all minibatches of independent examples of one environment."""
    law = joint[environment].ravel() / joint[environment].sum()
    cells = torch.tensor(list(np.ndindex(IMAGES, CLASSES)))
    risks = class_risks(torch.tensor(scores)[cells[:, 0]], torch.eye(CLASSES, dtype=torch.float64), Tokens(cells[:, 1]))
    slopes, expectation, lowest = risks.slopes.numpy(), 0.0, np.inf
    for batch in product(range(len(law)), repeat=size):
        chosen = torch.tensor(batch)
        own = Risks(risks.losses[chosen], risks.slopes[chosen], torch.zeros(size, dtype=torch.int64), weights)
        estimate = irmv1_penalties(own, estimator=estimator).item()
        expectation, lowest = expectation + law[chosen].prod() * estimate, min(lowest, estimate)
    return expectation, law @ slopes**2 - (law @ slopes) ** 2, lowest


@pytest.mark.parametrize("seed", range(3))
def test_on_the_whole_law_the_biased_estimate_is_the_exact_penalty(seed):
    joint, scores = table(seed)
    penalties = irmv1_penalties(whole_law(joint, scores), estimator="biased")
    assert penalties.shape == (ENVIRONMENTS,)
    assert penalties.sum().item() == pytest.approx(irmv1_penalty(joint, scores), rel=1e-12)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_expectations_over_all_minibatches(size):
    """E[unbiased] = E[halves] = D_e and E[biased] = D_e + Var(slope) / n."""
    joint, scores = table(0)
    exact = irmv1_penalties(whole_law(joint, scores), estimator="biased").tolist()
    for environment in range(ENVIRONMENTS):
        expected = {estimator: enumerated(joint, scores, environment, size, estimator) for estimator in ESTIMATORS}
        for estimator in ("unbiased", "halves"):
            assert expected[estimator][0] == pytest.approx(exact[environment], abs=1e-12)
            assert expected[estimator][2] < -1e-3  # some minibatch has a negative estimate
        biased, variance, lowest = expected["biased"]
        assert biased == pytest.approx(exact[environment] + variance / size, abs=1e-12)
        assert lowest >= 0
        assert variance > 1e-2


def test_given_weights_keep_the_unbiased_estimates_unbiased():
    joint, scores = table(1)
    exact = irmv1_penalties(whole_law(joint, scores), estimator="biased").tolist()[0]
    weights = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    for estimator in ("unbiased", "halves"):
        assert enumerated(joint, scores, 0, 3, estimator, weights)[0] == pytest.approx(exact, abs=1e-12)
    share = weights / weights.sum()
    biased, variance, _ = enumerated(joint, scores, 0, 3, "biased", weights)
    assert biased == pytest.approx(exact + variance * share.square().sum().item(), abs=1e-12)


def test_halves_are_one_of_the_splittings_that_unbiased_averages_over():
    slopes = torch.randn(6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    environments = torch.zeros(6, dtype=torch.int64)
    splits = []
    for order in product(range(6), repeat=3):
        if len(set(order)) == 3:
            rest = [i for i in range(6) if i not in order]
            interleaved = torch.tensor([i for pair in zip(order, rest, strict=True) for i in pair])
            splits.append(irmv1_penalties(Risks(slopes, slopes[interleaved], environments), estimator="halves"))
    unbiased = irmv1_penalties(Risks(slopes, slopes, environments), estimator="unbiased")
    assert len(splits) == 120
    assert torch.stack(splits).mean().item() == pytest.approx(unbiased.item(), rel=1e-12)
    assert torch.stack(splits).std() > 0.01


def test_value_is_the_mean_over_environments_of_risk_and_penalty():
    joint, scores = table(3)
    risks = whole_law(joint, scores)
    value = irmv1(risks, penalty=5.0, estimator="biased").item()
    by_environment = risks.by_environment
    expected = by_environment.sum().item() + 5.0 * irmv1_penalty(joint, scores)
    assert value == pytest.approx(expected / ENVIRONMENTS, rel=1e-12)
    assert irmv1(risks, penalty=0.0).item() == pytest.approx(by_environment.mean().item(), rel=1e-12)
    masses = torch.tensor(joint.sum((1, 2)))
    assert erm(risks).item() == pytest.approx((masses @ by_environment).item(), rel=1e-12)  # pooled: not the same mean


def test_gradient_is_that_of_the_squared_derivative_in_an_explicit_scale():
    joint, scores = table(4)
    table_of_scores = torch.tensor(scores, requires_grad=True)
    cells = torch.tensor(np.argwhere(joint >= 0))
    weights, tokens = torch.tensor(joint.ravel()), Tokens(cells[:, 2], environments=cells[:, 0])
    captions = torch.eye(CLASSES, dtype=torch.float64)
    ours = irmv1_penalties(
        class_risks(table_of_scores[cells[:, 1]], captions, tokens, weights), estimator="biased"
    ).sum()
    explicit = torch.zeros(())
    for environment in range(ENVIRONMENTS):
        own = cells[:, 0] == environment
        scale = torch.ones((), dtype=torch.float64, requires_grad=True)
        log_posterior = (scale * table_of_scores[cells[own, 1]]).log_softmax(1)
        losses = -log_posterior.gather(1, cells[own, 2:])[:, 0]
        risk = weights[own] @ losses / weights[own].sum()
        explicit = explicit + torch.autograd.grad(risk, scale, create_graph=True)[0] ** 2
    torch.testing.assert_close(
        *(torch.autograd.grad(penalty, table_of_scores)[0] for penalty in (ours, explicit)), rtol=1e-10, atol=1e-14
    )


def test_zero_scores_have_no_penalty_and_one_environment_is_refused():
    risks = Risks(torch.ones(3), torch.zeros(3), torch.full((3,), 7))
    for estimator in ESTIMATORS:
        assert irmv1_penalties(risks, estimator=estimator).tolist() == [0.0]
        with pytest.raises(ValueError, match="of environment 7; expected at least 2 environments in every batch"):
            irmv1(risks, penalty=3.0, estimator=estimator)


def test_an_environment_with_one_example_has_no_unbiased_penalty():
    risks = Risks(torch.ones(4), torch.ones(4), torch.tensor([0, 0, 6, 6]), torch.tensor([1.0, 1.0, 1.0, 0.0]))
    assert irmv1_penalties(risks, estimator="biased").tolist() == [1.0, 1.0]
    for estimator in ("unbiased", "halves"):
        with pytest.raises(ValueError, match=rf'environment 6 has 1 example .*at least 2.*"{estimator}"'):
            irmv1_penalties(risks, estimator=estimator)


def test_bad_arguments_are_refused():
    risks = Risks(torch.ones(2), torch.ones(2), torch.zeros(2, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"penalty is -1.0; expected a number from 0 on.*rewards"):
        irmv1(risks, penalty=-1.0)
    with pytest.raises(ValueError, match=r"'exact' is unknown; expected one of biased, unbiased, halves"):
        inspect.unwrap(irmv1_penalties)(risks, estimator="exact")
