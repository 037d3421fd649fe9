"""Negatives of one pair alone: against two plain cross entropies, and the draws of swapped classes."""

import inspect
import math

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch.nn.functional import cross_entropy, normalize

from identifiability.objectives import (
    SIMILARITIES,
    Tokens,
    hard_negative_infonce,
    swapped_classes,
    symmetric_infonce,
)

PAIRS, NEGATIVES, DIMENSION = 17, 3, 4


def codes(seed, scale=1.0, gap=0.3, pairs=PAIRS, dimension=DIMENSION):
    generator = torch.Generator().manual_seed(seed)
    shared = torch.randn(pairs, 1, dimension, generator=generator, dtype=torch.float64)
    noise = torch.randn(pairs, NEGATIVES + 1, dimension, generator=generator, dtype=torch.float64)
    around = scale * (shared + gap * noise)
    return scale * shared[:, 0], around[:, 0], around[:, 1:]


def reference(f, g, negatives, *, in_batch, temperature, similarity, weights=None, symmetric=True):
    """Scores pair by pair, the negatives as further columns of each row."""

    def scores(left, right):
        if similarity == "cosine":
            left, right = normalize(left, dim=-1), normalize(right, dim=-1)
        squared = similarity == "negative_squared_l2"
        return (-(left - right).square() if squared else left * right).sum(-1) / temperature

    count = len(f)
    share = torch.full((count,), 1 / count, dtype=f.dtype) if weights is None else weights / weights.sum()
    log_odds = (count * share).log()
    own, matrix, target = scores(f[:, None], negatives), scores(f[:, None], g[None]), torch.arange(count)
    if in_batch:
        rows = cross_entropy(torch.cat([matrix + log_odds, own], 1), target, reduction="none") + log_odds
    else:
        rows = cross_entropy(torch.cat([matrix.diagonal()[:, None], own], 1), 0 * target, reduction="none")
    columns = cross_entropy(matrix.T + log_odds, target, reduction="none") + log_odds
    return 0.5 * share @ (rows + columns) if symmetric else share @ rows


def value_and_gradient(loss, *parts, temperature, **options):
    inputs = [part.clone().requires_grad_() for part in (*parts, torch.tensor(temperature, dtype=torch.float64))]
    value = loss(*inputs[:-1], temperature=inputs[-1], **options)
    return value.detach(), torch.autograd.grad(value, inputs)


