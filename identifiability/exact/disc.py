"""The invertibility gap: a minimiser of L_MMAlign that is smooth, has no critical point, and is two-to-one.

Let h be C^1, p a positive continuous density on a connected open set M of R^n, and h push p to the uniform law of the
cube (or to any continuous density q). The set W = {|det Dh| < p / q(h)} is open, and the density of h(z), the sum over
preimages of p / |det Dh|, would exceed q on h(W) (where det Dh = 0 throughout, h(W) is null and could not receive the
mass of W): so W is empty. Hence det Dh vanishes nowhere, h is a local diffeomorphism with p <= q(h) |det Dh|, and its
fibres are discrete, so countable. More does not follow: fibres of two points (below) and of infinitely many
(`infinite_spiral_weights`) occur.

Bijectivity needs properness (preimages of compact sets are compact). A proper local diffeomorphism of connected
manifolds is a covering, and coverings of the simply connected cube are one-sheeted. Properness is automatic for a
compact M (spheres), and in dimension one monotonicity does its work. "M and N simply connected, p and q regular" is
not enough even if h is onto: the entire function z -> int_0^z exp(w^2) dw has no critical point, omits no value (it is
odd, and by Picard omits at most one) and takes every value infinitely often; p = q(h) |h'|^2 g / sum_fibre g with
g = exp(-|z|^4) is positive and continuous on the plane and is pushed to q.

Here M = (0, 1) x (0, 3 pi), h(r, theta) = (r cos theta, r sin theta), p(r, theta) = r w(theta) / pi. The weight w is 1
on [pi, 2 pi] and hands over from the third half-turn to the first: w(phi) + w(phi + 2 pi) = 1 for phi in (0, pi).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy
from jaxtyping import Float, Int
from numpy.polynomial.legendre import leggauss
from scipy.special import erfc, expit, gamma


def handover(u: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Smooth step on (0, 1), e^(-1/u) / (e^(-1/u) + e^(-1/(1-u))): every derivative vanishes at both ends.

    It makes w infinitely differentiable; with sin^2(pi u / 2) in its place w would be once differentiable only.
    """
    return expit(1 / (1 - u) - 1 / u)


