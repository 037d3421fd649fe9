"""How often the right candidate scores above the wrong ones, with ties counted as what they are: guesses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Real
from scipy.stats import norm

Ties = Literal["share", "lose", "win"]


@dataclass(frozen=True)
class PairwiseScore:
    """Accuracy of one group of items, with how it came about.

    accuracy: mean credit of an item. interval: Wilson's score interval of the accuracy at 95 %, which also covers
    credits between 0 and 1 (they vary less than a coin of the same mean); items are taken as independent. ties: share
    of items whose right candidate ties with a wrong one and loses to none. margin: mean of right minus best wrong
    score, in units of the score. items: their number.
    """

    accuracy: float
    interval: tuple[float, float]
    ties: float
    margin: float
    items: int


@dataclass(frozen=True)
class PairwiseReport:
    """Scores by type, their micro mean (over items), macro mean (over types) and the worst type."""

    micro: PairwiseScore
    types: dict[str, PairwiseScore]

    @property
    def macro(self) -> float:
        """Mean accuracy over types, each type counted once."""
        return float(np.mean([score.accuracy for score in self.types.values()]))

    @property
    def worst(self) -> str:
        """The type of least accuracy."""
        return min(self.types, key=lambda name: self.types[name].accuracy)


def credits(
    right: Real[np.ndarray, "..."],
    wrong: Sequence[Real[np.ndarray, "..."]],
    *,
    ties: Ties = "share",
    tolerance: float = 0.0,
) -> Float[np.ndarray, " n"]:
    """Credit of each item: 1 if the right score is above every wrong one, 0 if below one.

    If it ties with t wrong ones and loses to none: "share" 1 / (1 + t), what guessing among them gives in the mean;
    "lose" 0 and "win" 1, as some official scorers have it by the order of their candidates. Scores within `tolerance`
    of each other tie.

    Raises:
        ValueError: items without a wrong candidate, different numbers of items, scores that are not finite or not one
            for each candidate, an unknown rule of ties, or a negative tolerance.
    """
    right, wrong = _floats(right), [_floats(others) for others in wrong]  # unsigned differences would wrap around
    if len(right) != len(wrong):
        raise ValueError(f"{len(right)} right scores for {len(wrong)} items of wrong ones; expected one each an item")
    if ties not in get_args(Ties):
        raise ValueError(f"ties {ties!r}; expected one of {', '.join(get_args(Ties))}")
    if not tolerance >= 0:
        raise ValueError(f"tolerance {tolerance}; expected >= 0, because scores this near to each other tie")
    result = np.empty(len(right))
    for index, (score, others) in enumerate(zip(right, wrong, strict=True)):
        margin = score - others
        if not len(margin) or not np.isfinite(margin).all():
            raise ValueError(
                f"item {index} has right score {score} and wrong scores {others.tolist()[:5]}; expected "
                "finite ones and at least one wrong, because nothing else can be compared"
            )
        tied = int((np.abs(margin) <= tolerance).sum())
        lost = bool((margin < -tolerance).any())
        shared = {"share": 1 / (1 + tied), "lose": 0.0, "win": 1.0}[ties]
        result[index] = 0.0 if lost else shared if tied else 1.0
    return result


def _floats(scores: Real[np.ndarray, "..."]) -> Float[np.ndarray, " n"]:
    values = np.atleast_1d(np.asarray(scores, dtype=np.float64))
    if values.ndim != 1:
        raise ValueError(f"scores of shape {values.shape}; expected one number for each candidate")
    return values


def pairwise_report(
    right: Real[np.ndarray, "..."],
    wrong: Sequence[Real[np.ndarray, "..."]],
    types: Sequence[str],
    *,
    ties: Ties = "share",
    tolerance: float = 0.0,
) -> PairwiseReport:
    """Accuracy of right against wrong candidates, over all items and by type (`credits`).

    Raises:
        ValueError: no item, a number of types other than of items, and as `credits`.
    """
    if not len(right) or len(types) != len(right):
        raise ValueError(f"{len(right)} items with {len(types)} types; expected at least one item, and a type for each")
    credit = credits(right, wrong, ties=ties, tolerance=tolerance)
    margin = np.array([score - _floats(others).max() for score, others in zip(_floats(right), wrong, strict=True)])
    names = np.asarray(types)

    def score(rows: np.ndarray) -> PairwiseScore:
        accuracy = float(credit[rows].mean())
        return PairwiseScore(
            accuracy,
            wilson_interval(accuracy, len(rows)),
            float((np.abs(margin[rows]) <= tolerance).mean()),
            float(margin[rows].mean()),
            len(rows),
        )

    found = {str(name): score(np.flatnonzero(names == name)) for name in dict.fromkeys(types)}
    return PairwiseReport(score(np.arange(len(right))), found)


def wilson_interval(mean: float, items: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n) of a mean of n credits.

    It does not shrink to a point at accuracies 0 and 1. Source: Wilson 1927, for proportions; for credits in [0, 1] it
    is wider than needed.

    Raises:
        ValueError: a mean outside [0, 1], no item, or a confidence outside (0, 1).
    """
    if not 0 <= mean <= 1 or items < 1 or not 0 < confidence < 1:
        raise ValueError(f"mean {mean} of {items} items at confidence {confidence}; expected [0, 1], >= 1 and (0, 1)")
    z = float(norm.ppf(0.5 + confidence / 2))
    centre = mean + z**2 / (2 * items)
    reach = z * np.sqrt(mean * (1 - mean) / items + z**2 / (4 * items**2))
    scale = 1 + z**2 / items
    return max(0.0, float((centre - reach) / scale)), min(1.0, float((centre + reach) / scale))
