"""Every way of computing InfoNCE is one loss: value and gradient, in float64, against two plain cross entropies."""

import inspect
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy, normalize
from torch.utils._python_dispatch import TorchDispatchMode

from identifiability.objectives import SIMILARITIES, similarity_matrix, symmetric_infonce
from identifiability.objectives.similarity import check_similarity

EPS = torch.finfo(torch.float64).eps

batches = st.builds(
    lambda seed, pairs, dimension, scale, gap: draw_codes(seed, pairs, dimension, scale, gap),
    seed=st.integers(0, 2**31),
    pairs=st.integers(2, 30),
    dimension=st.integers(1, 4),
    scale=st.sampled_from([1e-3, 1.0, 30.0]),  # at 30 the scores of one batch span thousands
    gap=st.sampled_from([0.0, 0.1, 1.0]),
)
similarities = st.sampled_from(SIMILARITIES)
temperatures = st.sampled_from([0.07, 1.0, 3.0])


def draw_codes(seed, pairs, dimension, scale=1.0, gap=0.3):
    generator = torch.Generator().manual_seed(seed)
    shared = torch.randn(pairs, dimension, generator=generator, dtype=torch.float64)
    noise = torch.randn(pairs, dimension, generator=generator, dtype=torch.float64)
    return scale * shared, scale * (shared + gap * noise)


def infonce_reference(f, g, *, temperature=1.0, similarity="negative_squared_l2", weights=None, symmetric=True):
    """The canonical member of the class: scores pair by pair, two cross entropies."""
    left, right = f[:, None], g[None]
    if similarity == "cosine":
        left, right = normalize(left, dim=2), normalize(right, dim=2)
    squared = similarity == "negative_squared_l2"
    scores = (-(left - right).square() if squared else left * right).sum(2) / temperature
    count = len(f)
    share = torch.full((count,), 1 / count, dtype=f.dtype) if weights is None else weights / weights.sum()

    def direction(s):
        """Cross entropy of the positives among candidates whose odds are multiplied by their weight."""
        return share @ cross_entropy(s + (count * share).log(), torch.arange(count), reduction="none") + (
            share @ (count * share).log()
        )

    return 0.5 * (direction(scores) + direction(scores.T)) if symmetric else direction(scores)


def value_and_gradient(loss, f, g, temperature=1.0, **options):
    """Loss and its gradient with respect to f, g and the temperature."""
    inputs = [f.clone().requires_grad_(), g.clone().requires_grad_(), torch.tensor(temperature, dtype=f.dtype)]
    inputs[2].requires_grad_()
    value = loss(inputs[0], inputs[1], temperature=inputs[2], **options)
    return value.detach(), torch.autograd.grad(value, inputs)


def assert_same(left, right, f, g, temperature):
    """Equal up to rounding of scores, of size |f|^2 / temperature, and of their gradients, |f| or (cosine) 1 / |f|."""
    reach = 1 + max(f.abs().max().item(), g.abs().max().item())
    size = 100 * EPS * f.shape[1] * reach / temperature
    near = min(1.0, f.norm(dim=1).min().item(), g.norm(dim=1).min().item())
    assert abs(left[0] - right[0]) <= size * reach
    tolerances = (size / near, size / near, size * reach / temperature)
    for ours, theirs, tolerance in zip(left[1], right[1], tolerances, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=tolerance)


@settings(max_examples=40)
@given(batches, similarities, temperatures, st.sampled_from([None, 1, 3, 1000]), st.booleans(), st.booleans())
def test_every_block_size_is_the_reference(batch, similarity, temperature, rows, symmetric, weighted):
    f, g = batch
    options = {"similarity": similarity, "symmetric": symmetric}
    if weighted:
        options["weights"] = torch.linspace(0.1, 2.0, len(f), dtype=torch.float64)
    ours = value_and_gradient(symmetric_infonce, f, g, temperature, rows=rows, **options)
    assert_same(ours, value_and_gradient(infonce_reference, f, g, temperature, **options), f, g, temperature)


@settings(max_examples=20)
@given(batches, similarities, temperatures, st.randoms(use_true_random=False))
def test_order_of_pairs_is_immaterial(batch, similarity, temperature, random):
    f, g = batch
    order = torch.tensor(random.sample(range(len(f)), len(f)))
    value, (f_gradient, g_gradient, slope) = value_and_gradient(
        symmetric_infonce, f, g, temperature, similarity=similarity
    )
    permuted = value_and_gradient(symmetric_infonce, f[order], g[order], temperature, similarity=similarity)
    assert_same((value, (f_gradient[order], g_gradient[order], slope)), permuted, f, g, temperature)


