"""Mean over seeds with its Student interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student


@dataclass(frozen=True)
class SeedMean:
    """Mean of a score over independent seeds; `interval` covers the expected score, or is None for a single seed."""

    mean: float
    interval: tuple[float, float] | None
    seeds: int


def seed_mean(scores: Sequence[float], *, confidence: float = 0.95) -> SeedMean:
    """Mean and Student-t interval mean +- t_{n-1} s / sqrt(n) of scores that differ by seed alone.

    Raises:
        ValueError: no score, one that is not finite, or a confidence outside (0, 1).
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"scores are {values.tolist()}; expected one finite number a seed, at least one seed")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; expected a probability strictly between 0 and 1")
    mean = float(values.mean())
    if values.size == 1:
        return SeedMean(mean, None, 1)
    reach = float(student.ppf(0.5 + confidence / 2, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return SeedMean(mean, (mean - reach, mean + reach), values.size)
