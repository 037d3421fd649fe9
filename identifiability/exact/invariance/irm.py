"""Invariant risk minimisation on finite laws, by enumeration of every representation of the images."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike
from scipy.special import entr, xlogy

from identifiability.exact.invariance.joint import as_joint
from identifiability.exact.invariance.partitions import partition_table
from scm import FiniteLaw

TOLERANCE = 1e-9  # on probabilities: far above the rounding of a sum, far below a difference of laws of interest


class Representations(NamedTuple):
    """What every representation Phi of the images is worth; rows are the partitions of the images that occur.

    `labels[p, x]` is Phi(x), -1 for images that never occur; `feasible[p]` whether one classifier is optimal in every
    environment; `risk[p] = H(Y | Phi)` and `information[p] = I(Y; X | Phi)` under the pooled law, in nats.
    """

    labels: Int[np.ndarray, "partitions x"]
    feasible: Bool[np.ndarray, " partitions"]
    risk: Float[np.ndarray, " partitions"]
    information: Float[np.ndarray, " partitions"]


class IRMSolution(NamedTuple):
    """Values in nats, the optimal representations (labels of the images, -1: never occurs), and counts.

    `v_irm` and `gap` are +inf, and `optima` empty, where no representation at all is feasible.
    """

    v_erm: float
    v_irm: float
    gap: float
    optima: tuple[tuple[int, ...], ...]
    feasible: int
    partitions: int


def representations(joint: Float[np.ndarray, "e x y"], *, tolerance: float = TOLERANCE) -> Representations:
    r"""Feasibility, risk and lost information of every representation of the images.

    With cross-entropy and unrestricted classifiers, w is optimal for R^e(w o Phi) in every environment iff
    w(h) = p_e(. | Phi = h) wherever p_e(Phi = h) > 0. So Phi is feasible iff these conditional laws agree over the
    environments in which h occurs; an environment in which it does not imposes nothing. The value is then H(Y | Phi),
    pooled, and H(Y | Phi) = H(Y | X) + I(Y; X | Phi).

    Args:
        joint: pi_e p_e(x, y), of sum 1.
        tolerance: conditional probabilities closer than this agree.

    Raises:
        ValueError: a table that is not a law, or more images than can be enumerated (`set_partitions`).
    """
    FiniteLaw(("environment", "x", "y"), joint)
    occurs = joint.sum(axis=(0, 2)) > 0
    kept = joint[:, occurs]
    members = partition_table(kept.shape[1]).members
    invariant = _spread(np.einsum("sx,exy->sey", members.astype(np.float64), kept)) <= tolerance
    every = combine(kept.sum(axis=0), invariant)
    labels = np.full((len(every.labels), joint.shape[1]), -1)
    labels[:, occurs] = every.labels
    return every._replace(labels=labels)


def combine(law: Float[np.ndarray, "x y"], invariant: Bool[np.ndarray, " subsets"] | None = None) -> Representations:
    """The representations of images with pooled law p(x, y), of which it is known which sets may be blocks.

    Args:
        law: p(x, y), every image with p(x) > 0.
        invariant: for each set of images, by its bits, whether p_e(y | the set) is the same in every environment; by
            default it is for every set.
    """
    table = partition_table(len(law))
    blocks = table.members @ law
    risk = np.maximum(entr(blocks).sum(axis=1) - entr(blocks.sum(axis=1)), 0.0)
    information = block_information(table.members[:, :, None] * law)
    return Representations(
        table.labels,
        np.ones(len(table.labels), dtype=bool) if invariant is None else invariant[table.blocks].all(axis=1),
        risk[table.blocks].sum(axis=1),
        information[table.blocks].sum(axis=1),
    )


def irm_by_enumeration(joint: ArrayLike | FiniteLaw, *, tolerance: float = TOLERANCE) -> IRMSolution:
    r"""Invariant risk minimisation solved exactly: the best feasible of all partitions of the images.

    V_IRM = min over feasible Phi of H(Y | Phi), V_ERM = H(Y | X), gap = min over feasible Phi of I(Y; X | Phi),
    computed apart from the two values. Where no Phi is feasible (even the constant one needs p_e(y) to be the same in
    every environment) the problem has no solution: V_IRM = gap = +inf.

    Args:
        joint: pi_e p_e(x, y), of sum 1: joint[environment, image, class] as an array or nested lists, or a law with
            variables named "environment", "x", "y". (`is_irm_optimal` takes counts, in another order of the axes.)
        tolerance: conditional probabilities closer than this agree.

    Raises:
        ValueError: as `representations`.

    Source: Arjovsky et al. 2019 (arXiv 1907.02893), eq. (IRM), with cross-entropy and unrestricted Phi and w.
    """
    table = as_joint(joint)
    return solve(representations(table, tolerance=tolerance), conditional_entropy(table.sum(axis=0)))


def solve(every: Representations, v_erm: float) -> IRMSolution:
    """The best feasible ones of the representations; risks that differ by rounding alone are equally good."""
    found, count = int(every.feasible.sum()), len(every.feasible)
    if not found:
        return IRMSolution(v_erm, np.inf, np.inf, (), 0, count)
    gap = float(every.information[every.feasible].min())
    best = every.feasible & (every.information <= gap + 1e-12)
    optima = tuple(tuple(row) for row in every.labels[best].tolist())
    return IRMSolution(v_erm, float(every.risk[every.feasible].min()), gap, optima, found, count)


def conditional_entropy(law: Float[np.ndarray, "x y"]) -> float:
    """H(Y | X) in nats; 0, not less by rounding, where Y is a function of X."""
    return max(0.0, float(entr(law).sum() - entr(law.sum(axis=1)).sum()))


def _spread(tables: Float[np.ndarray, "s e y"]) -> Float[np.ndarray, " s"]:
    """Largest difference of p_e(y | h) between two environments in which h occurs; 0 where fewer than two do."""
    mass = tables.sum(axis=2, keepdims=True)
    posterior = np.divide(tables, mass, out=np.zeros_like(tables), where=mass > 0)
    highest = np.where(mass > 0, posterior, -np.inf).max(axis=1)
    lowest = np.where(mass > 0, posterior, np.inf).min(axis=1)
    return np.maximum(highest - lowest, 0.0).max(axis=1)


def block_information(tables: Float[np.ndarray, "s a y"]) -> Float[np.ndarray, " s"]:
    """sum p(a, y) log [p(a, y) p / (p(a) p(y))] of each two-way table of sum p: P(block) I(A; Y | block), in nats.

    Summed as p log(p / q) - p + q with q = p(a) p(y) / p, terms that are >= 0 and lose nothing by cancellation.
    """
    total = tables.sum(axis=(1, 2), keepdims=True)
    margins = tables.sum(axis=2, keepdims=True) * tables.sum(axis=1, keepdims=True)
    product = np.divide(margins, total, out=np.zeros_like(tables), where=total > 0)
    ratio = np.divide(tables, product, out=np.ones_like(tables), where=tables > 0)
    return np.maximum((xlogy(tables, ratio) - tables + product).sum(axis=(1, 2)), 0.0)
