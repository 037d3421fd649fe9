"""Where "the alignment loss is minimised iff InfoNCE is" fails: codes that one of the two objectives cannot tell apart.

Uniformity and alignment are meant as in Wang and Isola 2020: L_inf = -E s(f, g) + E log E exp s(f, g).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial.legendre import leggauss
from scipy.special import erf, gammaln, ive

from identifiability.exact.common_part import common_part
from identifiability.exact.infonce import infonce_loss, population_optimum
from scm import FiniteLaw


def sphere_uniformity(dim: int, temperature: float) -> float:
    """log E exp(<x, y> / tau) for independent uniform x, y on the sphere in R^dim.

    Equals log[Gamma(d/2) (2 tau)^(d/2 - 1) I_{d/2-1}(1 / tau)] >= 0 (Jensen). With two towers it is not the least
    uniformity: all images at one pole and all texts at the other give -1 / tau.
    """
    order = dim / 2 - 1
    log_bessel = np.log(ive(order, 1 / temperature)) + 1 / temperature
    return float(gammaln(dim / 2) + order * np.log(2 * temperature) + log_bessel)


class FlatDirection(NamedTuple):
    """Two pairs of towers with the same critic: g and g + c, c orthogonal to every difference of images."""

    loss: float
    shifted_loss: float
    alignment: float
    shifted_alignment: float


def flat_direction(joint: Float[np.ndarray, "x t"], k: int, *, offset: float = 1.0) -> FlatDirection:
    """Symmetric dot-product InfoNCE and alignment E||f - g||^2 of a population optimum, before and after g -> g + c.

    The log ratio of p(x, t) is factored as <f(x), g(t)> by its singular value decomposition, with one spare dimension
    in which all images are at 1, all texts at 0 and c has length `offset`. The loss cannot change (<f, c> is constant),
    the alignment does, entropies do not: both are InfoNCE minimisers and at most one minimises L_MMAlign.

    Args:
        joint: law p(x, t) without zeros.
        k: number of candidates.
        offset: length of c.
    """
    left, singular, right = np.linalg.svd(population_optimum(joint), full_matrices=False)
    root = np.sqrt(singular)
    image = np.column_stack([left * root, np.ones(len(left))])  # the same for all images: c is orthogonal
    text = np.column_stack([right.T * root, np.zeros(right.shape[1])])
    shifted = text + offset * np.eye(text.shape[1])[-1]

    def loss(g: Float[np.ndarray, "t d"]) -> float:
        critic = image @ g.T
        return (infonce_loss(joint, critic, k) + infonce_loss(joint.T, critic.T, k)) / 2

    def alignment(g: Float[np.ndarray, "t d"]) -> float:
        return float((joint * ((image[:, None] - g) ** 2).sum(axis=2)).sum())

    return FlatDirection(loss(text), loss(shifted), alignment(text), alignment(shifted))


def one_coordinate_bound(temperature: float, k: int, scale: float) -> float:
    """Upper bound of L_K of the code f = g = c z_1 of z ~ N(0, I_n), similarity -|f - g|^2 / tau, codomain R.

    0 <= L_K <= log(1 + (K - 1) E exp(-c^2 (z_1 - z_1')^2 / tau)) = log(1 + (K - 1) (1 + 4 c^2 / tau)^(-1/2)). As c
    grows it tends to the infimum 0 of InfoNCE, which no code attains, although z_2..z_n are lost.
    """
    return float(np.log1p((k - 1) / np.sqrt(1 + 4 * scale**2 / temperature)))


def uniform_limit_gap(temperature: float, *, nodes: int = 80) -> float:
    """L_inf - log(pi tau) / 2 of the aligned uniform code on [0, 1], whose entropy is 0: of order -sqrt(tau).

    Equals E log P(0 < x + N(0, tau / 2) < 1): the smoothed density halves at the two ends, in layers of width
    sqrt(tau), so the order tau^2 of codes with a smooth density on the whole line is lost at the optimum of L_MMAlign
    itself.
    """
    unit, weight = leggauss(nodes)
    root = np.sqrt(temperature)
    layer = min(0.5, 8 * root)  # beyond it erf is 1 in double precision
    x = layer * (unit + 1) / 2
    inside = np.log((erf((1 - x) / root) + erf(x / root)) / 2)
    return float(layer * weight @ inside)


def interval_limits(temperature: float) -> tuple[float, float]:
    """L_inf of aligned codes on [0, 1], similarity -(f - g)^2 / tau: the uniform code, and one bit (0 or 1, even odds).

    The uniform code minimises L_MMAlign. At temperatures of order one the bit has the lower InfoNCE, log((1 +
    exp(-1 / tau)) / 2), and smooth codes come arbitrarily near to it.
    """
    uniform = uniform_limit_gap(temperature) + np.log(np.pi * temperature) / 2
    return float(uniform), float(np.log((1 + np.exp(-1 / temperature)) / 2))


def critic_is_function_of_common_part(joint: Float[np.ndarray, "x t"], *, tolerance: float = 1e-9) -> bool:
    """Whether log p(t | x) / p(t) depends on (x, t) through their components alone (-inf across components)."""
    part, critic = common_part(joint), population_optimum(joint)
    for component in range(part.count):
        block = critic[np.ix_(part.image == component, part.text == component)]
        if np.ptp(block) > tolerance:  # inf where some pairs of the component never occur
            return False
    return True


def information_beyond_common_part(joint: Float[np.ndarray, "x t"]) -> float:
    """I(X; T) - H(common part) >= 0, zero iff X and T are independent given their common part.

    Zero iff the InfoNCE optimum is a function of the common part: inside a component p(x, t) = p(x) p(t) / p(component)
    iff the log ratio is constant there.
    """
    return FiniteLaw(("x", "t"), joint).mutual_information("x", "t") - common_part(joint).entropy
