"""Theorem 2's loss at its optimum in closed form, and what its minimisers are when a condition is dropped."""

from itertools import combinations

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.darmois import (
    TriangularLaw,
    bimodal_law,
    code_entropy,
    darmois_map,
    gaussian_law,
    largest_legendre_moment,
    log_jacobian,
    mm_align_at_darmois,
)
from identifiability.exact.degenerate_codes import (
    hermite_code,
    scaled_code_loss,
    sub_block_code,
    surplus_coordinate_loss,
)

_CORRELATED = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 1.0]])


def _law(name: str) -> TriangularLaw:
    return {"correlated Gaussian": gaussian_law(_CORRELATED[:2, :2]), "bimodal": bimodal_law()}[name]


def darmois_map_attains_zero(setting: Setting, seed: int, context: Context) -> Evidence:
    """Loss and uniformity of the Darmois code by quadrature; the loss of its squared coordinates beside it."""
    law, step = _law(setting["law"]), setting["step"]
    nodes, _ = law.quadrature(step)
    # u -> u^2 per coordinate keeps alignment and has entropy E log 2u = log 2 - 1 each
    squared = log_jacobian(law, nodes) + np.log(2 * darmois_map(law, nodes)).sum(axis=1)
    other = -2.0 * code_entropy(law, squared, step)
    return Evidence(
        measured={
            "loss": mm_align_at_darmois(law, step),
            "largest_moment": largest_legendre_moment(law, step, degree=4),
            "other_code_error": float(abs(other - 2 * law.dim * (1 - np.log(2)))),
        },
        bar={"loss": (-1e-12, 1e-12), "largest_moment": (0.0, 1e-10), "other_code_error": (0.0, 1e-9)},
        floor={"loss": 0.0},
        note="other_code_error: quadrature error of the loss 2 n (1 - log 2) > 0 of the squared code",
    )


def scaling_lowers_the_loss(setting: Setting, seed: int, context: Context) -> Evidence:
    """Loss of c times the whitened z_inv against log c."""
    scales = np.array(setting["scales"])
    losses = np.array([scaled_code_loss(_CORRELATED[:2, :2], scale, 0.3) for scale in scales])
    slope = np.diff(losses) / np.diff(np.log(scales))
    return Evidence(
        measured={"slope_error": float(np.abs(slope + 4.0).max()), "lowest_loss": float(losses.min())},
        bar={"slope_error": (0.0, 1e-12), "lowest_loss": (None, -100.0)},
        series={"scale": scales.tolist(), "loss": losses.tolist()},
        note="slope of the loss in log c: -2 n, here n = 2",
    )


def log_det_accepts_a_curve(setting: Setting, seed: int, context: Context) -> Evidence:
    """Hermite polynomials of one coordinate under the log-det surrogate."""
    code = hermite_code(setting["n"])
    return Evidence(
        measured={
            "surrogate_loss": code.surrogate_loss,
            "covariance_error": float(np.abs(code.covariance - np.eye(setting["n"])).max()),
            "lost_coordinates": float((np.abs(code.cross_covariance).max(axis=0) < 1e-12).sum()),
        },
        bar={
            "surrogate_loss": (-1e-10, 1e-10),
            "covariance_error": (0.0, 1e-11),
            "lost_coordinates": (setting["n"] - 1.0, setting["n"] - 1.0),
        },
        floor={"surrogate_loss": 0.0},
    )


def every_sub_block_is_optimal(setting: Setting, seed: int, context: Context) -> Evidence:
    """The loss of each choice of m of 3 coordinates, and what that choice leaves unexplained."""
    codes = [sub_block_code(_CORRELATED, block, 0.3) for block in combinations(range(3), setting["m"])]
    return Evidence(
        measured={
            "optimal_codes": float(sum(abs(code.loss) < 1e-12 for code in codes)),
            "least_unexplained": float(min(code.unexplained.min() for code in codes)),
        },
        bar={"optimal_codes": (3.0, 3.0), "least_unexplained": (0.1, None)},
        note="optimal_codes: choices of coordinates that attain the least value 0; each loses the others",
    )


