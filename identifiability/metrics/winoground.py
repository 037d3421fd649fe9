"""Two pictures and two captions that belong together crosswise: text, image and group score, ties as guesses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.special import comb

from identifiability.metrics.pairwise import PairwiseReport, pairwise_report, wilson_interval

Figure = Literal["text", "image", "group"]

CHANCE: dict[Figure, float] = {"text": 1 / 4, "image": 1 / 4, "group": 1 / 6}


@dataclass(frozen=True)
class WinogroundScore:
    """Share of items that are right in text, in image and as a group, with Wilson's intervals at 95 %."""

    text: float
    image: float
    group: float
    intervals: dict[Figure, tuple[float, float]]
    items: int


def winoground_credits(
    scores: Float[np.ndarray, "n 2 2"], *, tolerance: float = 0.0
) -> dict[Figure, Float[np.ndarray, " n"]]:
    """Credit of each item; scores[i, k, l] is that of picture k with caption l, and k = l belong together.

    text: for both pictures the own caption scores higher. image: for both captions the own picture does. group: both,
    that is, both own scores are above both others. Where some tie, the credit is what breaking ties by lot gives in the
    mean: 1/2 for each tie in text and in image, and for the group the share of the orders of the tied scores in which
    the own ones come first, so that a constant scorer has the chance of a random one, 1/4, 1/4 and 1/6.

    Raises:
        ValueError: scores that are not finite, or a negative tolerance.

    Source: Thrush et al. 2022 (Winoground, arXiv 2204.03162), eqs. 1-3, whose strict inequalities give ties nothing.
    """
    if not np.isfinite(scores).all() or not tolerance >= 0:
        raise ValueError(
            f"{int((~np.isfinite(scores)).sum())} scores are not finite and the tolerance is {tolerance}; expected "
            "finite scores and a tolerance >= 0, because they are compared"
        )

    def above(right: np.ndarray, wrong: np.ndarray) -> np.ndarray:
        margin = right - wrong
        return np.where(np.abs(margin) <= tolerance, 0.5, (margin > 0).astype(float))

    own, crossed = np.diagonal(scores, axis1=1, axis2=2), np.stack([scores[:, 0, 1], scores[:, 1, 0]], axis=1)
    return {
        "text": above(own[:, 0], scores[:, 0, 1]) * above(own[:, 1], scores[:, 1, 0]),
        "image": above(own[:, 0], scores[:, 1, 0]) * above(own[:, 1], scores[:, 0, 1]),
        "group": _group_credits(own, crossed, tolerance),
    }


def _group_credits(own: np.ndarray, crossed: np.ndarray, tolerance: float) -> np.ndarray:
    """Both own scores above both crossed ones; those that tie at the border share the places by lot."""
    lowest = own.min(axis=1, keepdims=True)
    beaten = (crossed > lowest + tolerance).any(axis=1)
    tied = (np.abs(crossed - lowest) <= tolerance).sum(axis=1)
    level = (own <= lowest + tolerance).sum(axis=1)
    shares = 1 / comb(level + tied, level)  # of the scores at the border the own ones must come first
    return np.where(beaten, 0.0, shares)


def winoground_score(scores: Float[np.ndarray, "n 2 2"], *, tolerance: float = 0.0) -> WinogroundScore:
    """Means of `winoground_credits` with their intervals; items are taken as independent.

    Raises:
        ValueError: no item, and as `winoground_credits`.
    """
    if not len(scores):
        raise ValueError("no item to score; expected one at least, because a mean of nothing says nothing")
    means: dict[Figure, float] = {
        name: float(credit.mean()) for name, credit in winoground_credits(scores, tolerance=tolerance).items()
    }
    intervals = {name: wilson_interval(mean, len(scores)) for name, mean in means.items()}
    return WinogroundScore(means["text"], means["image"], means["group"], intervals, len(scores))


def caption_choice(
    scores: Float[np.ndarray, "n 2 2"], types: Sequence[str], *, tolerance: float = 0.0
) -> PairwiseReport:
    """The same items as 2n questions of one picture and two captions (as SugarCrepe asks them), by type.

    Each caption is right once and wrong once, so that scores which do not depend on the picture have exactly 1/2.

    Raises:
        ValueError: as `pairwise_report`.
    """
    right = np.concatenate([scores[:, 0, 0], scores[:, 1, 1]])
    wrong = np.concatenate([scores[:, 0, 1], scores[:, 1, 0]])
    return pairwise_report(right, list(wrong[:, None]), [*types, *types], tolerance=tolerance)