def weight(theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """w(theta) on (0, 3 pi), positive and infinitely differentiable."""
    u = np.clip(np.where(theta < np.pi, theta, 3 * np.pi - theta) / np.pi, 1e-300, None)
    return np.where(u < 1, handover(np.minimum(u, 1 - 1e-16)), 1.0)


def spiral(z: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """h(r, theta) = (r cos theta, r sin theta), the strip wound one and a half times around the disc."""
    return z[:, :1] * np.stack([np.cos(z[:, 1]), np.sin(z[:, 1])], axis=1)


def disc_to_square(x: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """The Darmois map of the uniform law of the disc: a diffeomorphism onto (0, 1)^2 with Jacobian 1 / pi."""
    root = np.sqrt(1 - x[:, 0] ** 2)
    return np.stack([0.5 + (x[:, 0] * root + np.arcsin(x[:, 0])) / np.pi, 0.5 + x[:, 1] / (2 * root)], axis=1)


def preimages(x: Float[np.ndarray, " 2"]) -> Float[np.ndarray, "sheets 2"]:
    """All (r, theta) of M that `spiral` sends to a point of the disc other than its centre."""
    angle = np.arctan2(x[1], x[0]) % (2 * np.pi) + np.array([0.0, 2 * np.pi])
    inside = angle[(angle > 0) & (angle < 3 * np.pi)]
    return np.column_stack([np.full(len(inside), np.hypot(*x)), inside])


def pushforward_density(x: Float[np.ndarray, " 2"]) -> float:
    """Density of h(z) at a point: the sum over its preimages of p / |det Dh| = w(theta) / pi."""
    return float(weight(preimages(x)[:, 1]).sum() / np.pi)


def moment_error(degree: int) -> float:
    """max |E x^a y^b - its value under the uniform law of the disc| over a + b <= degree, by quadrature over M."""
    nodes, weights = leggauss(60)
    r, r_weight = (nodes + 1) / 2, weights / 2
    theta = np.concatenate([np.pi * (turn + (nodes + 1) / 2) for turn in range(3)])
    theta_weight = np.tile(np.pi * weights / 2, 3) * weight(theta)
    errors = []
    for a in range(degree + 1):
        for b in range(degree + 1 - a):
            radial = r_weight @ r ** (a + b + 1)
            angular = theta_weight @ (np.cos(theta) ** a * np.sin(theta) ** b)
            uniform = 0.0
            if a % 2 == 0 and b % 2 == 0:
                uniform = 2 * gamma((a + 1) / 2) * gamma((b + 1) / 2) / gamma((a + b) / 2 + 1) / (a + b + 2) / np.pi
            errors.append(abs(radial * angular / np.pi - uniform))
    return float(max(errors))


def sample(n: int, *, rng: np.random.Generator) -> Float[np.ndarray, "n 2"]:
    """n draws of (r, theta) from p, by rejection in theta."""
    theta = np.empty(0)
    while len(theta) < n:
        proposed = rng.uniform(0, 3 * np.pi, size=2 * n)
        theta = np.concatenate([theta, proposed[rng.random(2 * n) < weight(proposed)]])
    return np.column_stack([np.sqrt(rng.random(n)), theta[:n]])


@dataclass(frozen=True)
class SymbolicFacts:
    """What computer algebra proves about the construction; each defect is 0.

    Args:
        total_mass: mass of p, minus 1.
        second_sheet_mass: P(theta > 2 pi), minus 1/4.
        sheet_weights: w(phi) + w(phi + 2 pi) - 1 for phi in (0, pi).
        jacobian: det Dh - r.
        square_jacobian: det of the map of the disc to the square, minus 1 / pi.
    """

    total_mass: sympy.Expr
    second_sheet_mass: sympy.Expr
    sheet_weights: sympy.Expr
    jacobian: sympy.Expr
    square_jacobian: sympy.Expr

    def defects(self) -> dict[str, float]:
        """Each defect as a number; the symbol 0 gives exactly 0.0."""
        return {name: 0.0 if value == 0 else 1.0 for name, value in vars(self).items()}


@cache
def symbolic_facts() -> SymbolicFacts:
    """Derive the facts with sympy, the step function as in `handover`."""
    r, theta, x, y = sympy.symbols("r theta x y", positive=True)
    u = sympy.Symbol("u", positive=True)
    rising, falling = sympy.exp(-1 / u), sympy.exp(-1 / (1 - u))
    step = rising / (rising + falling)
    both = sympy.simplify(step + step.subs(u, 1 - u))
    # int_0^1 step = 1/2 int_0^1 (step(u) + step(1 - u)) du by the substitution u -> 1 - u
    half_turn = sympy.integrate(both, (u, 0, 1)) / 2 * sympy.pi
    radial = sympy.integrate(r / sympy.pi, (r, 0, 1))
    polar = sympy.Matrix([r * sympy.cos(theta), r * sympy.sin(theta)]).jacobian([r, theta])
    root = sympy.sqrt(1 - x**2)
    square = sympy.Matrix([(x * root + sympy.asin(x)) / sympy.pi, y / (2 * root)]).jacobian([x, y])
    return SymbolicFacts(
        total_mass=sympy.simplify(radial * (half_turn + sympy.pi + half_turn) - 1),
        second_sheet_mass=sympy.simplify(radial * half_turn - sympy.Rational(1, 4)),
        sheet_weights=sympy.simplify(both - 1),
        jacobian=sympy.simplify(polar.det() - r),
        square_jacobian=sympy.simplify(square.det() - 1 / sympy.pi),
    )


def infinite_spiral_weights(phi: float, sheets: int) -> Float[np.ndarray, " sheets"]:
    """Weights of the first preimages when the strip winds for ever: M = (0, 1) x (0, inf), infinite fibres.

    w(theta) = G(theta) / sum_k G(theta + 2 pi k) with G(theta) = exp(-theta - 1 / theta), smooth and positive; the
    weights over one point of the disc sum to 1, so r w(theta) / pi is again pushed to the uniform law.
    """
    angle = phi + 2 * np.pi * np.arange(sheets)
    log_weight = -angle - 1 / angle
    total = np.exp(log_weight - log_weight.max()).sum()  # later sheets add less than exp(-2 pi sheets) relative
    return np.exp(log_weight - log_weight.max()) / total


def fold(z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """A two-to-one smooth map of (-1, 1) onto [0, 1) that makes a smooth law uniform which vanishes at one point.

    The density proportional to exp(-1 / z^2) is 0 at z = 0 only, and fold(z) is the mass of (-|z|, |z|).
    """
    distance = np.maximum(np.abs(z), 1e-150)

    def mass(s: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        return s * np.exp(-1 / s**2) - np.sqrt(np.pi) * erfc(1 / s)

    return mass(distance) / mass(np.ones(1))


def sheet_counts(points: Float[np.ndarray, "n 2"]) -> Int[np.ndarray, " n"]:
    """Number of preimages of each point of the disc."""
    return np.array([len(preimages(point)) for point in points])
