"""InfoNCE of aligned Gaussian codes at every K, without sampling: f = g = z ~ N(0, I_n), similarity -|f - g|^2 / tau.

L_K = E log(1 + sum_{k<K} w_k) with w_k = exp(-|x - y_k|^2 / tau), x and the y_k i.i.d. N(0, I_n). With
log c = int_0^inf (e^-t - e^-ct) dt / t, and M_r(t) = E exp(-t w) for |x| = r, the expectation over the negatives is

    E log((1 + S) / mu) = int_0^inf (e^(-mu t) - e^-t M_r(t)^(K-1)) dt / t,
    E log^2((1 + S) / mu) = -2 int_0^inf (log(mu t) + gamma) (e^(-mu t) - e^-t M_r(t)^(K-1)) dt / t,

the second from the expansion of int t^(s-1) (e^-t - e^-ct) dt = Gamma(s) (1 - c^-s) to first order in s (gamma is
Euler's constant). What is left are integrals over t, the distance |x - y| and r, each of an analytic integrand.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy.polynomial.legendre import leggauss
from scipy.special import gammaln, ive

_RADIUS = 10.0  # |x| beyond which a Gaussian of moderate dimension has no mass worth counting
_LOG_T = (-46.0, 4.5)  # the integrand is of order (K t)^2 below and exp(-t) above
_LOG_T_STEP = 0.2  # the trapezoidal error for e^(-e^u) is of order exp(-pi^2 / step)


@dataclass(frozen=True)
class FiniteKLoss:
    """InfoNCE at finite K against its limit.

    Args:
        k: number of candidates.
        bias: L_K - log K - L_inf.
        fluctuation: root of the mean over x of the variance of log(1 + S) given x: the spread of a single anchor.
    """

    k: Int[np.ndarray, " sizes"]
    bias: Float[np.ndarray, " sizes"]
    fluctuation: Float[np.ndarray, " sizes"]


def infinite_k_limit(n: int, temperature: float) -> float:
    """L_inf = -(n / 2) log(1 + 2 / tau) - n / (tau + 2)."""
    return -n / 2 * np.log1p(2 / temperature) - n / (temperature + 2)


def mean_weight(n: int, temperature: float, radius: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
    """m_1(r) = E_y exp(-|x - y|^2 / tau) = (1 + 2 / tau)^(-n/2) exp(-r^2 / (tau + 2)) for |x| = r."""
    return (1 + 2 / temperature) ** (-n / 2) * np.exp(-(radius**2) / (temperature + 2))


def bias_constant(n: int, temperature: float) -> float:
    """lim K (L_K - log K - L_inf) = E[1 / m_1] - E[m_2 / m_1^2] / 2 - 1 / 2, by the delta method in closed form.

    m_2(r) = E exp(-2 |x - y|^2 / tau). E[1 / m_1] = (1 + 2 / tau)^n is finite for every tau > 0; the limit is reached
    once K is large against it.
    """
    return (1 + 2 / temperature) ** n - _second_moment_ratio(n, temperature) / 2 - 0.5


def fluctuation_constant(n: int, temperature: float) -> float:
    """lim sqrt(K) * fluctuation = sqrt(E[m_2 / m_1^2] - 1), by the delta method in closed form."""
    return float(np.sqrt(_second_moment_ratio(n, temperature) - 1))


def _second_moment_ratio(n: int, temperature: float) -> float:
    """E[m_2 / m_1^2]: m_2 is m_1 at tau / 2, and E exp(a |x|^2) = (1 - 2 a)^(-n/2)."""
    exponent = 4 / ((temperature + 2) * (temperature + 4))
    scale = (1 + 2 / temperature) ** n * (1 + 4 / temperature) ** (-n / 2)
    return float(scale * (1 - 2 * exponent) ** (-n / 2))


def finite_k_loss(n: int, temperature: float, k: Int[np.ndarray, " sizes"], *, nodes: int = 64) -> FiniteKLoss:
    """Bias and fluctuation of InfoNCE at each K by quadrature; doubling `nodes` shows its error.

    Args:
        n: dimension of the codes.
        temperature: tau > 0.
        k: numbers of candidates, each at least 2.
        nodes: Gauss nodes over |x|; twice as many over |x - y|.

    Raises:
        ValueError: a temperature that is not positive, or fewer than two candidates.
    """
    if not temperature > 0 or (k < 2).any():
        raise ValueError(
            f"temperature {temperature} and K = {k.tolist()}: expected tau > 0 and K >= 2, since the similarity is "
            "-|f - g|^2 / tau and InfoNCE compares the positive with at least one negative"
        )
    radius, radius_weight = _gauss(np.zeros(1), np.full(1, _RADIUS), nodes)
    radius, radius_weight = radius[0], radius_weight[0] * _chi_density(n, radius[0])
    t = np.exp(np.arange(_LOG_T[0], _LOG_T[1], _LOG_T_STEP))
    log_transform = _log_laplace(n, temperature, radius, t, 2 * nodes)
    bias, fluctuation = [], []
    for size in k:
        mean = mean_weight(n, temperature, radius)
        centre = 1 + (size - 1) * mean  # E(1 + S), at least 1: the integrand is gone at t = exp(_LOG_T[1])
        difference = (np.exp(-np.outer(centre, t)) - np.exp(-t + (size - 1) * log_transform)) * _LOG_T_STEP
        first = difference.sum(axis=1)
        second = -2 * ((np.log(np.outer(centre, t)) + np.euler_gamma) * difference).sum(axis=1)
        bias.append(radius_weight @ (first + np.log(centre / (size * mean))))
        fluctuation.append(np.sqrt(radius_weight @ (second - first**2)))
    return FiniteKLoss(k, np.array(bias), np.array(fluctuation))


def _log_laplace(
    n: int, temperature: float, radius: Float[np.ndarray, " r"], t: Float[np.ndarray, " t"], nodes: int
) -> Float[np.ndarray, "r t"]:
    """log M_r(t) = log E exp(-t exp(-|x - y|^2 / tau)); |x - y| given |x| = r has a noncentral chi law."""
    distance, weight = _gauss(np.maximum(radius - _RADIUS, 0.0), radius + _RADIUS, nodes)
    order = n / 2 - 1
    log_ratio = np.log(distance) - np.log(radius)[:, None]
    # density d (d/r)^(n/2-1) exp(-(d^2 + r^2)/2) I_{n/2-1}(r d); ive carries the factor exp(-r d)
    density = distance * np.exp(order * log_ratio - (distance - radius[:, None]) ** 2 / 2)
    weight = weight * density * ive(order, radius[:, None] * distance)
    kernel = np.exp(-(distance**2) / temperature)
    expectation = np.stack([np.expm1(-kernel_r[:, None] * t).T @ w for kernel_r, w in zip(kernel, weight, strict=True)])
    return np.log1p(expectation)


def _gauss(
    low: Float[np.ndarray, " r"], high: Float[np.ndarray, " r"], nodes: int
) -> tuple[Float[np.ndarray, "r nodes"], Float[np.ndarray, "r nodes"]]:
    """Gauss-Legendre nodes and weights on each interval [low, high]."""
    unit, weight = leggauss(nodes)
    half = (high - low)[:, None] / 2
    return (high + low)[:, None] / 2 + half * unit, half * weight


def _chi_density(n: int, radius: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
    """Density of |x| for x ~ N(0, I_n)."""
    return np.exp((n - 1) * np.log(radius) - radius**2 / 2 - (n / 2 - 1) * np.log(2) - gammaln(n / 2))


def entropy_limit_gap(n: int, temperature: float, *, noise: float = 0.0) -> float:
    """L_inf - (n / 2) log(pi tau) + (H(f) + H(g)) / 2 for f = z, g = z + noise * N(0, I): InfoNCE against entropy.

    (pi tau)^(-n/2) exp(-|f - g|^2 / tau) is the density of N(0, tau / 2), so L_inf is minus a cross-entropy against
    the smoothed law, up to that constant. With noise 0 the gap is
    -KL(p || p * N(0, tau/2)) = -(n / 2) (log(1 + tau/2) + 1 / (1 + tau/2) - 1) ~ -n tau^2 / 16; with noise the
    alignment term n noise^2 / tau diverges. Mean of both directions of the loss.

    Raises:
        ValueError: a temperature that is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"temperature {temperature}: expected tau > 0, the similarity is -|f - g|^2 / tau")
    variance = 1 + noise**2
    if noise == 0:  # without the cancellation of log(1 + 2 / tau) against log(pi tau)
        half = temperature / 2
        return float(-n / 2 * (np.log1p(half) - half / (1 + half)))
    alignment = n * noise**2 / temperature
    image_anchor = -n / 2 * np.log1p(2 * variance / temperature) - n / (temperature + 2 * variance)
    text_anchor = -n / 2 * np.log1p(2 / temperature) - n * variance / (temperature + 2)
    entropy = n * np.log(2 * np.pi * np.e) / 2 + n * np.log(variance) / 4
    constant = n / 2 * np.log(np.pi * temperature)
    return float(alignment + (image_anchor + text_anchor) / 2 - constant + entropy)
