"""Calibration of zero-shot probabilities in each context, and whether recalibrating by context would help."""

import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.optimize import minimize_scalar

from identifiability.exact.invariance import is_irm_optimal
from identifiability.exact.invariance.partitions import MAXIMUM_ELEMENTS
from realscale.data.labelled import LabelledImages
from realscale.data.splits import split_each_context
from realscale.evaluation.probe import rows_within
from realscale.evaluation.softmax_regression import log_softmax, mean_loss
from scm.streams import stream

BINS = 15  # of equal width, of the expected calibration error
LEVEL = 0.01  # probability of a "not invariant" that is false
CONFIDENCES = 8  # cells of confidence, of equal mass, of the decision
_TEMPERATURES = (0.01, 100.0)


def expected_calibration_error(
    confidence: Float[np.ndarray, " n"], right: Bool[np.ndarray, " n"], *, bins: int = BINS
) -> float:
    """sum_b n_b / n |accuracy_b - mean confidence_b| over bins of equal width. Source: Guo et al. 2017, eq. 3."""
    cell = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = np.bincount(cell, weights=right - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))


def calibration_by_context(
    images: LabelledImages,
    cosines: Float[np.ndarray, "n c"],
    *,
    temperature: float,
    seed: int = 0,
) -> dict[str, Any]:
    """Calibration of softmax(cosines / temperature) in each context, decided on the held-out half of every context.

    `ece` is that of the model's own temperature, `ece_scaled` that of one temperature for all contexts, fitted on the
    other half. Two decisions of `is_irm_optimal` at a stated level, each on counts of the held-out half: whether being
    right given the confidence (cells of equal mass on the other half) is the same in every context, and, with up to 10
    classes, whether the class given the predicted class is. Where a table cannot be decided, `why` says so.
    """
    halves = split_each_context(images, held_out=0.5, rng=stream(seed, "calibration", "halves"))
    fitted, held = (rows_within(images, found) for found in halves)
    scaled = _fitted_temperature(cosines[fitted], images.classes[fitted])
    predicted = cosines.argmax(axis=1)
    right = predicted == images.classes
    own = np.exp(log_softmax(cosines / temperature).max(axis=1))
    one = np.exp(log_softmax(cosines / scaled).max(axis=1)).round(9)  # equal up to rounding: in one cell
    edges = np.unique(np.quantile(one[fitted], np.linspace(0, 1, CONFIDENCES + 1)[1:-1]))
    cell = np.digitize(one, edges)
    contexts = images.contexts
    rows = {name: held[contexts[held] == number] for number, name in enumerate(images.context_names)}
    return {
        "contexts": {
            name: {
                "ece": expected_calibration_error(own[of], right[of]),
                "ece_scaled": expected_calibration_error(one[of], right[of]),
                "confidence": float(own[of].mean()),
                "accuracy": float(right[of].mean()),
                "n": len(of),
            }
            for name, of in rows.items()
            if len(of)
        },
        "temperature": temperature,
        "fitted_temperature": scaled,
        "right_given_confidence": _decided(right[held].astype(np.int64), contexts[held], cell[held]),
        "class_given_prediction": (
            _decided(images.classes[held], contexts[held], predicted[held])
            if len(np.unique(images.classes)) <= MAXIMUM_ELEMENTS
            else _undecided(f"more than {MAXIMUM_ELEMENTS} classes: their coarsenings are too many to test")
        ),
        "confidence_edges": [float(edge) for edge in edges],
        "n": len(held),
    }


def _fitted_temperature(cosines: Float[np.ndarray, "n c"], classes: Int[np.ndarray, " n"]) -> float:
    """The temperature of least cross-entropy, between .01 and 100."""
    found = minimize_scalar(
        lambda power: mean_loss(cosines / math.exp(power), classes),
        bounds=[math.log(bound) for bound in _TEMPERATURES],
        method="bounded",
    )
    return float(math.exp(found.x))


def _decided(labels: Int[np.ndarray, " n"], contexts: Int[np.ndarray, " n"], cells: Int[np.ndarray, " n"]) -> Any:
    """The decision of `is_irm_optimal` on counts[label, context, cell], ready for a record."""
    named, context = (np.unique(values, return_inverse=True) for values in (labels, contexts))
    counts = np.zeros((len(named[0]), len(context[0]), int(cells.max()) + 1), dtype=np.int64)
    np.add.at(counts, (named[1], context[1], cells), 1)
    try:
        decision = is_irm_optimal(counts, level=LEVEL)
    except ValueError as error:
        return _undecided(str(error))
    return {
        "invariant": None if decision.optimal is None else bool(decision.optimal),
        "level": LEVEL,
        "p_value": None if decision.test is None else decision.test.p_value,
        "v_erm": decision.v_erm,
        "v_irm": decision.v_irm if decision.v_irm is not None and math.isfinite(decision.v_irm) else None,
        "calibration_cost": decision.calibration_cost,
        "n": decision.samples,
        "text": str(decision),
        "why": None,
    }


def _undecided(why: str) -> dict[str, Any]:
    return {"invariant": None, "level": LEVEL, "why": why}