@settings(max_examples=20)
@given(batches, similarities, temperatures)
def test_modalities_exchange(batch, similarity, temperature):
    f, g = batch
    value, (f_gradient, g_gradient, slope) = value_and_gradient(
        symmetric_infonce, f, g, temperature, similarity=similarity
    )
    swapped = value_and_gradient(symmetric_infonce, g, f, temperature, similarity=similarity)
    assert_same((value, (g_gradient, f_gradient, slope)), swapped, f, g, temperature)


@settings(max_examples=15)
@given(batches, temperatures)
def test_one_direction_is_not_the_other_but_their_mean_is_symmetric(batch, temperature):
    f, g = batch
    there = symmetric_infonce(f, g, temperature=temperature, symmetric=False)
    back = symmetric_infonce(g, f, temperature=temperature, symmetric=False)
    both = symmetric_infonce(f, g, temperature=temperature)
    assert both.item() == pytest.approx(0.5 * (there + back).item(), rel=1e-9, abs=1e-9)


def test_a_constant_score_is_immaterial():
    f, g = draw_codes(0, 12, 3)
    gap = torch.full((12, 1), 2.0, dtype=torch.float64)
    lifted = symmetric_infonce(torch.cat([f, 3 * gap], 1), torch.cat([g, gap], 1), similarity="dot")
    assert lifted.item() == pytest.approx(symmetric_infonce(f, g, similarity="dot").item(), rel=1e-12)


def test_a_score_of_its_own_for_each_anchor_is_immaterial_in_that_direction_only():
    f, g = draw_codes(1, 12, 3)
    own, one = torch.linspace(-2, 2, 12, dtype=torch.float64)[:, None], torch.ones(12, 1, dtype=torch.float64)
    plain, lifted = (f, g), (torch.cat([f, own], 1), torch.cat([g, one], 1))
    losses = [
        [symmetric_infonce(*pair, similarity="dot", symmetric=symmetric).item() for pair in (plain, lifted)]
        for symmetric in (False, True)
    ]
    assert losses[0][0] == pytest.approx(losses[0][1], rel=1e-12)
    assert abs(losses[1][0] - losses[1][1]) > 0.1


@settings(max_examples=15)
@given(batches)
def test_distance_on_the_sphere_is_cosine_at_half_the_temperature(batch):
    f, g = batch
    on_sphere = symmetric_infonce(normalize(f, dim=1), normalize(g, dim=1), temperature=1.0)
    assert on_sphere.item() == pytest.approx(symmetric_infonce(f, g, temperature=0.5, similarity="cosine").item(), 1e-9)