@pytest.mark.parametrize("in_batch", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("scale", [1.0, 30.0])  # one exponential for both directions, and one for each
def test_value_and_gradient_are_those_of_plain_cross_entropies(in_batch, weighted, symmetric, similarity, scale):
    parts = codes(0, scale)
    options = {"in_batch": in_batch, "similarity": similarity, "symmetric": symmetric, "temperature": 0.5}
    if weighted:
        options["weights"] = torch.linspace(0.1, 2.0, PAIRS, dtype=torch.float64)
    ours = value_and_gradient(hard_negative_infonce, *parts, **options)
    theirs = value_and_gradient(reference, *parts, **options)
    torch.testing.assert_close(ours[0], theirs[0], rtol=1e-10, atol=1e-10 * scale**2)
    for one, other in zip(ours[1], theirs[1], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10 * scale**2)


@pytest.mark.parametrize("rows", [1, 5, None])
@pytest.mark.parametrize("far", [0.0, 500.0])  # negatives that score beyond every pair of the batch
def test_every_block_size_counts_the_negatives(rows, far):
    f, g, negatives = codes(1)
    negatives = negatives + far * f[:, None]
    options = {"similarity": "dot", "temperature": 0.5}
    ours = value_and_gradient(
        lambda f, g, n, **o: symmetric_infonce(f, g, negatives=n, rows=rows, **o), f, g, negatives, **options
    )
    theirs = value_and_gradient(reference, f, g, negatives, in_batch=True, **options)
    torch.testing.assert_close(ours[0], theirs[0], rtol=1e-12, atol=1e-12)
    for one, other in zip(ours[1], theirs[1], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_gradient_reaches_the_negatives_alone():
    f, g, negatives = codes(2)
    loss = hard_negative_infonce(f, g, negatives.requires_grad_(), in_batch=True)
    (gradient,) = torch.autograd.grad(loss, negatives)
    assert (gradient != 0).any(dim=2).all()


def test_codes_that_say_nothing_count_the_candidates():
    code = torch.ones(PAIRS, DIMENSION, dtype=torch.float64)
    negatives = code[:, None].expand(-1, NEGATIVES, -1)
    for in_batch, candidates in ((False, 1 + NEGATIVES), (True, PAIRS + NEGATIVES)):
        loss = hard_negative_infonce(code, code, negatives, in_batch=in_batch, symmetric=False)
        assert loss.item() == pytest.approx(math.log(candidates), rel=1e-12)


def test_a_pair_of_weight_zero_takes_no_part():
    f, g, negatives = codes(3)
    weights = torch.ones(PAIRS, dtype=torch.float64)
    weights[4] = 0
    kept = weights > 0
    for in_batch in (False, True):
        value, (gradient, *_) = value_and_gradient(
            hard_negative_infonce, f, g, negatives, in_batch=in_batch, symmetric=False, temperature=1.0, weights=weights
        )
        alone = hard_negative_infonce(
            f[kept], g[kept], negatives[kept], in_batch=in_batch, symmetric=False, weights=weights[kept]
        )
        if not in_batch:  # in the batch, odds K a_j are relative to all K
            assert value.item() == pytest.approx(alone.item(), rel=1e-12)
        assert (gradient[4] == 0).all()


def test_memory_does_not_grow_as_the_square_of_the_batch():
    count = 1500
    f, g, negatives = (part.float().requires_grad_() for part in codes(4, pairs=count, dimension=2))
    sizes = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(t.numel()) or t, lambda t: t):
        hard_negative_infonce(f, g, negatives, in_batch=True).backward()
    assert 0 < max(sizes) <= count * (NEGATIVES + 1) * 4 < count**2 / 8


@pytest.mark.parametrize("in_batch", [False, True])
@pytest.mark.parametrize("shape", [(PAIRS, DIMENSION), (PAIRS - 1, 2, DIMENSION), (PAIRS, 0, DIMENSION)])
def test_negatives_of_another_shape_are_refused(in_batch, shape):
    f, g, _ = codes(5)
    with pytest.raises(ValueError, match=r"negatives have shape .*expected \(K, M, d\) with M >= 1.*of its own"):
        inspect.unwrap(hard_negative_infonce)(f, g, torch.zeros(shape, dtype=torch.float64), in_batch=in_batch)


LAW = np.array([[0.3, 0.05], [0.15, 0.05], [0.05, 0.4]])


@pytest.mark.parametrize("proposal", ["uniform", "conditional"])
def test_swapped_classes_follow_their_proposal_and_may_be_the_pairs_own(proposal, false_alarm):
    contexts = torch.arange(2).repeat(3000)
    tokens = Tokens(torch.zeros_like(contexts), contexts)
    drawn = swapped_classes(tokens, LAW, proposal=proposal, count=2, generator=torch.Generator().manual_seed(6))
    assert drawn.shape == (6000, 2)
    for context in range(2):
        law = LAW[:, context] / LAW[:, context].sum() if proposal == "conditional" else np.full(3, 1 / 3)
        for swap in range(2):
            counts = np.bincount(drawn[contexts == context, swap], minlength=3)
            assert counts[0] > 0
            assert chisquare(counts, 3000 * law).pvalue > false_alarm
    again = swapped_classes(tokens, LAW, proposal=proposal, count=2, generator=torch.Generator().manual_seed(6))
    assert torch.equal(drawn, again)


def test_uniform_swaps_need_no_contexts():
    tokens = Tokens(torch.zeros(5, dtype=torch.int64))
    drawn = swapped_classes(tokens, LAW, proposal="uniform", count=1, generator=torch.Generator())
    assert drawn.shape == (5, 1)
    with pytest.raises(ValueError, match=r"tokens.contexts is needed"):
        swapped_classes(tokens, LAW, proposal="conditional", count=1, generator=torch.Generator())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"proposal": "other"}, r"'other' with 1 swaps a pair; expected one of uniform, conditional"),
        ({"count": 0}, r"with 0 swaps a pair; expected .* at least 1"),
        (
            {"law": LAW[:, :1] / LAW[:, 0].sum()},
            r"contexts up to 1 with a law of contexts \[1.*drawn from p\(y' \| s\)",
        ),
        ({"law": LAW * [2, 0]}, "every context of the batch to have positive probability"),
    ],
)
def test_swaps_without_a_law_are_refused(change, message):
    tokens = Tokens(torch.zeros(2, dtype=torch.int64), torch.arange(2))
    arguments = {"law": LAW, "proposal": "conditional", "count": 1, "generator": torch.Generator(), **change}
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(swapped_classes)(tokens, **arguments)


