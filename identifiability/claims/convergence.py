"""Corollary 3: InfoNCE as K grows and as the temperature falls, on aligned Gaussian codes."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.gaussian_limit import (
    bias_constant,
    entropy_limit_gap,
    finite_k_loss,
    fluctuation_constant,
    infinite_k_limit,
)
from identifiability.exact.gaussian_sampling import sampled_loss
from identifiability.exact.iff_loose import uniform_limit_gap

_SIZES = 2 ** np.arange(3, 13)  # K = 8 .. 4096
_FITTED = _SIZES >= 64
_SLOPES = {"bias_slope": (-1.1, -0.9), "fluctuation_slope": (-0.6, -0.45)}


def _slope(k: np.ndarray, value: np.ndarray) -> float:
    """Least-squares slope of log value in log K."""
    return float(np.polyfit(np.log(k), np.log(value), 1)[0])


def rates_by_quadrature(setting: Setting, seed: int, context: Context) -> Evidence:
    """Bias and fluctuation for K up to 4096, and far beyond against the constants of the delta method."""
    n, temperature = setting["n"], setting["temperature"]
    loss, finer = finite_k_loss(n, temperature, _SIZES), finite_k_loss(n, temperature, _SIZES, nodes=100)
    far = finite_k_loss(n, temperature, 2 ** np.array([21, 24]))
    constants = bias_constant(n, temperature), fluctuation_constant(n, temperature)
    error = max(np.abs(loss.bias - finer.bias).max(), np.abs(loss.fluctuation - finer.fluctuation).max())
    return Evidence(
        measured={
            "bias_slope": _slope(_SIZES[_FITTED], loss.bias[_FITTED]),
            "fluctuation_slope": _slope(_SIZES[_FITTED], loss.fluctuation[_FITTED]),
            "bias_at_largest_k": float(loss.bias[-1]),
            "quadrature_error": float(error),
            "far_bias_slope": _slope(far.k, far.bias),
            "far_fluctuation_slope": _slope(far.k, far.fluctuation),
            "bias_constant_error": float(abs(far.k[-1] * far.bias[-1] / constants[0] - 1)),
            "fluctuation_constant_error": float(abs(np.sqrt(far.k[-1]) * far.fluctuation[-1] / constants[1] - 1)),
        },
        bar={
            **_SLOPES,
            "bias_at_largest_k": (-0.002, 0.002),
            "quadrature_error": (0.0, 1e-11),
            "far_bias_slope": (-1.0001, -0.9999),
            "far_fluctuation_slope": (-0.5001, -0.4999),
            "bias_constant_error": (0.0, 1e-4),
            "fluctuation_constant_error": (0.0, 1e-4),
        },
        series={
            "k": _SIZES.tolist(),
            "bias": loss.bias.tolist(),
            "fluctuation": loss.fluctuation.tolist(),
            "limit": infinite_k_limit(n, temperature),
            "bias_constant": constants[0],
            "fluctuation_constant": constants[1],
        },
        note="slopes are fitted over K = 64..4096; `far` is K = 2^21..2^24",
    )


def rates_at_small_temperature(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same curves where K = 4096 is far below (1 + 2 / tau)^n."""
    n, temperature = setting["n"], setting["temperature"]
    loss, finer = finite_k_loss(n, temperature, _SIZES), finite_k_loss(n, temperature, _SIZES, nodes=128)
    return Evidence(
        measured={
            "bias_slope": _slope(_SIZES[_FITTED], loss.bias[_FITTED]),
            "bias_at_largest_k": float(loss.bias[-1]),
            "quadrature_error": float(np.abs(loss.bias - finer.bias).max()),
            "needed_k": (1 + 2 / temperature) ** n,
        },
        bar={"bias_slope": (-0.5, None), "bias_at_largest_k": (1.0, None), "quadrature_error": (0.0, 1e-9)},
        series={"k": _SIZES.tolist(), "bias": loss.bias.tolist(), "fluctuation": loss.fluctuation.tolist()},
        note="needed_k = (1 + 2 / tau)^n = E[1 / m_1]: K must be large against it for the rate 1 / K to show",
    )


def rates_by_sampling(setting: Setting, seed: int, context: Context) -> Evidence:
    """Draw anchors and negatives at each K, beside the quadrature."""
    n, temperature, rng = setting["n"], setting["temperature"], np.random.default_rng(seed)
    exact = finite_k_loss(n, temperature, _SIZES)
    losses = []
    for done, k in enumerate(_SIZES):
        losses.append(sampled_loss(n, temperature, int(k), 2 ** setting["log2_similarities"], rng=rng))
        if context.progress:
            context.progress(done + 1, len(_SIZES))
    bias = np.array([loss.bias for loss in losses])
    error = np.array([loss.standard_error for loss in losses])
    fluctuation = np.array([loss.fluctuation for loss in losses])
    return Evidence(
        measured={
            "bias_slope": _slope(_SIZES[_FITTED], bias[_FITTED]),
            "fluctuation_slope": _slope(_SIZES[_FITTED], fluctuation[_FITTED]),
            "bias_at_largest_k": float(bias[-1]),
            "largest_deviation": float(np.abs((bias - exact.bias) / error).max()),
        },
        bar={**_SLOPES, "bias_at_largest_k": (-0.002, 0.002), "largest_deviation": (0.0, 6.0)},
        ceiling={
            "bias_slope": _slope(_SIZES[_FITTED], exact.bias[_FITTED]),
            "fluctuation_slope": _slope(_SIZES[_FITTED], exact.fluctuation[_FITTED]),
            "bias_at_largest_k": float(exact.bias[-1]),
        },
        series={
            "k": _SIZES.tolist(),
            "bias": bias.tolist(),
            "standard_error": error.tolist(),
            "fluctuation": fluctuation.tolist(),
            "exact_bias": exact.bias.tolist(),
            "exact_fluctuation": exact.fluctuation.tolist(),
        },
        note="largest_deviation from the quadrature in standard errors, over ten K; ceiling: the exact values",
    )


