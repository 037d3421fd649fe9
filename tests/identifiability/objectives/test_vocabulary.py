"""InfoNCE under a vocabulary: each objective against plain InfoNCE on the batches that it stands for."""

import inspect
import math
from itertools import product

import numpy as np
import pytest
import torch

from identifiability.objectives import (
    Tokens,
    balanced_infonce,
    full_infonce,
    mid_training,
    pruned_infonce,
    stratified_infonce,
    swapped_infonce,
    symmetric_infonce,
    token_balancing_weights,
    within_environment_infonce,
)

PAIRS, CLASSES, CONTEXTS = 24, 3, 2


def codes(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def batch():
    """Codes and tokens of 24 pairs, every combination of class, context and environment among them."""
    cells = torch.tensor(list(product(range(CLASSES), range(CONTEXTS), range(2))))
    cells = torch.cat([cells, cells[torch.tensor([0, 0, 0, 1, 4, 4, 5, 7, 8, 9, 10, 11])]])
    return codes(0, PAIRS, 4), codes(1, PAIRS, 4), Tokens(*cells.T)


weightings = pytest.mark.parametrize("weights", [None, torch.linspace(0.2, 3.0, PAIRS, dtype=torch.float64)])
options = pytest.mark.parametrize(
    "options",
    [{}, {"temperature": 0.3, "similarity": "cosine"}, {"similarity": "negative_squared_l2", "symmetric": False}],
)


def value_and_gradient(loss, f, g, *arguments, **options):
    f, g = f.clone().requires_grad_(), g.clone().requires_grad_()
    value = loss(f, g, *arguments, **options)
    return value.item(), torch.cat(torch.autograd.grad(value, (f, g)))


def assert_same(left, right):
    assert left[0] == pytest.approx(right[0], rel=1e-12, abs=1e-12)
    torch.testing.assert_close(left[1], right[1], rtol=1e-9, atol=1e-12)


@options
@weightings
def test_pruned_and_full_are_plain_infonce_of_their_captions(batch, weights, options):
    f, g, tokens = batch
    plain = value_and_gradient(
        lambda f, g: symmetric_infonce(f, g, weights=weights, **{"similarity": "dot", **options}), f, g
    )
    for loss in (pruned_infonce, full_infonce):
        assert_same(value_and_gradient(loss, f, g, tokens, weights, **options), plain)


@options
@weightings
@pytest.mark.parametrize(
    ("loss", "column"), [(stratified_infonce, "contexts"), (within_environment_infonce, "environments")]
)
def test_groups_are_losses_of_their_own_batches_weighted_by_mass(batch, loss, column, weights, options):
    f, g, tokens = batch

    def loop(f, g):
        total, mass = 0.0, 0.0
        for group in range(2):
            own = tokens.column(column) == group
            of_group = None if weights is None else weights[own]
            size = own.sum() if weights is None else weights[own].sum()
            own_loss = symmetric_infonce(f[own], g[own], weights=of_group, **{"similarity": "dot", **options})
            total, mass = total + size * own_loss, mass + size
        return total / mass

    assert_same(value_and_gradient(loss, f, g, tokens, weights, **options), value_and_gradient(loop, f, g))
    assert loss(f, g, tokens, weights, **options).item() != pytest.approx(
        pruned_infonce(f, g, tokens, weights, **options).item(), abs=1e-2
    )


def test_a_stratum_of_one_pair_of_positive_weight_contributes_nothing():
    f, g = codes(2, 6, 3).requires_grad_(), codes(3, 6, 3)
    tokens = Tokens(torch.tensor([0, 1, 0, 1, 0, 1]), contexts=torch.tensor([0, 0, 0, 7, 2, 2]))
    weights = torch.tensor([1.0, 2.0, 3.0, 9.0, 9.0, 0.0])
    loss = stratified_infonce(f, g, tokens, weights)
    alone = symmetric_infonce(f[:3], g[:3], similarity="dot", weights=weights[:3])
    assert loss.item() == pytest.approx(alone.item(), rel=1e-12)
    loss.backward()
    assert (f.grad[:3] != 0).all()
    assert (f.grad[3:] == 0).all()


def test_groups_without_two_pairs_are_refused():
    f = torch.zeros(3, 2)
    tokens = Tokens(torch.zeros(3, dtype=torch.int64), contexts=torch.arange(3))
    with pytest.raises(ValueError, match=r"none of the 3 groups among 3 pairs holds two.*larger batches"):
        stratified_infonce(f, f, tokens)


def test_one_stratum_is_pruned_infonce(batch):
    f, g, tokens = batch
    alone = Tokens(tokens.classes, torch.full((PAIRS,), 4), torch.full((PAIRS,), 9))
    plain = value_and_gradient(pruned_infonce, f, g, tokens)
    for loss in (stratified_infonce, within_environment_infonce):
        assert_same(value_and_gradient(loss, f, g, alone), plain)


@weightings
def test_balanced_under_an_independent_law_is_pruned(batch, weights):
    f, g, tokens = batch
    law = np.outer([0.5, 0.3, 0.2], [0.6, 0.4])
    assert_same(
        value_and_gradient(balanced_infonce, f, g, tokens, weights, law=law),
        value_and_gradient(pruned_infonce, f, g, tokens, weights),
    )


@pytest.mark.parametrize("known", [False, True])
def test_balanced_repeats_the_rare_pairs(known):
    """Counts (2, 1; 1, 2): the balancing weights are 3/4 and 3/2, so each rare pair counts twice."""
    tokens = Tokens(torch.tensor([0, 0, 0, 1, 1, 1]), contexts=torch.tensor([0, 0, 1, 1, 1, 0]))
    f, g, repeats = codes(4, 6, 3), codes(5, 6, 3), torch.tensor([0, 1, 2, 2, 3, 4, 5, 5])
    law = np.array([[2, 1], [1, 2]]) / 6 if known else None
    balanced = balanced_infonce(f, g, tokens, law=law).item()
    repeated = symmetric_infonce(f[repeats], g[repeats], similarity="dot").item()
    assert balanced + math.log(8 / 6) == pytest.approx(repeated, rel=1e-12)


def test_balancing_multiplies_given_weights_and_balances_the_weighted_law(batch):
    f, g, tokens = batch
    weights = torch.linspace(0.2, 3.0, PAIRS, dtype=torch.float64)
    final = weights * token_balancing_weights(tokens, weights)
    table = np.zeros((CLASSES, CONTEXTS))
    np.add.at(table, (tokens.classes.numpy(), tokens.contexts.numpy()), final.numpy())
    np.testing.assert_allclose(table / table.sum(), np.outer(table.sum(1), table.sum(0)) / table.sum() ** 2, rtol=1e-12)
    assert balanced_infonce(f, g, tokens, weights).item() == pytest.approx(
        pruned_infonce(f, g, tokens, final).item(), rel=1e-12
    )


def test_frequencies_of_the_batch_are_its_law(batch):
    f, g, tokens = batch
    law = np.zeros((CLASSES, CONTEXTS))
    np.add.at(law, (tokens.classes.numpy(), tokens.contexts.numpy()), 1 / PAIRS)
    by_law = value_and_gradient(balanced_infonce, f, g, tokens, law=law)
    assert_same(value_and_gradient(balanced_infonce, f, g, tokens), by_law)


def test_pairs_of_weight_zero_have_no_part_in_the_law():
    f, g = codes(4, 5, 3), codes(5, 5, 3)
    tokens = Tokens(torch.tensor([0, 0, 1, 1, 2]), contexts=torch.tensor([0, 1, 0, 1, 0]))
    weights = torch.tensor([1.0, 2.0, 1.0, 1.0, 0.0])  # class 2 has no weight at all
    kept = weights > 0
    final, alone = (token_balancing_weights(t, w) for t, w in ((tokens, weights), (tokens.take(kept), weights[kept])))
    torch.testing.assert_close(final[kept], alone)
    assert torch.isfinite(balanced_infonce(f, g, tokens, weights))


def test_a_missing_combination_breaks_positivity():
    tokens = Tokens(torch.tensor([0, 0, 1]), contexts=torch.tensor([0, 1, 1]))
    with pytest.raises(ValueError, match=r"cells \[\(1, 0\)\].*\(positivity\)"):
        balanced_infonce(torch.zeros(3, 2), torch.zeros(3, 2), tokens)


@pytest.mark.parametrize("law", [np.array([[0.5, 0.5]]), np.array([[0.5, 0.5], [0.0, 0.0]])])
def test_a_law_that_is_not_of_the_batch_is_refused(law):
    tokens = Tokens(torch.tensor([0, 0, 1]), contexts=torch.tensor([0, 1, 1]))
    with pytest.raises(ValueError, match=r"up to class 1 and context 1 with a law of shape.*drawn from it"):
        token_balancing_weights(tokens, law=law)


@weightings
def test_swaps_of_all_captions_of_the_stratum_are_the_stratified_loss_with_full_captions(batch, weights):
    f, g, tokens = batch
    equal = Tokens(tokens.classes, torch.arange(PAIRS) % 2)  # 12 pairs in each stratum
    others = torch.stack([g[(equal.contexts == equal.contexts[i]) & (torch.arange(PAIRS) != i)] for i in range(PAIRS)])
    if weights is not None:
        weights = torch.tensor([1.0, 3.0], dtype=torch.float64)[equal.contexts]  # equal within each stratum
    swapped = swapped_infonce(f, g, equal, weights, negatives=others, symmetric=False)
    stratified = stratified_infonce(f, g, equal, weights, symmetric=False)
    assert swapped.item() == pytest.approx(stratified.item(), rel=1e-12)


@pytest.mark.parametrize("trade_off", [0.0, 0.7])
@weightings
def test_mid_training_is_a_weighted_sum(batch, weights, trade_off):
    f, g, tokens = batch
    full = codes(6, PAIRS, 4)
    ours = value_and_gradient(mid_training, f, g, tokens, weights, full=full, trade_off=trade_off, temperature=0.5)
    pruned = value_and_gradient(pruned_infonce, f, g, tokens, weights, temperature=0.5)
    if trade_off == 0:
        assert_same(ours, pruned)
    rest = full_infonce(f, full, tokens, weights, temperature=0.5).item()
    assert ours[0] == pytest.approx(pruned[0] + trade_off * rest, rel=1e-12)


def test_mid_training_rewards_nothing():
    f = torch.zeros(2, 2)
    with pytest.raises(ValueError, match=r"trade_off is -0.1; expected a number from 0 on.*rewards misaligned"):
        mid_training(f, f, Tokens(torch.tensor([0, 1])), full=f, trade_off=-0.1)


ALL = [
    (pruned_infonce, {}),
    (full_infonce, {}),
    (within_environment_infonce, {}),
    (stratified_infonce, {}),
    (balanced_infonce, {}),
    (swapped_infonce, {"negatives": codes(7, PAIRS, 2, 4)}),
    (mid_training, {"full": codes(8, PAIRS, 4), "trade_off": 0.5}),
]
every = pytest.mark.parametrize(("loss", "own"), ALL)


@every
def test_order_of_pairs_and_names_of_tokens_are_immaterial(batch, loss, own):
    f, g, tokens = batch
    value = loss(f, g, tokens, **own).item()
    order = torch.randperm(PAIRS, generator=torch.Generator().manual_seed(9))
    moved = {name: part[order] if isinstance(part, torch.Tensor) else part for name, part in own.items()}
    assert loss(f[order], g[order], tokens.take(order), **moved).item() == pytest.approx(value, rel=1e-12)
    renamed = Tokens(CLASSES - 1 - tokens.classes, CONTEXTS - 1 - tokens.contexts, 3 + tokens.environments)
    assert loss(f, g, renamed, **own).item() == pytest.approx(value, rel=1e-12)


@every
def test_a_constant_score_is_immaterial(batch, loss, own):
    f, g, tokens = batch

    def lifted(caption):
        return torch.cat([caption, torch.full((*caption.shape[:-1], 1), 2.0, dtype=caption.dtype)], -1)

    lifted_own = {name: lifted(part) if isinstance(part, torch.Tensor) else part for name, part in own.items()}
    value = loss(lifted(f), lifted(g), tokens, **lifted_own).item()
    assert value == pytest.approx(loss(f, g, tokens, **own).item(), rel=1e-12)


@every
def test_half_precision_and_autocast_score_in_single_precision(batch, loss, own):
    f, g, tokens = batch

    def cast(dtype):
        halves = [part.to(torch.bfloat16).to(dtype) for part in (f, g)]
        own_halves = {
            name: part.to(torch.bfloat16).to(dtype) if isinstance(part, torch.Tensor) else part
            for name, part in own.items()
        }
        return loss(*halves, tokens, **own_halves)

    exact = cast(torch.float32)
    assert cast(torch.bfloat16).dtype == torch.float32
    assert cast(torch.bfloat16).item() == exact.item()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert cast(torch.bfloat16).item() == exact.item()


@every
def test_tokens_of_another_batch_are_refused(batch, loss, own):
    f, g, tokens = batch
    with pytest.raises(ValueError, match=r"24 codes and tokens of 23 pairs.*token i belongs to pair i"):
        inspect.unwrap(loss)(f, g, tokens.take(torch.arange(23)), **own)


@pytest.mark.parametrize("loss", [stratified_infonce, balanced_infonce])
def test_contexts_are_needed(loss):
    f = torch.zeros(2, 2)
    with pytest.raises(ValueError, match=r"tokens.contexts is needed and not given"):
        loss(f, f, Tokens(torch.tensor([0, 1])))


def test_a_law_is_read_from_arrays_tensors_and_lists():
    tokens = Tokens(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]))  # (0, 1) is in the law, not in the batch
    table = np.array([[0.3, 0.1], [0.2, 0.4]])
    expected = token_balancing_weights(tokens, law=table)
    assert expected.tolist() == pytest.approx([0.4 * 0.5 / 0.3, 0.6 * 0.5 / 0.2, 0.6 * 0.5 / 0.4])
    for law in (table.tolist(), torch.from_numpy(table).requires_grad_()):
        assert torch.equal(token_balancing_weights(tokens, law=law), expected)
    for law in (table.astype(np.float32), torch.from_numpy(table).float()):
        assert token_balancing_weights(tokens, law=law).tolist() == pytest.approx(expected.tolist(), rel=1e-6)
    f, g = codes(0, 3, 4), codes(1, 3, 4)
    values = [balanced_infonce(f, g, tokens, law=law).item() for law in (table, table.tolist(), torch.tensor(table))]
    assert values == [values[0]] * 3


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ([0.5, 0.5], r"the law has shape \(2,\).*expected law\[class, context\], probabilities of sum 1"),
        ([[3, 1], [2, 4]], "minimum 1 and sum 10; expected"),
        ([[0.5, 0.6], [-0.1, 0.0]], "minimum -0.1 and sum 1; expected"),
        ([[0.5, 0.5], [0.0]], "the law is no rectangular array of numbers"),
    ],
)
def test_what_is_no_law_is_refused(law, message):
    tokens = Tokens(torch.tensor([0, 1]), torch.tensor([0, 1]))
    with pytest.raises(ValueError, match=message):
        token_balancing_weights(tokens, law=law)


def test_a_batch_that_misses_a_cell_asks_for_the_law():
    tokens = Tokens(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1]))
    with pytest.raises(ValueError, match=r"batch of 3 pairs .*cells \[\(1, 0\)\].*positivity.*training set as law=, a"):
        token_balancing_weights(tokens)
    with pytest.raises(ValueError, match=r"cells \[\(1, 0\)\]") as refused:
        token_balancing_weights(tokens, law=[[0.5, 0.25], [0.0, 0.25]])
    assert "law=" not in str(refused.value)
