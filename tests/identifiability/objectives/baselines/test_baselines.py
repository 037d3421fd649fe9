"""The other baselines: each against its formula written out, on regressions with two or more environments."""

import itertools

import numpy as np
import pytest
import torch

from identifiability.objectives import Risks, squared_risks
from identifiability.objectives.baselines import GroupDRO, and_mask, coral, erm, iga, shuffled_contexts, vrex

EXAMPLES = 12
ENVIRONMENTS = torch.tensor([0, 2, 5]).repeat(4)
WEIGHTS = torch.linspace(0.5, 2.0, EXAMPLES, dtype=torch.float64)


def draw(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def regression(weights=None, environments=ENVIRONMENTS):
    """Risks of a linear map with a bias; the parameters; and the gradients of each environment by hand."""
    inputs, target = draw(0, EXAMPLES, 2), draw(1, EXAMPLES)
    slope, bias = draw(2, 2).requires_grad_(), draw(3).requires_grad_()
    residual = inputs @ slope + bias - target
    gradients = []
    for environment in environments.unique():
        own = environments == environment
        share = torch.ones_like(target)[own] if weights is None else weights[own]
        share = share / share.sum()
        gradients.append(
            torch.cat([2 * (share * residual[own]) @ inputs[own], 2 * (share * residual[own]).sum()[None]])
        )
    risks = squared_risks(inputs @ slope + bias, target, environments, weights)
    return risks, (slope, bias), torch.stack(gradients)


weightings = pytest.mark.parametrize("weights", [None, WEIGHTS])


@weightings
def test_erm_ignores_environments(weights):
    risks, _, _ = regression(weights)
    expected = np.average(risks.losses.detach(), weights=weights)
    assert erm(risks).item() == pytest.approx(expected, rel=1e-12)


@weightings
def test_vrex_is_mean_and_variance_of_the_risks(weights):
    risks, _, _ = regression(weights)
    values = risks.by_environment.detach().numpy()
    assert vrex(risks, penalty=3.0).item() == pytest.approx(values.mean() + 3 * np.var(values), rel=1e-12)


@weightings
def test_iga_is_mean_risk_and_trace_of_the_covariance_of_gradients(weights):
    risks, parameters, gradients = regression(weights)
    expected = risks.by_environment.mean() + 2.0 * np.trace(np.cov(gradients.detach().T, bias=True))
    assert iga(risks, parameters=parameters, penalty=2.0).item() == pytest.approx(expected.item(), rel=1e-12)


def test_gradient_of_iga_holds_the_second_derivatives():
    inputs, target = draw(4, EXAMPLES, 2), draw(5, EXAMPLES)

    def loss(slope):
        prediction = (inputs @ slope).sin()
        return iga(squared_risks(prediction, target, ENVIRONMENTS), parameters=[slope], penalty=2.0)

    assert torch.autograd.gradcheck(loss, draw(6, 2).requires_grad_())


@weightings
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 1.0])
def test_and_mask_keeps_the_mean_gradient_where_signs_agree(weights, threshold):
    risks, parameters, gradients = regression(weights)
    loss = and_mask(risks, parameters=parameters, threshold=threshold)
    assert loss.item() == pytest.approx(risks.by_environment.mean().item(), rel=1e-12)
    loss.backward()
    agreement = gradients.sign().sum(0).abs() / 3
    expected = torch.where(agreement >= threshold, gradients.mean(0), 0.0).detach()
    torch.testing.assert_close(torch.cat([parameters[0].grad, parameters[1].grad[None]]), expected)


def test_the_mask_has_both_values_here():
    """Two of three gradients agree on one parameter, all on another: thresholds .5 and 1 differ."""
    _, _, gradients = regression()
    assert set(gradients.sign().sum(0).abs().tolist()) == {1.0, 3.0}


def test_a_parameter_that_the_risks_do_not_use_has_gradient_zero():
    risks, parameters, _ = regression()
    idle = torch.ones(3, dtype=torch.float64, requires_grad=True)
    and_mask(risks, parameters=[*parameters, idle], threshold=0.0).backward()
    assert idle.grad.tolist() == [0.0] * 3


def test_group_dro_raises_the_weights_of_high_risks_and_remembers():
    dro, losses = GroupDRO(3, step=0.5), torch.tensor([1.0, 3.0, 2.0, 2.0], requires_grad=True)
    environments = torch.tensor([0, 0, 2, 2])
    risks = Risks(losses, losses, environments)
    loss = dro(risks)
    expected = np.exp([0.5 * 2.0, 0.0, 0.5 * 2.0])  # environment 1 is absent: it counts as of risk 0
    expected /= expected.sum()
    np.testing.assert_allclose(dro.shares, expected, rtol=1e-12)
    assert loss.item() == pytest.approx(2 * expected[0] + 2 * expected[2])
    (gradient,) = torch.autograd.grad(loss, losses)
    np.testing.assert_allclose(gradient, expected[[0, 0, 2, 2]] / 2, rtol=1e-6)
    dro(Risks(torch.tensor([5.0, 0.0]), torch.zeros(2), torch.tensor([1, 2])))
    second = expected * np.exp([0.0, 2.5, 0.0])
    np.testing.assert_allclose(dro.shares, second / second.sum(), rtol=1e-12)


