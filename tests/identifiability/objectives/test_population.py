"""Each objective is stationary at its population optimum and, where the context is spurious, at no other's.

The batch is all cells (y, c, s) of a law with c and s independent given y, weighted by their probability: negatives of
the batch are then those of the population. Images x = (c, s); the critic is a table, f its row and g an indicator.
"""

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from identifiability.exact.random_laws import random_law
from identifiability.objectives import (
    Tokens,
    balanced_infonce,
    full_infonce,
    hard_negative_infonce,
    mid_training,
    pruned_infonce,
    stratified_infonce,
    swapped_infonce,
    within_environment_infonce,
)

CLASSES, CONTENTS, CONTEXTS = 3, 4, 2
NEVER = -60.0  # a score for what never occurs: its optimum is -infinity


class Law:
    """p(y, c, s) = p(y) p(c | y) p(s | y), its cells as a batch, and the optima of tables s(x, y)."""

    def __init__(self, seed, classes=CLASSES):
        rng = np.random.default_rng(seed)
        self.prior = random_law(classes, rng=rng)
        self.content = np.stack([random_law(CONTENTS, rng=rng) for _ in range(classes)])
        self.context = np.stack([random_law(CONTEXTS, rng=rng) for _ in range(classes)])
        self.joint = np.einsum("y,yc,ys->ycs", self.prior, self.content, self.context)
        cells = torch.tensor(np.argwhere(self.joint > 0))
        self.classes, contents, self.contexts = cells.T
        self.images = contents * CONTEXTS + self.contexts
        self.weights = torch.tensor(self.joint.ravel())
        self.captions = self.classes * CONTEXTS + self.contexts
        self.tokens = Tokens(self.classes, self.contexts, torch.zeros_like(self.classes))
        self.law = self.joint.sum(1)
        by_image = self.joint.transpose(1, 2, 0).reshape(-1, classes)
        self.posterior = by_image / by_image.sum(1, keepdims=True)  # p(y | x)
        by_content = self.joint.sum(2).T
        by_content = by_content / by_content.sum(1, keepdims=True)
        self.of_class = (self.law / self.law.sum(0)).T[np.arange(CONTENTS * CONTEXTS) % CONTEXTS]  # p(y | s(x))
        self.optima = {
            pruned_infonce: np.log(self.posterior / self.prior),
            balanced_infonce: np.log(by_content / self.prior).repeat(CONTEXTS, axis=0),
            stratified_infonce: np.log(self.posterior / self.of_class),
        }

    def gradient(self, loss, table, **options):
        """Largest derivative of the population loss by an entry of the table, pruned captions."""
        table = torch.tensor(table, requires_grad=True)
        captions = one_hot(self.classes, len(self.prior)).double()
        loss(table[self.images], captions, self.tokens, self.weights, **options).backward()
        return table.grad.abs().max().item()

    def full(self, matched):
        """Scores of full captions (y, s'): `matched` at the image's own context, never elsewhere."""
        table = np.full((len(matched), len(self.prior), CONTEXTS), NEVER)
        own = np.arange(len(matched)) % CONTEXTS
        table[np.arange(len(matched)), :, own] = matched
        return table.reshape(len(matched), -1)

    def swapped_gradient(self, matched, proposal, *, swaps=1, exclude=False, **options):
        """As `gradient` for swapped captions, in expectation over the swaps: rows are all (cell, swaps).

        `proposal` has a row q(. | s) for each context. With `exclude`, q is restricted to classes that differ.
        """
        count = len(self.prior)
        table = torch.tensor(self.full(matched), requires_grad=True)
        swapped = torch.cartesian_prod(*[torch.arange(count)] * swaps).reshape(-1, swaps)
        pair = torch.arange(len(self.classes)).repeat_interleave(len(swapped))
        swapped = swapped.repeat(len(self.classes), 1)
        odds = torch.tensor(proposal)[self.contexts[pair][:, None].expand_as(swapped), swapped]
        if exclude:
            own = torch.tensor(proposal)[self.contexts[pair], self.classes[pair]]
            odds = odds * (swapped != self.classes[pair][:, None]) / (1 - own[:, None])
        weights = self.weights[pair] * odds.prod(1)
        captions = one_hot(self.captions, count * CONTEXTS).double()[pair]
        negatives = one_hot(swapped * CONTEXTS + self.contexts[pair][:, None], count * CONTEXTS).double()
        tokens = self.tokens.take(pair)
        loss = swapped_infonce(table[self.images[pair]], captions, tokens, weights, negatives=negatives, **options)
        loss.backward()
        return table.grad.abs().max().item()


seeds = pytest.mark.parametrize("seed", range(3))


@seeds
def test_pruned_balanced_and_stratified_each_have_an_optimum_of_their_own(seed):
    law = Law(seed)
    for loss in law.optima:
        for owner, table in law.optima.items():
            gradient = law.gradient(loss, table, **({"law": law.law} if loss is balanced_infonce else {}))
            assert gradient <= 1e-10 if owner is loss else gradient > 1e-4


@seeds
def test_image_to_text_alone_balanced_and_stratified_agree_and_pruned_does_not(seed):
    """Their optima differ by an offset a(x), which only the other direction sees."""
    law = Law(seed)
    for owner in (balanced_infonce, stratified_infonce):
        for loss in (balanced_infonce, stratified_infonce):
            assert law.gradient(loss, law.optima[owner], symmetric=False) <= 1e-10
        assert law.gradient(pruned_infonce, law.optima[owner], symmetric=False) > 1e-4
        assert law.gradient(owner, law.optima[pruned_infonce], symmetric=False) > 1e-4