def surplus_dimension_prefers_private_parts(setting: Setting, seed: int, context: Context) -> Evidence:
    """One output dimension too many: the loss against the amplitude of private information in it."""
    amplitudes = np.logspace(-12, 0, 13)
    losses = np.array([surplus_coordinate_loss(amplitude) for amplitude in amplitudes])
    return Evidence(
        measured={
            "loss_error_with_private": float(abs(losses[-1] - 1 / 3)),
            "loss_almost_aligned": float(losses[0]),
            "best_amplitude": float(amplitudes[losses.argmin()]),
        },
        bar={
            "loss_error_with_private": (0.0, 1e-12),
            "loss_almost_aligned": (50.0, None),
            "best_amplitude": (1.0, 1.0),
        },
        series={"private_amplitude": amplitudes.tolist(), "loss": losses.tolist()},
    )


_OPTIMUM = "thm2.population_optimum"
_SOURCE = "arXiv 2510.26302, Theorem 2"
_CUBE = "codes in the unit cube"
_DIMENSION = "output dimension equal to that of z_inv"
_ENTROPY = "differential entropy, not a surrogate"
_SHARING = "z_inv shared exactly and determined by each modality"
_SMOOTH = "smooth encoders"

CLAIMS = (
    Claim(
        id=_OPTIMUM,
        statement="The Darmois map of z_inv to the unit cube, used in both towers, attains the least value 0 of the "
        "alignment loss: its codes are equal and uniform.",
        formula=r"d_i(z)=F_i(z_i\mid z_{<i}),\quad "
        r"\mathbb E\|d-d\|-2H(d(z_{\mathrm{inv}}))=0=\min_{f,g\in[0,1]^n} L_{\mathrm{MMAlign}}",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_CUBE, _DIMENSION, _ENTROPY, _SHARING, _SMOOTH),
        check=darmois_map_attains_zero,
        **every_preset({"law": "correlated Gaussian", "step": 0.3}, {"law": "bimodal", "step": 0.15}),
    ),
    Claim(
        id=f"{_OPTIMUM}.unbounded_codomain",
        statement="On an unbounded codomain the loss has no minimiser: scaling an aligned code by c lowers it by "
        "2 n log c.",
        formula=r"L(c f,c g)=L(f,g)-2n\log c\to-\infty",
        source=f"{_SOURCE} (bounded codomain dropped)",
        form="violation",
        track="exact",
        assumptions=(_DIMENSION, _ENTROPY, _SHARING, _SMOOTH),
        check=scaling_lowers_the_loss,
        drops=(_OPTIMUM, _CUBE),
        **every_preset({"scales": [1.0, 1e2, 1e4, 1e8, 1e16]}),
    ),
    Claim(
        id=f"{_OPTIMUM}.log_det_surrogate",
        statement="With log det Cov in place of entropy, orthonormal polynomials of one coordinate are optimal and "
        "lose all the others.",
        formula=r"f=g=\big(\mathrm{He}_k(z_1)/\sqrt{k!}\big)_{k\le n}:\ \operatorname{Cov}f=I,\ H(f)=-\infty",
        source=f"{_SOURCE} (entropy replaced by a surrogate)",
        form="violation",
        track="exact",
        assumptions=(_DIMENSION, _SHARING, _SMOOTH),
        check=log_det_accepts_a_curve,
        drops=(_OPTIMUM, _ENTROPY),
        **every_preset({"n": 3}, {"n": 5}),
    ),
    Claim(
        id=f"{_OPTIMUM}.dimension_too_small",
        statement="With fewer outputs than z_inv has dimensions every sub-block made uniform is optimal, so the "
        "minimiser does not identify z_inv.",
        formula=r"m<n:\ L(d(z_I),d(z_I))=0\ \forall I\subset\{1..n\},|I|=m",
        source=f"{_SOURCE} (known dimension dropped)",
        form="violation",
        track="exact",
        assumptions=(_CUBE, _ENTROPY, _SHARING, _SMOOTH),
        check=every_sub_block_is_optimal,
        drops=(_OPTIMUM, _DIMENSION),
        **every_preset({"m": 1}, {"m": 2}),
    ),
    Claim(
        id=f"{_OPTIMUM}.dimension_too_large",
        statement="With more outputs than z_inv has dimensions exact alignment costs +inf and injecting private "
        "information costs 1/3, so the minimiser is not a function of z_inv.",
        formula=r"m=n+1:\ L(\delta)=\tfrac{\delta}{3}-2\log\delta,\quad L(1)=\tfrac13,\ L(0^+)=+\infty",
        source=f"{_SOURCE} (known dimension dropped)",
        form="violation",
        track="exact",
        assumptions=(_CUBE, _ENTROPY, _SHARING, _SMOOTH),
        check=surplus_dimension_prefers_private_parts,
        drops=(_OPTIMUM, _DIMENSION),
        **every_preset({}),
    ),
)
