"""The closed-form optimum of L_MMAlign: the Darmois map of z_inv to the unit cube, used in both towers."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Complex, Float
from scipy.special import eval_legendre, ndtr

_STEP = 1e-30  # of the complex-step derivative: no subtraction, so it may be this small

Conditional = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class TriangularLaw:
    """A law on R^n given by its conditionals p(z_i | z_1..z_{i-1}).

    Args:
        distribution: for each i the conditional distribution function F_i(z_i | z_<i) of points (..., >= i + 1),
            analytic in z_i (it is evaluated at complex points to differentiate it).
        density: for each i the conditional density, of the same arguments.
        half_width: the law has no mass worth counting outside [-half_width, half_width]^n.
    """

    distribution: tuple[Conditional, ...]
    density: tuple[Conditional, ...]
    half_width: float

    @property
    def dim(self) -> int:
        """The dimension n."""
        return len(self.density)

    def quadrature(self, step: float) -> tuple[Float[np.ndarray, "nodes n"], Float[np.ndarray, " nodes"]]:
        """Nodes and weights of the trapezoidal rule for expectations under the law; weights sum to 1 to its error.

        For analytic densities that decay like a Gaussian the error falls like exp(-const / step^2).
        """
        axis = np.arange(-self.half_width, self.half_width + step / 2, step)
        nodes = np.stack(np.meshgrid(*[axis] * self.dim, indexing="ij"), axis=-1).reshape(-1, self.dim)
        weight = np.prod([density(nodes) for density in self.density], axis=0) * step**self.dim
        kept = weight > 0
        return nodes[kept], weight[kept]


def gaussian_law(covariance: Float[np.ndarray, "n n"]) -> TriangularLaw:
    """N(0, S) by its conditionals: with S = L L^T, z_i | z_<i has standardised value u_i = (L^-1 z)_i.

    Raises:
        ValueError: a covariance that is not positive definite.
    """
    if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance)[0] <= 0:
        raise ValueError(
            f"the covariance {covariance.tolist()} is not symmetric positive definite; z_inv must have a density for "
            "its Darmois map to exist"
        )
    factor = np.linalg.cholesky(covariance)
    inverse = np.linalg.inv(factor)

    def distribution(i: int) -> Conditional:
        return lambda z: ndtr(z[..., : i + 1] @ inverse[i, : i + 1])

    def density(i: int) -> Conditional:
        return lambda z: _normal(z[..., : i + 1] @ inverse[i, : i + 1]) / factor[i, i]

    coordinates = range(len(covariance))
    return TriangularLaw(
        tuple(distribution(i) for i in coordinates),
        tuple(density(i) for i in coordinates),
        half_width=8.5 * float(np.sqrt(np.diag(covariance).max())),
    )


def bimodal_law() -> TriangularLaw:
    """A law on R^2 that is neither Gaussian nor a product: two modes, then a wave of varying width around them.

    z_1 ~ (N(-1, 0.6^2) + N(1, 0.6^2)) / 2 and z_2 | z_1 ~ N(sin 2 z_1, (0.6 + 0.2 cos z_1)^2).
    """

    def modes(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (z[..., 0] + 1) / 0.6, (z[..., 0] - 1) / 0.6

    def bimodal(z: np.ndarray) -> np.ndarray:
        low, high = modes(z)
        return (ndtr(low) + ndtr(high)) / 2

    def bimodal_density(z: np.ndarray) -> np.ndarray:
        low, high = modes(z)
        return (_normal(low) + _normal(high)) / 1.2

    def wave(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        width = 0.6 + 0.2 * np.cos(z[..., 0])
        return (z[..., 1] - np.sin(2 * z[..., 0])) / width, width

    return TriangularLaw(
        distribution=(bimodal, lambda z: ndtr(wave(z)[0])),
        density=(bimodal_density, lambda z: _normal(wave(z)[0]) / wave(z)[1]),
        half_width=8.0,
    )


def darmois_map(law: TriangularLaw, z: Float[np.ndarray, "nodes n"]) -> Float[np.ndarray, "nodes n"]:
    """d_i(z) = F_i(z_i | z_<i), which pushes the law to Uniform(0, 1)^n."""
    return np.stack([distribution(z) for distribution in law.distribution], axis=-1)


def log_jacobian(law: TriangularLaw, z: Float[np.ndarray, "nodes n"]) -> Float[np.ndarray, " nodes"]:
    """log |det D d(z)|, by complex-step differentiation of the map (the density is not used)."""
    total = np.zeros(len(z))
    for i, distribution in enumerate(law.distribution):
        shifted: Complex[np.ndarray, "nodes n"] = z.astype(np.complex128)
        shifted[:, i] += 1j * _STEP
        total += np.log(distribution(shifted).imag / _STEP)
    return total


def code_entropy(law: TriangularLaw, log_jacobians: Float[np.ndarray, " nodes"], step: float) -> float:
    """H(h(z)) = H(z) + E log |det D h(z)| in nats, at the nodes of `law.quadrature(step)`."""
    nodes, weight = law.quadrature(step)
    log_density = np.sum([np.log(density(nodes)) for density in law.density], axis=0)
    return float(weight @ (log_jacobians - log_density))


def mm_align_at_darmois(law: TriangularLaw, step: float) -> float:
    """L_MMAlign = E||f - g|| - H(f) - H(g) of f = g = Darmois map of the shared z_inv: 0, the least value on the cube.

    Both towers compute the same function of the same z_inv, so the alignment term is 0 identically; no density on the
    cube has positive entropy, so no pair of encoders can do better.
    """
    nodes, _ = law.quadrature(step)
    return -2.0 * code_entropy(law, log_jacobian(law, nodes), step)


def largest_legendre_moment(law: TriangularLaw, step: float, degree: int) -> float:
    """max |E prod_i P_{k_i}(2 d_i(z) - 1)| over 0 <= k_i <= degree, k != 0: zero iff uniform up to that degree."""
    nodes, weight = law.quadrature(step)
    code = 2 * darmois_map(law, nodes) - 1
    polynomials = np.stack([eval_legendre(k, code) for k in range(degree + 1)])
    moments = [
        weight @ np.prod([polynomials[k, :, i] for i, k in enumerate(index)], axis=0)
        for index in product(range(degree + 1), repeat=law.dim)
        if any(index)
    ]
    return float(np.abs(moments).max())


def _normal(u: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    return np.asarray(np.exp(-0.5 * u * u) / np.sqrt(2 * np.pi))