def rates_by_sampling_at_small_temperature(setting: Setting, seed: int, context: Context) -> Evidence:
    """Draw as few batches as the estimator allows where every K is far below (1 + 2 / tau)^n."""
    n, temperature, rng = setting["n"], setting["temperature"], np.random.default_rng(seed)
    sizes = np.array([64, 512, 4096])
    exact = finite_k_loss(n, temperature, sizes)
    losses = [sampled_loss(n, temperature, int(k), 2 ** setting["log2_similarities"], rng=rng) for k in sizes]
    bias, error = np.array([loss.bias for loss in losses]), np.array([loss.standard_error for loss in losses])
    return Evidence(
        measured={
            "bias_slope": _slope(sizes, bias),
            "bias_at_largest_k": float(bias[-1]),
            "largest_deviation": float(np.abs((bias - exact.bias) / error).max()),
            "needed_k": (1 + 2 / temperature) ** n,
        },
        bar={"bias_slope": (-0.5, None), "bias_at_largest_k": (1.0, None), "largest_deviation": (0.0, 6.0)},
        ceiling={"bias_slope": _slope(sizes, exact.bias), "bias_at_largest_k": float(exact.bias[-1])},
        series={"k": sizes.tolist(), "bias": bias.tolist(), "standard_error": error.tolist()},
        note="the sampled bias agrees with the quadrature: it is InfoNCE that is far from its limit, not the estimate",
    )


def entropy_limit(setting: Setting, seed: int, context: Context) -> Evidence:
    """Gap between the limiting InfoNCE and minus the entropy of an exactly aligned code, against the temperature."""
    n, temperatures = setting["n"], np.logspace(-4, 0, 9)
    gap = np.abs([entropy_limit_gap(n, temperature) for temperature in temperatures])
    entropy = n / 2 * np.log(2 * np.pi * np.e)
    direct = [abs(infinite_k_limit(n, tau) - n / 2 * np.log(np.pi * tau) + entropy) for tau in temperatures]
    return Evidence(
        measured={
            "slope": _slope(temperatures[:3], gap[:3]),
            "identity_error": float(np.abs(gap - direct).max()),
            "constant_error": float(abs(gap[0] / temperatures[0] ** 2 * 16 / n - 1)),
        },
        bar={"slope": (1.999, 2.001), "identity_error": (0.0, 1e-12), "constant_error": (0.0, 1e-4)},
        series={"temperature": temperatures.tolist(), "gap": gap.tolist()},
    )


