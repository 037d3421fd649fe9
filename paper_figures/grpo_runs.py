"""Policies trained by GRPO, arm by arm: what the figures of the learned track share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.summary import student_interval
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, GREEN, ORANGE, PURPLE, VERMILION

ARMS = {
    "outcome": ("answers alone", BLUE),
    "potential": ("with potential", GREEN),
    "printed": ("with sum, as printed", VERMILION),
    "mean": ("with mean", ORANGE),
    "mean alone": ("mean alone", PURPLE),
    "exchanged": ("answers exchanged", FAINT),
}

Runs = Mapping[str, Sequence[Mapping[str, Any]]]


def shows(measurement: Measurement) -> bool:
    """Whether it is a trained arm."""
    return bool(measurement.series("arm", "curves", "before", "after"))


def trained_arms(reading: Reading) -> Runs:
    """Arm -> its runs, one a seed; an arm that several claims have is taken once.

    Raises:
        NothingToDraw: no record has any.
    """
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for measurement in filter(shows, reading.measurements):
        runs = measurement.series("arm", "curves", "before", "after")
        found.setdefault(runs[0]["arm"], runs)
    if not found:
        raise NothingToDraw("no record has the series arm, curves, before and after (a policy trained by GRPO)")
    return {arm: found[arm] for arm in ARMS if arm in found}


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean over seeds and the ends of its 95 % Student interval; those of a single seed are its value."""
    mean = float(np.mean(values))
    return mean, *(student_interval(values) or (mean, mean))


def smoothed(curve: Sequence[float], width: int = 5) -> np.ndarray:
    """Means of `width` steps that follow each other, without overlap."""
    whole = len(curve) - len(curve) % width
    return np.array(curve[:whole]).reshape(-1, width).mean(axis=1)
