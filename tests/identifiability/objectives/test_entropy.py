"""Entropy estimators against formulas, closed-form entropies and the laws of entropy; and the one that is none."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import digamma, gamma, polygamma
from scipy.stats import norm

from identifiability.objectives import (
    ENTROPIES,
    entropy_estimate,
    gaussian_entropy,
    kde_entropy,
    nearest_neighbour_entropy,
)

SAMPLES = 3000

samples = st.builds(
    lambda seed, count, dimension: normal(seed, count, dimension),
    seed=st.integers(0, 2**31),
    count=st.integers(6, 40),
    dimension=st.integers(1, 4),
)


def normal(seed, count, dimension):
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def uniform(seed, count, dimension):
    return torch.rand(count, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def kde_reference(codes, bandwidth):
    square = (codes[:, None] - codes[None]).square().sum(2)
    log_kernel = -square / (2 * bandwidth**2) - codes.shape[1] / 2 * math.log(2 * math.pi * bandwidth**2)
    others = log_kernel.masked_fill(torch.eye(len(codes), dtype=torch.bool), -math.inf)
    return math.log(len(codes) - 1) - others.logsumexp(1).mean()


@settings(max_examples=20)
@given(samples, st.sampled_from([0.3, 1.0]), st.sampled_from([None, 1, 7]))
def test_kde_is_its_formula_in_value_and_gradient(codes, bandwidth, rows):
    codes.requires_grad_()
    ours, theirs = kde_entropy(codes, bandwidth=bandwidth, rows=rows), kde_reference(codes, bandwidth)
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    gradients = [torch.autograd.grad(entropy, codes)[0] for entropy in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-7, atol=1e-9)


@settings(max_examples=20)
@given(samples, st.integers(1, 5), st.sampled_from([None, 1, 7]))
def test_nearest_neighbour_is_its_formula(codes, neighbour, rows):
    count, dimension = codes.shape
    distance = np.linalg.norm(codes.numpy()[:, None] - codes.numpy()[None], axis=2)
    radius = np.sort(distance, axis=1)[:, neighbour]  # the first is the code itself
    ball = math.pi ** (dimension / 2) / gamma(dimension / 2 + 1)
    expected = digamma(count) - digamma(neighbour) + np.mean(np.log(ball * radius**dimension))
    ours = nearest_neighbour_entropy(codes, neighbour=neighbour, rows=rows).item()
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("entropy", ENTROPIES)
def test_gradient_is_the_derivative(entropy):
    codes = normal(0, 12, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: entropy_estimate(x, entropy=entropy, bandwidth=0.5), codes)


def smoothed_cube_face_entropy(bandwidth):
    """-int_0^1 log density of (uniform + bandwidth N(0, 1)): the limit of the kernel estimate, a coordinate."""
    return -quad(lambda x: math.log(norm.cdf((1 - x) / bandwidth) - norm.cdf(-x / bandwidth)), 0, 1)[0]


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("law", ["cube", "gaussian"])
def test_kde_has_the_entropy_of_the_smoothed_law(law, dimension, false_alarm):
    """Limit: cross entropy of p against p * N(0, h^2). Spread: of the mean log density, at most twice by the kernel."""
    bandwidth = 0.1 if law == "cube" else 0.3
    if law == "cube":
        codes, limit = uniform(1, SAMPLES, dimension), dimension * smoothed_cube_face_entropy(bandwidth)
        variance = dimension * 0.02
    else:
        wide = 1 + bandwidth**2
        codes, limit = normal(1, SAMPLES, dimension), dimension / 2 * (math.log(2 * math.pi * wide) + 1 / wide)
        variance = dimension / 2
    # The log of a mean of K kernels: Var / (2 K E^2) <= 1 / (2 K (2 h sqrt(pi))^d density), at densities about 1 / 10.
    bias = 10 / (2 * SAMPLES * (2 * bandwidth * math.sqrt(math.pi)) ** dimension)
    tolerance = 2 * norm.isf(false_alarm / 2) * math.sqrt(variance / SAMPLES) + bias
    assert kde_entropy(codes, bandwidth=bandwidth).item() == pytest.approx(limit, abs=tolerance)
    assert tolerance < 0.3


@pytest.mark.parametrize("neighbour", [1, 4])
@pytest.mark.parametrize(("law", "dimension"), [("cube", 1), ("cube", 2), ("gaussian", 1), ("gaussian", 3)])
def test_nearest_neighbour_has_the_closed_form_entropy(law, dimension, neighbour, false_alarm):
    """Standard deviation sqrt((Var log p + psi'(k)) / K), doubled since neighbours share balls; cube faces add O(r)."""
    gaussian = law == "gaussian"
    codes = (normal if gaussian else uniform)(2, SAMPLES, dimension)
    expected = dimension / 2 * math.log(2 * math.pi * math.e) if gaussian else 0.0
    spread = math.sqrt(((dimension / 2 if gaussian else 0) + polygamma(1, neighbour)) / SAMPLES)
    faces = 0 if gaussian else 2 * dimension * (neighbour / SAMPLES) ** (1 / dimension)
    tolerance = 2 * norm.isf(false_alarm / 2) * spread + faces
    estimate = nearest_neighbour_entropy(codes, neighbour=neighbour).item()
    assert estimate == pytest.approx(expected, abs=tolerance)
    assert tolerance < 0.5


def test_gaussian_entropy_of_a_gaussian(false_alarm):
    """log det of a Wishart: standard deviation of the estimate about sqrt(d / 2 K)."""
    scale = torch.tensor([[2.0, 0.0], [1.5, 0.3]], dtype=torch.float64)
    expected = math.log(2 * math.pi * math.e) + math.log(0.6)
    estimate = gaussian_entropy(normal(3, SAMPLES, 2) @ scale.T).item()
    assert estimate == pytest.approx(expected, abs=norm.isf(false_alarm / 2) / math.sqrt(SAMPLES))


def test_log_det_of_the_covariance_is_not_entropy():
    """Hermite polynomials of ONE coordinate: full covariance, as large a surrogate, on a curve of entropy -infinity."""
    z = normal(4, SAMPLES, 2)
    hermite = torch.stack([z[:, 0], (z[:, 0] ** 2 - 1) / math.sqrt(2)], dim=1)
    assert gaussian_entropy(hermite) > gaussian_entropy(z) - 0.2
    for entropy in ("kde", "nearest_neighbour"):
        assert entropy_estimate(hermite, entropy=entropy) < entropy_estimate(z, entropy=entropy) - 1


@settings(max_examples=15)
@given(samples, st.sampled_from(ENTROPIES), st.floats(0.1, 10), st.floats(-100, 100))
def test_laws_of_entropy(codes, entropy, scale, shift):
    """H(c R x + b) = H(x) + d log c for rotations R, exactly at every sample (the kernel's bandwidth scaled along)."""
    rotation = torch.linalg.qr(normal(5, codes.shape[1], codes.shape[1]))[0]
    moved = scale * codes @ rotation + shift
    expected = entropy_estimate(codes, entropy=entropy, bandwidth=0.5).item() + codes.shape[1] * math.log(scale)
    estimate = entropy_estimate(moved, entropy=entropy, bandwidth=0.5 * scale).item()
    assert estimate == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_coinciding_codes_have_a_finite_gradient():
    codes = normal(6, 8, 2)
    codes[1] = codes[0]
    entropy = nearest_neighbour_entropy(codes.requires_grad_())
    (gradient,) = torch.autograd.grad(entropy, codes)
    assert entropy < -100
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kde_entropy(torch.zeros(1, 2)), r"shape \(1, 2\); expected \(K, d\) with at least 2"),
        (lambda: kde_entropy(torch.zeros(4, 2), bandwidth=0.0), "bandwidth is 0.0; expected a positive length"),
        (lambda: nearest_neighbour_entropy(torch.zeros(4, 2), neighbour=4), "neighbour is 4; expected between 1 and 3"),
        (lambda: gaussian_entropy(torch.zeros(2, 2)), "2 codes of 2 coordinates; expected at least 3.*singular"),
    ],
)
def test_bad_input_is_refused_with_its_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
