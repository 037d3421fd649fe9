"""Calibration of a predictor in every environment: what decides whether empirical risk minimisation is invariant."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import rel_entr

from identifiability.exact.invariance.irm import TOLERANCE, representations
from scm import FiniteLaw


class Calibration(NamedTuple):
    """Whether p_e(y | q(X) = q) = q(y) in every environment, and where it fails most.

    `environment` and `prediction` are those of the largest deviation |observed[y] - prediction[y]|, `observed` is
    p_e(y | q(X) = prediction) there, `images` are the images that get this prediction. `cost` is
    E KL(p_e(. | q) || q) in nats.
    """

    holds: bool
    environment: int
    prediction: tuple[float, ...]
    observed: tuple[float, ...]
    images: tuple[int, ...]
    deviation: float
    cost: float


def posterior(joint: Float[np.ndarray, "e x y"]) -> Float[np.ndarray, "x y"]:
    """q*(y | x), the posterior under the pooled law: the ERM predictor. Uniform for images that never occur.

    It is the softmax of log p(y) plus the population optimum of InfoNCE with class names for captions.
    """
    pooled = joint.sum(axis=0)
    mass = pooled.sum(axis=1, keepdims=True)
    return np.divide(pooled, mass, out=np.full_like(pooled, 1 / pooled.shape[1]), where=mass > 0)


def calibration(
    joint: Float[np.ndarray, "e x y"],
    predictor: Float[np.ndarray, "x y"] | None = None,
    *,
    tolerance: float = TOLERANCE,
) -> Calibration:
    r"""Whether a predictor q(y | x) is calibrated in every environment, p_e(y | q(X) = q) = q(y).

    cost = sum_e pi_e sum_q p_e(q) KL(p_e(. | q) || q): the part of the risk that recalibrating the same predictions in
    every environment by itself would save, R^e(q) - min_w R^e(w o q). It is I(Y; E | q(X)) for the pooled posterior,
    and zero iff q is calibrated everywhere.

    Args:
        joint: pi_e p_e(x, y), of sum 1.
        predictor: a law over the classes for each image, by default the pooled posterior.
        tolerance: probabilities closer than this are equal, as predictions and as frequencies.

    Raises:
        ValueError: a table that is not a law, or a predictor whose rows are no laws.
    """
    FiniteLaw(("environment", "x", "y"), joint)
    rows = posterior(joint) if predictor is None else predictor
    if (rows < 0).any() or not np.allclose(rows.sum(axis=1), 1.0, rtol=0.0, atol=1e-9):
        raise ValueError(
            f"the rows of the predictor have minimum {rows.min():.6g} and sums {rows.sum(axis=1)}, expected laws "
            "of the class: calibration compares predicted probabilities with frequencies"
        )
    levels = _levels(rows, tolerance)
    levels[~joint.any(axis=(0, 2))] = -1
    groups = [np.flatnonzero(levels == level) for level in np.unique(levels[levels >= 0])]
    tables = np.stack([joint[:, images].sum(axis=1) for images in groups])
    predictions = np.stack([rows[images[0]] for images in groups])[:, None, :]
    mass = tables.sum(axis=2, keepdims=True)
    observed = np.divide(tables, mass, out=np.zeros_like(tables), where=mass > 0)
    deviations = np.where(mass > 0, np.abs(observed - predictions), 0.0).max(axis=2)
    group, environment = np.unravel_index(deviations.argmax(), deviations.shape)
    deviation = float(deviations[group, environment])
    # p log(p/q) - p + q is never negative
    cost = float(rel_entr(tables, mass * predictions).sum() - tables.sum() + (mass * predictions).sum())
    return Calibration(
        deviation <= tolerance,
        int(environment),
        tuple(predictions[group, 0].tolist()),
        tuple(observed[group, environment].tolist()),
        tuple(groups[group].tolist()),
        deviation,
        max(0.0, cost),
    )


def factors_through_feasible(
    joint: Float[np.ndarray, "e x y"],
    predictor: Float[np.ndarray, "x y"] | None = None,
    *,
    tolerance: float = TOLERANCE,
) -> bool:
    """Whether the predictor (by default the pooled posterior) is w o Phi for a feasible representation Phi.

    Decided by enumeration of all representations, without any use of calibration: some feasible partition of the images
    must have blocks on which the predictor is constant and equal to the classifier p_e(y | Phi = h) that is optimal
    in every environment.

    Raises:
        ValueError: as `representations`.
    """
    every = representations(joint, tolerance=tolerance)
    rows = posterior(joint) if predictor is None else predictor
    pooled = joint.sum(axis=0)
    for labels in every.labels[every.feasible]:
        blocks = [labels == label for label in range(labels.max() + 1)]
        classifiers = [pooled[block].sum(axis=0) / pooled[block].sum() for block in blocks]
        if all(np.abs(rows[b] - w).max() <= tolerance for b, w in zip(blocks, classifiers, strict=True)):
            return True
    return False


def _levels(rows: Float[np.ndarray, "x y"], tolerance: float) -> Int[np.ndarray, " x"]:
    """The first image with the same row, for every image."""
    same = (np.abs(rows[:, None] - rows[None]) <= tolerance).all(axis=2)
    return same.argmax(axis=1)
