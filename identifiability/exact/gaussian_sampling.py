"""Sampled estimate of what `gaussian_limit` computes by quadrature: InfoNCE of aligned Gaussian codes at finite K."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import gammaincinv

from identifiability.exact.gaussian_limit import mean_weight

_CHUNK = 2**17  # similarities held at once
_SPREAD = 2.0  # variance of the law that anchors are drawn from


@dataclass(frozen=True)
class SampledLoss:
    """Estimates at one K.

    Args:
        bias: estimate of L_K - log K - L_inf, with the mean weight as control variate.
        standard_error: standard error of `bias`.
        fluctuation: root mean over anchors of the variance of log(1 + S) given the anchor; 0 where its estimate, which
            is unbiased before the root, is negative.
    """

    bias: float
    standard_error: float
    fluctuation: float


def sampled_loss(n: int, temperature: float, k: int, similarities: int, *, rng: np.random.Generator) -> SampledLoss:
    """Draw anchors x and, for each, two independent sets of K - 1 negatives.

    The rare anchors far out have by far the largest spread, so radii are stratified and drawn from N(0, 2 I), with
    their weights. The deviation log((1 + S) / (K m_1)) of each set is corrected by its first-order term
    (S - (K-1) m_1) / (K m_1), of mean 0 and known variance, as far as that term is small; half the squared difference
    of an anchor's two deviations estimates their variance without bias.

    Args:
        n: dimension of the codes.
        temperature: tau > 0.
        k: number of candidates, at least 2.
        similarities: how many similarities to draw in all; the number of anchors follows (at least 1000).
        rng: source of randomness.
    """
    anchors = 2 * max(500, similarities // (4 * (k - 1)))
    quantiles = (np.arange(anchors) + rng.random(anchors)) / anchors
    radii = np.sqrt(_SPREAD * 2 * gammaincinv(n / 2, quantiles))
    corrected, squared = [], []
    for radius in np.array_split(radii, -(-anchors * 2 * (k - 1) // _CHUNK)):
        direction = rng.standard_normal((len(radius), n))
        x = radius[:, None] * direction / np.linalg.norm(direction, axis=1, keepdims=True)
        total = _sum_of_weights(x, temperature, k - 1, rng=rng)
        mean, second = (mean_weight(n, tau, radius) for tau in (temperature, temperature / 2))
        relative_variance = (k - 1) * (second / mean**2 - 1) / k**2  # of S / (K m_1)
        trust = (1 / (1 + relative_variance))[:, None]
        deviation = np.log1p(total) - np.log(k * mean)[:, None]
        control = trust * (total - (k - 1) * mean[:, None]) / (k * mean)[:, None]
        weight = _SPREAD ** (n / 2) * np.exp(-(radius**2) * (1 - 1 / _SPREAD) / 2)
        corrected.append(weight * (deviation - control).mean(axis=1))
        spread = (np.diff(deviation)[:, 0] ** 2 - np.diff(control)[:, 0] ** 2) / 2
        squared.append(weight * (spread + trust[:, 0] ** 2 * relative_variance))
    values = np.concatenate(corrected)
    neighbours = values[::2] - values[1::2]  # neighbouring strata differ by little but their sampling error
    return SampledLoss(
        bias=float(values.mean()),
        standard_error=float(np.sqrt((neighbours**2).mean() / 2 / anchors)),
        fluctuation=float(np.sqrt(max(0.0, np.concatenate(squared).mean()))),
    )


def _sum_of_weights(
    x: Float[np.ndarray, "anchors n"], temperature: float, negatives: int, *, rng: np.random.Generator
) -> Float[np.ndarray, "anchors 2"]:
    """sum_k exp(-|x - y_k|^2 / tau) over two sets of `negatives` draws, a coordinate at a time."""
    squared = np.zeros((len(x), 2, negatives))
    draw = np.empty_like(squared)
    for coordinate in x.T:
        rng.standard_normal(out=draw)
        draw -= coordinate[:, None, None]
        squared += np.square(draw, out=draw)
    squared /= -temperature
    return np.exp(squared, out=squared).sum(axis=2)
