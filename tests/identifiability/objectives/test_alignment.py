"""L_MMAlign and L_SMMAlign: their terms, the minimum on the cube, and that there is none off it."""

import inspect
import math

import pytest
import torch

from identifiability.objectives import ENTROPIES, entropy_estimate, mm_align, smm_align, unit_cube


def uniform(seed, count, dimension):
    return torch.rand(count, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("entropy", ENTROPIES)
@pytest.mark.parametrize("squared", [False, True])
def test_terms(entropy, squared):
    f, g, vocabulary = uniform(0, 20, 2), uniform(1, 20, 2), uniform(2, 30, 2)
    distance = (f - g).norm(dim=1)
    aligned = (distance**2 if squared else distance).mean()
    entropies = [entropy_estimate(codes, entropy=entropy, bandwidth=0.2) for codes in (f, g, vocabulary)]
    options = {"entropy": entropy, "squared": squared, "weight": 3.0, "bandwidth": 0.2}
    torch.testing.assert_close(mm_align(f, g, **options), 3 * aligned - entropies[0] - entropies[1])
    torch.testing.assert_close(smm_align(f, g, vocabulary, **options), 3 * aligned - entropies[0] - entropies[2])


def test_the_uniform_aligned_codes_are_best_on_the_cube():
    """The optimum's loss is 0 up to the estimator; not aligned, not uniform, or of fewer dimensions is worse."""
    z, other = uniform(3, 2000, 2), uniform(4, 2000, 2)
    best = mm_align(z, z, entropy="nearest_neighbour").item()
    assert abs(best) < 0.2
    flat = torch.stack([z[:, 0], z[:, 0]], dim=1)
    for f, g in ((z, other), (z**2, z**2), (flat, flat)):
        assert mm_align(f, g, entropy="nearest_neighbour").item() > best + 0.3


@pytest.mark.parametrize("entropy", ["nearest_neighbour", "log_det"])
def test_without_a_bounded_image_there_is_no_minimum(entropy):
    """Aligned codes times c lower the loss by 2 d log c, for ever."""
    z = uniform(5, 50, 3)
    losses = [mm_align(c * z, c * z, entropy=entropy).item() for c in (1.0, 10.0, 1e6)]
    assert losses[0] - losses[1] == pytest.approx(2 * 3 * math.log(10), rel=1e-9)
    assert losses[0] - losses[2] == pytest.approx(2 * 3 * math.log(1e6), rel=1e-9)


def test_class_names_alone_have_no_density():
    """A vocabulary of finitely many codes has entropy -infinity, hence no finite loss whatever the encoder."""
    z = uniform(6, 40, 2)
    names = z[:4].repeat(10, 1)
    assert smm_align(z, z, names, entropy="nearest_neighbour") > 500


@pytest.mark.parametrize("squared", [False, True])
def test_gradient_is_finite_where_codes_are_aligned(squared):
    f = uniform(7, 10, 2).requires_grad_()
    (gradient,) = torch.autograd.grad(mm_align(f, f.detach().clone(), squared=squared), f)
    assert torch.isfinite(gradient).all()


def test_unit_cube_holds_every_code_and_keeps_their_order():
    codes = torch.linspace(-30, 30, 101, dtype=torch.float64)[:, None]
    inside = unit_cube(codes)
    assert (inside > 0).all()
    assert (inside < 1).all()
    assert (inside.diff(dim=0) > 0).all()


def test_bad_input_is_refused_with_its_reason():
    with pytest.raises(ValueError, match=r"shapes \(4, 2\) and \(5, 2\).*row i of one belongs to row i"):
        inspect.unwrap(smm_align)(torch.zeros(4, 2), torch.zeros(5, 2), torch.zeros(4, 2))
    with pytest.raises(ValueError, match=r"weight is 0\.0; expected a positive number"):
        mm_align(torch.zeros(4, 2), torch.zeros(4, 2), weight=0.0)
