"""Losses and their slopes in the scale of the score: against autograd with an explicit scale, and their grouping."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from identifiability.objectives import (
    SIMILARITIES,
    Risks,
    Tokens,
    class_risks,
    logistic_risks,
    similarity_matrix,
    squared_risks,
)

EXAMPLES, CLASSES = 12, 3


def codes(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def assert_slopes(risks, scaled_losses, inputs):
    """Slopes are d/dw of the losses at w = 1, and so are their gradients (second derivatives of the losses)."""
    scale = torch.ones(EXAMPLES, dtype=torch.float64, requires_grad=True)
    losses = scaled_losses(scale)
    torch.testing.assert_close(risks.losses, losses, rtol=1e-12, atol=1e-12)
    (slopes,) = torch.autograd.grad(losses.sum(), scale, create_graph=True)
    torch.testing.assert_close(risks.slopes, slopes, rtol=1e-12, atol=1e-12)
    cotangent = codes(9, EXAMPLES)
    ours = torch.autograd.grad(risks.slopes @ cotangent, inputs, retain_graph=True)
    theirs = torch.autograd.grad(slopes @ cotangent, inputs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("prior", [False, True])
def test_slopes_of_the_class_cross_entropy(similarity, prior):
    f, g = codes(0, EXAMPLES, 4).requires_grad_(), codes(1, CLASSES, 4).requires_grad_()
    tokens = Tokens(torch.arange(EXAMPLES) % CLASSES)
    log_prior = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64).log() if prior else None
    options = {"temperature": 0.5, "similarity": similarity}
    risks = class_risks(f, g, tokens, log_prior=log_prior, **options)
    scores = similarity_matrix(f, g, **options) + (log_prior if prior else 0.0)
    assert_slopes(risks, lambda w: cross_entropy(w[:, None] * scores, tokens.classes, reduction="none"), (f, g))
    assert (risks.environments == 0).all()


def test_slopes_of_the_squared_error():
    prediction, target = codes(2, EXAMPLES).requires_grad_(), codes(3, EXAMPLES)
    risks = squared_risks(prediction, target, torch.zeros(EXAMPLES, dtype=torch.int64))
    assert_slopes(risks, lambda w: (w * prediction - target) ** 2, (prediction,))


def test_slopes_of_the_logistic_loss():
    logit, target = codes(4, EXAMPLES).requires_grad_(), (torch.arange(EXAMPLES) % 2).double()
    risks = logistic_risks(logit, target, torch.zeros(EXAMPLES, dtype=torch.int64))
    assert_slopes(
        risks,
        lambda w: -target * (w * logit).sigmoid().log() - (1 - target) * (-w * logit).sigmoid().log(),
        (logit,),
    )


def test_two_classes_are_the_logistic_loss():
    logit, target = codes(5, EXAMPLES), torch.arange(EXAMPLES) % 2
    g = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    environments = torch.zeros(EXAMPLES, dtype=torch.int64)
    of_classes = class_risks(logit[:, None], g, Tokens(target))
    of_logit = logistic_risks(logit, target.double(), environments)
    torch.testing.assert_close(of_classes.losses, of_logit.losses)
    torch.testing.assert_close(of_classes.slopes, of_logit.slopes)


def test_an_offset_of_each_image_changes_neither_loss_nor_slope():
    scores, own = codes(6, EXAMPLES, CLASSES), codes(7, EXAMPLES, 1)
    tokens, g = Tokens(torch.arange(EXAMPLES) % CLASSES), torch.eye(CLASSES, dtype=torch.float64)
    plain, lifted = class_risks(scores, g, tokens), class_risks(scores + own, g, tokens)
    torch.testing.assert_close(plain.losses, lifted.losses)
    torch.testing.assert_close(plain.slopes, lifted.slopes)


def test_environments_are_grouped_with_their_weights():
    losses = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0])
    environments, weights = torch.tensor([3, 0, 3, 1, 0]), torch.tensor([1.0, 1.0, 3.0, 0.0, 2.0])
    risks = Risks(losses, losses, environments, weights)
    assert list(risks.groups()) == [0, 3]  # environment 1 has no weight: it is absent
    assert risks.groups()[3][0].tolist() == [0, 2]
    torch.testing.assert_close(risks.groups()[3][1], torch.tensor([0.25, 0.75]))
    torch.testing.assert_close(risks.by_environment, torch.tensor([34 / 3, 13 / 4]))
    assert risks.mean.item() == pytest.approx((1 + 2 + 12 + 32) / 7)
    equal = Risks(losses, losses, environments)
    torch.testing.assert_close(equal.by_environment, torch.tensor([9.0, 8.0, 2.5]))
    assert equal.mean.item() == pytest.approx(31 / 5)


def test_weights_get_no_gradient():
    losses = torch.ones(2, requires_grad=True)
    weights = torch.tensor([1.0, 2.0], requires_grad=True)
    risks = Risks(losses, losses, torch.tensor([0, 1]), weights)
    (risks.mean + risks.by_environment.sum()).backward()
    assert weights.grad is None
    torch.testing.assert_close(losses.grad, torch.tensor([4 / 3, 5 / 3]))


def test_half_precision_and_autocast_score_in_single_precision():
    f, g = (part.to(torch.bfloat16) for part in (codes(8, EXAMPLES, 4), codes(9, CLASSES, 4)))
    tokens = Tokens(torch.arange(EXAMPLES) % CLASSES)
    exact = class_risks(f.float(), g.float(), tokens)
    for dtype, autocast in ((torch.bfloat16, False), (torch.bfloat16, True), (torch.float32, True)):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            risks = class_risks(f.to(dtype), g.to(dtype), tokens)
            assert risks.losses.dtype == torch.float32
            assert torch.equal(risks.losses, exact.losses)
            assert torch.equal(risks.slopes, exact.slopes)
            assert risks.mean.item() == exact.mean.item()
            assert torch.equal(risks.by_environment, exact.by_environment)


LOSSES, ENVIRONMENTS = torch.ones(3), torch.zeros(3, dtype=torch.int64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slopes": torch.ones(2)}, r"shapes are .*'slopes': \(2,\).*entry i is of example i"),
        ({"losses": torch.ones(0), "slopes": torch.ones(0), "environments": torch.ones(0)}, "one .K,. with K >= 1"),
        ({"environments": torch.zeros(3)}, r"environments are torch.float32 from 0.0 on; expected torch.int64"),
        ({"environments": torch.tensor([0, -2, 0])}, r"torch.int64 from -2 on; .*number laws"),
        ({"weights": torch.tensor([1.0, -1.0, math.nan])}, "2 of 3 weights are negative or not finite"),
        ({"weights": torch.zeros(3)}, "their sum is 0; expected finite ones, none negative, not all 0"),
    ],
)
def test_bad_risks_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Risks(**{"losses": LOSSES, "slopes": LOSSES, "environments": ENVIRONMENTS, **change})


def test_classes_beyond_the_vocabulary_are_refused():
    with pytest.raises(ValueError, match=r"2 images and 2 class captions with 2 tokens up to class 2.*for each class"):
        class_risks(torch.zeros(2, 1), torch.zeros(2, 1), Tokens(torch.tensor([0, 2])))


def test_targets_that_are_no_labels_are_refused():
    with pytest.raises(ValueError, match=r"targets run from -1 to 1; expected probabilities.*no minimum"):
        logistic_risks(torch.zeros(2), torch.tensor([-1.0, 1.0]), torch.zeros(2, dtype=torch.int64))