def test_group_dro_in_evaluation_changes_nothing_and_is_saved():
    dro, risks = GroupDRO(2, step=1.0), Risks(torch.tensor([1.0, 4.0]), torch.zeros(2), torch.tensor([0, 1]))
    dro(risks)
    before = dro.shares.tolist()
    value = dro.eval()(risks).item()
    assert dro.shares.tolist() == before
    other = GroupDRO(2, step=1.0).eval()
    other.load_state_dict(dro.state_dict())
    assert other(risks).item() == value


def test_group_dro_ends_at_the_worst_environment_however_long_it_runs():
    dro, risks = GroupDRO(2, step=10.0), Risks(torch.tensor([100.0, 101.0]), torch.zeros(2), torch.tensor([0, 1]))
    for _ in range(200):
        loss = dro(risks)
    assert loss.item() == pytest.approx(101.0)
    np.testing.assert_allclose(dro.shares, [0, 1], atol=1e-12)


@weightings
def test_coral_compares_means_and_covariances_of_all_pairs(weights):
    risks, _, _ = regression(weights)
    features, moments = draw(7, EXAMPLES, 3), []
    for environment in ENVIRONMENTS.unique():
        own = (environment == ENVIRONMENTS).numpy()
        share = None if weights is None else weights[own].numpy()
        moments.append(
            (np.average(features[own], axis=0, weights=share), np.cov(features[own], rowvar=False, aweights=share))
        )
    distances = [
        ((a[0] - b[0]) ** 2).mean() + ((a[1] - b[1]) ** 2).mean() for a, b in itertools.combinations(moments, 2)
    ]
    expected = risks.by_environment.mean().item() + 4.0 * np.mean(distances)
    assert coral(risks, features=features, penalty=4.0).item() == pytest.approx(expected, rel=1e-12)
    shifted = coral(risks, features=features + 5.0, penalty=4.0).item()
    assert shifted == pytest.approx(expected, rel=1e-9)


def test_coral_of_equal_features_is_the_mean_risk_and_gradients_reach_the_features():
    environments = torch.tensor([0, 1]).repeat_interleave(3)
    features = draw(8, 3, 2).repeat(2, 1).requires_grad_()
    risks = Risks(torch.arange(6.0), torch.zeros(6), environments)
    assert coral(risks, features=features, penalty=9.0).item() == pytest.approx(2.5)
    moved = features + environments[:, None]
    (gradient,) = torch.autograd.grad(coral(risks, features=moved, penalty=9.0), features)
    assert (gradient != 0).all()


ONE = Risks(torch.ones(2), torch.ones(2), torch.tensor([4, 4]))
PARAMETERS = [torch.ones(1, requires_grad=True)]


@pytest.mark.parametrize(
    ("loss", "compared"),
    [
        (lambda: vrex(ONE, penalty=1.0), "risks"),
        (lambda: iga(ONE, parameters=PARAMETERS, penalty=1.0), "gradients"),
        (lambda: and_mask(ONE, parameters=PARAMETERS, threshold=1.0), "gradients"),
        (lambda: coral(ONE, features=torch.ones(2, 1), penalty=1.0), "features"),
    ],
)
def test_one_environment_is_refused_where_environments_are_compared(loss, compared):
    with pytest.raises(ValueError, match=rf"are of environment 4; expected at least 2 .*{compared} are compared.*ERM"):
        loss()


TWO = Risks(torch.ones(3), torch.ones(3), torch.tensor([0, 0, 1]))
THREE = Risks(torch.ones(3), torch.ones(3), torch.arange(3))


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda: vrex(TWO, penalty=-1.0), r"penalty is -1.0; expected a number from 0 on"),
        (lambda: iga(TWO, parameters=[], penalty=1.0), r"no parameters were given.*gradients are compared"),
        (lambda: iga(TWO, parameters=PARAMETERS, penalty=-1.0), r"penalty is -1.0"),
        (lambda: and_mask(TWO, parameters=PARAMETERS, threshold=1.5), r"threshold is 1.5; expected .*cannot exceed 1"),
        (lambda: coral(TWO, features=torch.ones(2, 1), penalty=1.0), r"2 rows of features for 3 losses"),
        (lambda: coral(TWO, features=torch.ones(3, 1), penalty=1.0), r"environment 1 has 1 example.*sample covariance"),
        (lambda: GroupDRO(1, step=1.0), r"1 environments and step 1.0; expected at least two"),
        (lambda: GroupDRO(2, step=0.0), r"step 0.0; .*no weight"),
        (lambda: GroupDRO(2, step=1.0)(THREE), r"environment 2 is in the batch; expected numbers below 2"),
    ],
)
def test_bad_arguments_are_refused(loss, message):
    with pytest.raises(ValueError, match=message):
        loss()


@pytest.mark.parametrize("within", [True, False])
def test_shuffling_permutes_contexts_within_environments(within):
    environments = torch.arange(2).repeat_interleave(50)
    contexts = torch.stack([torch.arange(100), environments], dim=1)

    def shuffled():
        generator = torch.Generator().manual_seed(10)
        return shuffled_contexts(contexts, environments if within else None, generator=generator)

    result = shuffled()
    assert torch.equal(result, shuffled())
    assert result[:, 0].sort().values.tolist() == list(range(100))  # rows whole, none lost
    assert torch.equal(result[:, 1], (result[:, 0] >= 50).long())
    assert torch.equal(result[:, 1], environments) == within
    assert (result[:, 0] == contexts[:, 0]).sum() < 20
    assert contexts[:, 0].tolist() == list(range(100))