@seeds
def test_frequencies_of_the_weighted_batch_are_the_law(seed):
    law = Law(seed)
    assert law.gradient(balanced_infonce, law.optima[balanced_infonce]) <= 1e-10


@seeds
def test_negatives_within_an_environment_that_shows_the_same_law_change_nothing(seed):
    law = Law(seed)
    assert law.gradient(within_environment_infonce, law.optima[pruned_infonce]) <= 1e-10
    assert law.gradient(within_environment_infonce, law.optima[balanced_infonce]) > 1e-4


@seeds
def test_full_captions_have_the_stratified_score_at_the_matched_context(seed):
    """log p(y, s | x) / p(y, s) = log p(y | x) / p(y | s) - log p(s) at s = s(x)."""
    law = Law(seed)
    captions = one_hot(law.captions, CLASSES * CONTEXTS).double()
    of_context = np.log(law.law.sum(0))[np.arange(CONTENTS * CONTEXTS) % CONTEXTS]
    gradients = []
    for owner in (stratified_infonce, pruned_infonce):
        matched = law.optima[owner] - of_context[:, None]
        table = torch.tensor(law.full(matched), requires_grad=True)
        full_infonce(table[law.images], captions, law.tokens, law.weights).backward()
        gradients.append(table.grad.abs().max().item())
    assert gradients[0] <= 1e-10
    assert gradients[1] > 1e-4


@seeds
@pytest.mark.parametrize("swaps", [1, 2])
@pytest.mark.parametrize("symmetric", [True, False])
def test_swapped_captions_divide_the_posterior_by_their_proposal(seed, swaps, symmetric):
    """q = p(y' | s): the stratified optimum. q uniform: log p(y | x), which is ERM."""
    law = Law(seed)
    conditional = (law.law / law.law.sum(0)).T
    uniform = np.full_like(conditional, 1 / CLASSES)
    options = {"swaps": swaps, "symmetric": symmetric}
    optima = {"conditional": law.optima[stratified_infonce], "uniform": np.log(law.posterior)}
    for name, proposal in {"conditional": conditional, "uniform": uniform}.items():
        for owner, table in optima.items():
            gradient = law.swapped_gradient(table, proposal, **options)
            assert gradient <= 1e-10 if owner == name else gradient > 1e-4


@seeds
def test_a_proposal_that_excludes_the_pairs_own_class_is_lost_on_two_classes(seed):
    """The optimum is then log p(y | x) + a(x) whatever the proposal: ERM, not the balanced posterior."""
    law = Law(seed, classes=2)
    conditional = (law.law / law.law.sum(0)).T
    erm, stratified = np.log(law.posterior), law.optima[stratified_infonce]
    assert law.swapped_gradient(erm, conditional, exclude=True, symmetric=False) <= 1e-10
    assert law.swapped_gradient(stratified, conditional, exclude=True, symmetric=False) > 1e-4
    assert law.swapped_gradient(stratified, conditional, symmetric=False) <= 1e-10


@seeds
def test_one_swap_that_excludes_the_own_class_has_the_proposal_q_times_one_minus_q(seed):
    law = Law(seed)
    proposal = (law.law / law.law.sum(0)).T
    optimum = np.log(law.posterior / (law.of_class * (1 - law.of_class)))
    assert law.swapped_gradient(optimum, proposal, exclude=True, symmetric=False) <= 1e-10


@seeds
def test_hard_negatives_beside_the_batch_are_a_mixture_of_proposals(seed):
    """Every class once as a negative of each pair: candidates t have odds K p(t) + 1, neither ERM nor stratified."""
    law = Law(seed)
    count = len(law.classes)
    of_pairs = law.law.T[np.arange(CONTENTS * CONTEXTS) % CONTEXTS]
    optimum = np.log(law.posterior / (count * of_pairs + 1))
    captions = one_hot(law.captions, CLASSES * CONTEXTS).double()
    every = torch.arange(CLASSES) * CONTEXTS + law.contexts[:, None]
    options = {"in_batch": True, "similarity": "dot", "weights": law.weights, "symmetric": False}
    for matched, optimal in (
        (optimum, True),
        (np.log(law.posterior), False),
        (law.optima[stratified_infonce], False),
    ):
        table = torch.tensor(law.full(matched), requires_grad=True)
        negatives = one_hot(every, CLASSES * CONTEXTS).double()
        hard_negative_infonce(table[law.images], captions, negatives, **options).backward()
        assert (table.grad.abs().max() <= 1e-10) == optimal


@seeds
@pytest.mark.parametrize("trade_off", [0.1, 10.0])
def test_the_trade_off_is_immaterial_for_critics_of_their_own(seed, trade_off):
    law = Law(seed)
    of_context = np.log(law.law.sum(0))[np.arange(CONTENTS * CONTEXTS) % CONTEXTS]
    full_table = law.full(law.optima[stratified_infonce] - of_context[:, None])
    table = torch.tensor(np.concatenate([law.optima[pruned_infonce], full_table], axis=1), requires_grad=True)
    pruned = one_hot(law.classes, CLASSES + CLASSES * CONTEXTS).double()
    full = one_hot(CLASSES + law.captions, CLASSES + CLASSES * CONTEXTS).double()
    mid_training(table[law.images], pruned, law.tokens, law.weights, full=full, trade_off=trade_off).backward()
    assert table.grad.abs().max() <= 1e-10