@pytest.mark.parametrize("in_batch", [False, True])
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_code_that_is_not_finite_is_never_hidden(in_batch, symmetric, part, value):
    parts = [tensor.clone() for tensor in codes(0)]
    parts[part].view(-1)[-1] = value
    for similarity in SIMILARITIES:
        options = {"in_batch": in_batch, "symmetric": symmetric, "similarity": similarity}
        if similarity == "negative_squared_l2" and part == 2 and value == math.inf:
            continue  # infinitely far away: no candidate, rightly
        if similarity == "dot" and value == math.inf:
            parts[1 - min(part, 1)].abs_()  # the score is +inf, not -inf
        assert not torch.isfinite(hard_negative_infonce(*parts, **options))


@pytest.mark.parametrize("symmetric", [False, True])
def test_no_pair_to_average_over_is_refused(symmetric):
    f, g, negatives = codes(0)
    options = {"in_batch": False, "symmetric": symmetric}
    with pytest.raises(ValueError, match=r"with given weights; expected .* one pair of positive weight"):
        hard_negative_infonce(f, g, negatives, weights=torch.zeros(PAIRS), **options)
    with pytest.raises(ValueError, match=r"codes have shapes \(0, 4\) and \(0, 4\)"):
        hard_negative_infonce(f[:0], g[:0], negatives[:0], **options)
    with pytest.raises(ValueError, match=r"codes have shapes \(17, 4\) and \(1, 4\)"):
        inspect.unwrap(hard_negative_infonce)(f, g[:1], negatives, **options)


@pytest.mark.parametrize("in_batch", [True, False])
@pytest.mark.parametrize("changed", [0, 1, 2])
def test_the_highest_precision_of_codes_and_negatives_scores(in_batch, changed):
    """A single-precision tensor among double ones is rounded once and no more; a double one is not rounded at all."""
    given = list(codes(0))
    for others in (torch.float32, torch.float64):
        mixed = [value.to(others if i == changed else torch.float64) for i, value in enumerate(given)]
        exact = reference(*(value.double() for value in mixed), in_batch=in_batch, temperature=1.0, similarity="dot")
        found = hard_negative_infonce(*mixed, in_batch=in_batch, similarity="dot")
        assert found.dtype == torch.float64
        assert found.item() == pytest.approx(exact.item(), abs=1e-12)
    single = [value if i == changed else value.float() for i, value in enumerate(given)]
    exact = reference(*(value.double() for value in single), in_batch=in_batch, temperature=1.0, similarity="dot")
    found = hard_negative_infonce(*single, in_batch=in_batch, similarity="dot")
    assert found.item() == pytest.approx(exact.item(), abs=1e-12)