@settings(max_examples=15)
@given(batches, st.floats(-1e3, 1e3))
def test_distance_does_not_feel_a_common_shift(batch, shift):
    f, g = batch
    here, there = symmetric_infonce(f, g).item(), symmetric_infonce(f + shift, g + shift).item()
    assert there == pytest.approx(here, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_codes_that_say_nothing_have_loss_log_k(similarity):
    codes = torch.ones(7, 3, dtype=torch.float64)
    assert symmetric_infonce(codes, codes, similarity=similarity).item() == pytest.approx(math.log(7), rel=1e-12)


def test_separated_pairs_have_loss_zero():
    codes = 100 * torch.eye(5, dtype=torch.float64)
    assert symmetric_infonce(codes, codes).item() == pytest.approx(0, abs=1e-12)


@settings(max_examples=20)
@given(batches, similarities, st.data())
def test_whole_weights_repeat_pairs(batch, similarity, data):
    f, g = batch
    counts = torch.tensor(data.draw(st.lists(st.integers(0, 3), min_size=len(f), max_size=len(f))))
    counts[:2] += 1
    chosen = torch.arange(len(f)).repeat_interleave(counts)
    repeated = symmetric_infonce(f[chosen], g[chosen], similarity=similarity).item()
    weighted = symmetric_infonce(f, g, similarity=similarity, weights=counts.double()).item()
    assert weighted + math.log(len(chosen) / len(f)) == pytest.approx(repeated, rel=1e-9, abs=1e-9)


@settings(max_examples=10)
@given(batches, st.floats(1e-6, 1e6))
def test_scale_of_weights_is_immaterial_and_equal_weights_are_none(batch, scale):
    f, g = batch
    weights = torch.linspace(0, 1, len(f), dtype=torch.float64) + 0.1
    loss = symmetric_infonce(f, g, weights=weights).item()
    assert symmetric_infonce(f, g, weights=scale * weights).item() == pytest.approx(loss, rel=1e-9)
    equal = symmetric_infonce(f, g, weights=torch.full((len(f),), scale)).item()
    assert equal == pytest.approx(symmetric_infonce(f, g).item(), rel=1e-6, abs=1e-9)


def test_balancing_weights_estimate_the_balanced_law():
    """Weights q/p on a sample with frequencies p give the loss of a sample with frequencies q, negatives included."""
    f = torch.tensor([[0.0], [0.5], [1.5]], dtype=torch.float64)
    g = f + 0.25
    skewed, balanced = torch.tensor([0, 0, 0, 0, 1, 2]), torch.tensor([0, 0, 1, 1, 2, 2])
    weights = torch.tensor([2 / 4] * 4 + [2.0, 2.0], dtype=torch.float64)
    weighted = symmetric_infonce(f[skewed], g[skewed], weights=weights).item()
    assert weighted == pytest.approx(symmetric_infonce(f[balanced], g[balanced]).item(), rel=1e-12)
    assert weighted != pytest.approx(symmetric_infonce(f[skewed], g[skewed]).item(), rel=1e-2)


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("scale", [1.0, 60.0])  # one exponential for both directions, and one for each
def test_gradient_is_the_derivative(similarity, scale):
    f, g = draw_codes(2, 6, 3, scale)
    temperature = torch.tensor(0.9 * scale**1.5, dtype=torch.float64)
    inputs = [tensor.requires_grad_() for tensor in (f, g, temperature)]
    weights = torch.arange(6, dtype=torch.float64)

    def loss(f, g, temperature):
        options = {"temperature": temperature, "similarity": similarity, "rows": 4}
        return symmetric_infonce(f, g, **options) + symmetric_infonce(f, g, weights=weights, symmetric=False, **options)

    assert torch.autograd.gradcheck(loss, inputs)


def test_gradient_scales_with_what_follows_and_reaches_a_single_tower():
    f, g = draw_codes(3, 8, 2)
    (whole,) = torch.autograd.grad(symmetric_infonce(f.requires_grad_(), g), f)
    (scaled,) = torch.autograd.grad(-3 * symmetric_infonce(f, g), f)
    torch.testing.assert_close(scaled, -3 * whole)


def test_second_derivative_is_refused():
    f, g = draw_codes(4, 5, 2)
    loss = symmetric_infonce(f.requires_grad_(), g)
    with pytest.raises(RuntimeError, match=r"differentiable once.*cross entropies of `similarity_matrix`"):
        torch.autograd.grad(loss, f, create_graph=True)


def test_value_without_gradient_is_the_value():
    f, g = draw_codes(5, 9, 2)
    value = symmetric_infonce(f.clone().requires_grad_(), g)
    with torch.no_grad():
        silent = symmetric_infonce(f.clone().requires_grad_(), g)
    assert not silent.requires_grad
    assert silent.item() == value.item() == symmetric_infonce(f, g).item()


@pytest.mark.parametrize(("scale", "gap"), [(1.0, 0.3), (5.0, 0.1)])
@pytest.mark.parametrize("rows", [None, 16])
def test_single_precision_gradient(scale, gap, rows):
    f, g = (codes.float() for codes in draw_codes(6, 1024, 5, scale, gap))
    value, gradient = value_and_gradient(symmetric_infonce, f, g, rows=rows)
    exact, exact_gradient = value_and_gradient(infonce_reference, f.double(), g.double())
    assert value.item() == pytest.approx(exact.item(), rel=1e-5)
    for ours, theirs in zip(gradient[:2], exact_gradient[:2], strict=True):
        assert torch.linalg.norm(ours - theirs) <= 1e-5 * torch.linalg.norm(theirs)


def test_single_precision_value_of_codes_far_apart_and_sharply_aligned():
    """Loss 3e-4 of scores of size 1e4: a positive rounded otherwise than in its row's sum is off by a quarter of it."""
    f, g = (codes.float() for codes in draw_codes(0, 512, 3, scale=60.0, gap=0.05 / 60))
    exact = infonce_reference(f.double(), g.double()).item()
    assert 1e-4 < exact < 1e-3
    assert symmetric_infonce(f, g).item() == pytest.approx(exact, rel=0.01)


def test_single_precision_does_not_feel_a_common_shift():
    """Codes and shift whose sum is exact: what differs is the loss's own rounding, 1e4 eps without centring."""
    f, g = (torch.round(1024 * codes).float() / 1024 for codes in draw_codes(1, 256, 3))
    here, there = symmetric_infonce(f, g).item(), symmetric_infonce(f + 128, g + 128).item()
    assert there == pytest.approx(here, rel=2e-6)


def test_single_precision_survives_scores_beyond_the_exponential():
    """All scores of the last rows lie below -87, where a shared e^s is 0 and its logarithm -infinity."""
    f, g = (codes.float() for codes in draw_codes(7, 64, 2))
    g[32:] += 40.0
    value, gradient = value_and_gradient(symmetric_infonce, f, g)
    exact, exact_gradient = value_and_gradient(infonce_reference, f.double(), g.double())
    assert exact > 500
    assert value.item() == pytest.approx(exact.item(), rel=1e-5)
    for ours, theirs in zip(gradient, exact_gradient, strict=True):
        torch.testing.assert_close(ours.double(), theirs, rtol=1e-3, atol=1e-4)


def test_half_precision_and_autocast_score_in_single_precision():
    f, g = (codes.to(torch.bfloat16) for codes in draw_codes(8, 64, 8))
    exact = symmetric_infonce(f.float(), g.float())
    assert symmetric_infonce(f, g).dtype == torch.float32
    assert symmetric_infonce(f, g).item() == exact.item()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert symmetric_infonce(f, g).item() == exact.item()
        assert symmetric_infonce(f.float(), g).item() == exact.item()


class DenormalNumbers(TorchDispatchMode):
    """Counts the denormal entries in results of operations: arithmetic with them is ten times slower."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        # views and allocations show what memory held before
        if operation.__name__.split(".")[0] in ("exp_", "mul_", "mm", "addmm_", "sum", "sub_"):
            entries = result.abs()
            self.count += int(((entries > 0) & (entries < torch.finfo(result.dtype).tiny)).sum())
        return result


@pytest.mark.parametrize("rows", [None, 16])
@pytest.mark.parametrize("gap", [0.05, 1.0])  # one exponential for both directions, and one for each
def test_scores_far_below_the_largest_make_no_denormal_numbers(rows, gap):
    """Trained codes spread over tens of units, so most e^s of a batch underflow."""
    f, g = (codes.float().requires_grad_() for codes in draw_codes(11, 64, 5, scale=10.0, gap=gap))
    with DenormalNumbers() as denormal:
        symmetric_infonce(f, g, rows=rows).backward()
    assert denormal.count == 0


class LargestTensor(TorchDispatchMode):
    """Records the number of entries of the largest tensor that any operation returns."""

    def __init__(self):
        super().__init__()
        self.entries = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.entries = max(self.entries, result.untyped_storage().nbytes() // result.element_size())
        return result


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_memory_does_not_grow_as_the_square_of_the_batch(scale):
    count = 1500
    f, g = (codes.float().requires_grad_() for codes in draw_codes(9, count, 2, scale))
    with LargestTensor() as largest:
        symmetric_infonce(f, g).backward()
    assert 0 < largest.entries <= 2**18 < count**2 / 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"g": torch.zeros(4, 3)}, r"shapes \(4, 2\) and \(4, 3\).*positive of row i"),
        ({"f": torch.zeros(1, 2), "g": torch.zeros(1, 2)}, "1 pairs .*at least 2"),
        ({"temperature": 0.0}, "temperature is 0.0; expected a positive number"),
        ({"temperature": torch.tensor(-1.0)}, "temperature is -1.0"),
        ({"rows": 0}, "rows is 0; expected at least one row"),
        ({"weights": torch.ones(3)}, r"shape \(3,\).*expected 4 finite numbers"),
        ({"weights": torch.tensor([1.0, -1.0, 1.0, 1.0])}, "1 are negative or not finite"),
        ({"weights": torch.tensor([1.0, math.nan, 1.0, 1.0])}, "none negative, because"),
        ({"weights": torch.tensor([1.0, 0.0, 0.0, 0.0])}, "1 pairs .of positive weight"),
    ],
)
def test_bad_input_is_refused_with_its_reason(change, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(symmetric_infonce)(**{"f": torch.zeros(4, 2), "g": torch.zeros(4, 2), **change})


def test_unknown_similarity_is_refused():
    with pytest.raises(ValueError, match=r"'euclid' is unknown.*negative_squared_l2.*inner product"):
        check_similarity("euclid", 1.0)


def test_codes_that_are_not_numbers_give_a_loss_that_is_not_a_number():
    f, g = draw_codes(10, 6, 2)
    f[3, 1] = math.nan
    assert math.isnan(symmetric_infonce(f, g).item())


@settings(max_examples=15)
@given(batches, similarities, temperatures)
def test_similarity_matrix_is_pairwise(batch, similarity, temperature):
    f, g = batch
    scores = similarity_matrix(f, g[:2], similarity=similarity, temperature=temperature)
    plain = {
        "dot": lambda a, b: a @ b,
        "cosine": lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b),
        "negative_squared_l2": lambda a, b: -np.sum((a - b) ** 2),
    }[similarity]
    expected = np.array([[plain(a, b) / temperature for b in g[:2].numpy()] for a in f.numpy()])
    np.testing.assert_allclose(scores.numpy(), expected, rtol=1e-9, atol=1e-10 * (1 + f.abs().max().item() ** 2) / 0.07)