def entropy_limit_with_noisy_sharing(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same gap when the text's copy of z_inv is noisy."""
    temperatures = np.logspace(-4, 0, 9)
    gap = np.array([entropy_limit_gap(setting["n"], tau, noise=setting["noise"]) for tau in temperatures])
    return Evidence(
        measured={"gap_at_lowest_temperature": float(gap[0]), "slope": _slope(temperatures[:3], gap[:3])},
        bar={"gap_at_lowest_temperature": (100.0, None), "slope": (-1.05, -0.95)},
        series={"temperature": temperatures.tolist(), "gap": gap.tolist()},
    )


def entropy_limit_on_the_cube(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same gap for the uniform code on [0, 1], the optimum of the alignment loss."""
    temperatures = np.logspace(-6, 0, 13)
    gap = -np.array([uniform_limit_gap(tau) for tau in temperatures])
    finer = -np.array([uniform_limit_gap(tau, nodes=120) for tau in temperatures])
    return Evidence(
        measured={
            "slope": _slope(temperatures[:3], gap[:3]),
            "gap_over_root": float(gap[0] / np.sqrt(temperatures[0])),
            "quadrature_error": float(np.abs(gap - finer).max()),
        },
        bar={"slope": (0.49, 0.51), "quadrature_error": (0.0, 1e-12)},
        series={"temperature": temperatures.tolist(), "gap": gap.tolist()},
    )


_LIMIT = "cor3.k_limit_exact"
_SAMPLED = "cor3.k_limit_sampled"
_ENTROPY = "cor3.limit_to_mmalign"
_SOURCE = "arXiv 2510.26302, Corollary 3"
_LARGE = "K large against (1 + 2 / tau)^n"
_SHARED = "codes equal on every pair"
_SIMILARITY = "similarity -|f - g|^2 / tau"
_SMOOTH = "Gaussian codes"
_GAUSSIAN = (_SMOOTH, _SIMILARITY)

CLAIMS = (
    Claim(
        id=_LIMIT,
        statement="As the number K of candidates grows, InfoNCE minus log K tends to its limit with a bias of order "
        "1 / K and a spread of a single anchor of order K^(-1/2), with known constants.",
        formula=r"L_K-\log K-L_\infty\sim\frac1K\Big(\mathbb E\frac1{m_1}-\frac12\mathbb E\frac{m_2}{m_1^2}-\frac12"
        r"\Big),\quad L_\infty=-\frac n2\log\Big(1+\frac2\tau\Big)-\frac n{\tau+2}",
        source=f"{_SOURCE}; rates after Wang and Isola 2020, Theorem 1",
        form="corrected",
        track="exact",
        assumptions=(*_GAUSSIAN, _SHARED, _LARGE),
        check=rates_by_quadrature,
        **every_preset({"n": 3, "temperature": 2.0}),
    ),
    Claim(
        id=f"{_LIMIT}.small_temperature",
        statement="With K small against (1 + 2 / tau)^n the limit is out of reach: the bias falls slower than "
        "K^(-1/2) and exceeds one nat at K = 4096.",
        formula=r"K\ll(1+2/\tau)^n=\mathbb E[1/m_1]",
        source=f"{_SOURCE} (enough negatives dropped)",
        form="violation",
        track="exact",
        assumptions=(*_GAUSSIAN, _SHARED),
        check=rates_at_small_temperature,
        drops=(_LIMIT, _LARGE),
        **every_preset({"n": 5, "temperature": 0.1}),
    ),
    Claim(
        id=_SAMPLED,
        statement="Sampled batches show the rates of the K limit and agree with the quadrature.",
        formula=r"\hat L_K-\log K-L_\infty=O(1/K)",
        source=_SOURCE,
        form="corrected",
        track="learned",
        assumptions=(*_GAUSSIAN, _SHARED, _LARGE),
        check=rates_by_sampling,
        settings={
            "quick": [{"n": 3, "temperature": 2.0, "log2_similarities": 21}],
            "standard": [{"n": 3, "temperature": 2.0, "log2_similarities": 22}],
            "full": [{"n": 3, "temperature": 2.0, "log2_similarities": 24}],
        },
        seeds={"quick": 1, "standard": 1, "full": 3},
    ),
    Claim(
        id=f"{_SAMPLED}.small_temperature",
        statement="With K small against (1 + 2 / tau)^n sampled batches show no such rate either: at K = 4096 InfoNCE "
        "is more than a nat above its limit.",
        formula=r"K\ll(1+2/\tau)^n",
        source=f"{_SOURCE} (enough negatives dropped)",
        form="violation",
        track="learned",
        assumptions=(*_GAUSSIAN, _SHARED),
        check=rates_by_sampling_at_small_temperature,
        drops=(_SAMPLED, _LARGE),
        **every_preset({"n": 5, "temperature": 0.1, "log2_similarities": 12}),
    ),
    Claim(
        id=_ENTROPY,
        statement="As the temperature falls, the limiting InfoNCE of exactly aligned codes tends to minus their "
        "entropy (up to a constant of the kernel), with an error of order tau^2.",
        formula=r"L_\infty-\tfrac n2\log(\pi\tau)+H(f)=-\mathrm{KL}\big(p\,\|\,p*N(0,\tfrac\tau2)\big)"
        r"\sim-\tfrac{n\tau^2}{16}",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(*_GAUSSIAN, _SHARED),
        check=entropy_limit,
        **every_preset({"n": 3}, {"n": 5}),
    ),
    Claim(
        id=f"{_ENTROPY}.noisy_sharing",
        statement="If the two copies of z_inv differ, InfoNCE diverges like 1 / tau as the temperature falls instead "
        "of tending to the alignment loss.",
        formula=r"g=f+\sigma\varepsilon:\ L_\infty\sim n\sigma^2/\tau",
        source=f"{_SOURCE} (exact sharing dropped)",
        form="violation",
        track="exact",
        assumptions=_GAUSSIAN,
        check=entropy_limit_with_noisy_sharing,
        drops=(_ENTROPY, _SHARED),
        **every_preset({"n": 3, "noise": 0.1}),
    ),
    Claim(
        id=f"{_ENTROPY}.bounded_codomain",
        statement="At the optimum of the alignment loss, the uniform code on the cube, the error is of order sqrt(tau) "
        "and not tau^2: the kernel leaks over the boundary.",
        formula=r"L_\infty-\tfrac12\log(\pi\tau)+H(f)=\mathbb E\log P(0<x+N(0,\tfrac\tau2)<1)\sim-c\sqrt\tau",
        source=f"{_SOURCE} (smooth density on the whole space dropped)",
        form="violation",
        track="exact",
        assumptions=(_SIMILARITY, _SHARED),
        check=entropy_limit_on_the_cube,
        drops=(_ENTROPY, _SMOOTH),
        **every_preset({}),
    ),
)
