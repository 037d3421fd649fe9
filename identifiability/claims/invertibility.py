"""Is the h of Theorem 2 invertible? Smooth minimisers of the alignment loss that are not one-to-one."""

import numpy as np
from numpy.polynomial.legendre import leggauss

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.disc import (
    fold,
    infinite_spiral_weights,
    moment_error,
    pushforward_density,
    sheet_counts,
    symbolic_facts,
    weight,
)


def _points_of_the_disc(count: int, rng: np.random.Generator) -> np.ndarray:
    radius, angle = np.sqrt(rng.random(count)), rng.uniform(0, 2 * np.pi, count)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def minimiser_is_two_to_one(setting: Setting, seed: int, context: Context) -> Evidence:
    """The wound strip: a smooth code, uniform on the disc and so of loss 0 on the square, and its preimages."""
    points = _points_of_the_disc(setting["points"], np.random.default_rng(seed))
    counts, facts = sheet_counts(points), symbolic_facts().defects()
    density = [abs(pushforward_density(point) - 1 / np.pi) for point in points]
    return Evidence(
        measured={
            "preimages_of_a_code": float(counts.max()),
            "share_of_codes_with_two": float(counts[counts == 2].size / counts.size),
            "density_error": float(max(density)),
            "moment_error": moment_error(6),
            "symbolic_defects": sum(facts.values()),
        },
        bar={"preimages_of_a_code": (1.0, 1.0)},
        note="the code has the constant density 1 / pi on the disc, hence loss 0 after the disc is mapped to the "
        "square by a map of Jacobian 1 / pi",
    )


def minimisers_are_local_diffeomorphisms(setting: Setting, seed: int, context: Context) -> Evidence:
    """p <= q |det Dh| on the wound strip, its symbolic facts, and a strip wound for ever."""
    points = _points_of_the_disc(setting["points"], np.random.default_rng(seed))
    angle = np.linspace(0.05, 3 * np.pi - 0.05, 2001)
    facts = symbolic_facts().defects()
    fibres = np.stack([infinite_spiral_weights(phi, 40) for phi in np.linspace(0.3, 6.0, 20)])
    return Evidence(
        measured={
            **{f"symbolic_{name}": defect for name, defect in facts.items()},
            "density_error": float(max(abs(pushforward_density(point) - 1 / np.pi) for point in points)),
            "moment_error": moment_error(6),
            "largest_p_over_q_det": float(weight(angle).max()),
            "smallest_p_over_q_det": float(weight(angle).min()),
            "infinite_fibre_mass_error": float(np.abs(fibres.sum(axis=1) - 1).max()),
            "infinite_fibre_least_weight": float(fibres.min()),
        },
        bar={
            **{f"symbolic_{name}": (0.0, 0.0) for name in facts},
            "density_error": (0.0, 1e-12),
            "moment_error": (0.0, 1e-12),
            "largest_p_over_q_det": (None, 1.0),
            "smallest_p_over_q_det": (1e-300, None),
            "infinite_fibre_mass_error": (0.0, 1e-12),
            "infinite_fibre_least_weight": (1e-300, None),
        },
        note="p / (q |det Dh|) is the share of a code's density that comes from one of its preimages",
    )


def vanishing_density_folds(setting: Setting, seed: int, context: Context) -> Evidence:
    """A density on (-1, 1) that is 0 at the origin: its folded quantile map is uniform, critical and two-to-one."""
    nodes, weights = leggauss(setting["nodes"])
    half, step = (nodes + 1) / 2, 1e-3
    density = np.exp(-1 / half**2)
    density /= 2 * (weights / 2) @ density  # of (-1, 1), by symmetry
    # E fold^k = 1 / (k + 1) for a uniform code
    moments = [2 * (weights / 2) @ (density * fold(half) ** k) - 1 / (k + 1) for k in range(1, 7)]
    slope = float(fold(np.array([step]))[0] / step)
    return Evidence(
        measured={
            "moment_error": float(np.abs(moments).max()),
            "preimage_gap": float(np.abs(fold(half) - fold(-half)).max()),
            "slope_at_the_origin": slope,
        },
        bar={"moment_error": (0.0, 1e-9), "preimage_gap": (0.0, 0.0), "slope_at_the_origin": (0.0, 1e-12)},
        note="preimage_gap: fold(z) - fold(-z)",
    )


_LOCAL = "thm2.local_diffeomorphism"
_SOURCE = "arXiv 2510.26302, Theorem 2"
_POSITIVE = "density of z_inv positive and continuous on a connected open set"
_CODE = "smooth code of exactly the dimension of z_inv, uniform on the cube"

CLAIMS = (
    Claim(
        id="thm2.h_invertible",
        statement="The map h from z_inv to the code of a minimiser is invertible.",
        formula=r"h=f^*\circ f\ \text{injective}",
        source=_SOURCE,
        form="printed",
        track="exact",
        assumptions=(_POSITIVE, _CODE),
        check=minimiser_is_two_to_one,
        **every_preset({"points": 2000}),
    ),
    Claim(
        id=_LOCAL,
        statement="The map h is a local diffeomorphism with countable fibres, and bijective if it is proper; two and "
        "infinitely many preimages do occur.",
        formula=r"p(z)\le q(h(z))\,|\det Dh(z)|,\quad \sum_{z\in h^{-1}(y)}\frac{p(z)}{|\det Dh(z)|}=q(y)",
        source=f"{_SOURCE}; own proof",
        form="corrected",
        track="exact",
        assumptions=(_POSITIVE, _CODE),
        check=minimisers_are_local_diffeomorphisms,
        **every_preset({"points": 500}),
    ),
    Claim(
        id=f"{_LOCAL}.vanishing_density",
        statement="If the density of z_inv vanishes at a single point, a smooth uniform code may have a critical point "
        "there and be two-to-one, in dimension one already.",
        formula=r"p(z)\propto e^{-1/z^2},\ h(z)=P(|Z|\le|z|):\ h'(0)=0,\ h(-z)=h(z)",
        source=f"{_SOURCE} (positive density dropped)",
        form="violation",
        track="exact",
        assumptions=(_CODE,),
        check=vanishing_density_folds,
        drops=(_LOCAL, _POSITIVE),
        **every_preset({"nodes": 200}),
    ),
)
