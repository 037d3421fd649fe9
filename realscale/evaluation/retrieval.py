"""Retrieval of images by captions and of captions by images: recall at k, ties broken by lot in the mean."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import comb

from identifiability.metrics.pairwise import wilson_interval
from realscale.composition.scoring import TOLERANCE
from realscale.data.labelled import LabelledImages
from realscale.evaluation.models import Evaluated

RANKS = (1, 5, 10)
_QUERIES = 1024


def recall_credits(
    scores: Float[np.ndarray, "q c"],
    relevant: Bool[np.ndarray, "q c"],
    ranks: Sequence[int] = RANKS,
    *,
    tolerance: float = TOLERANCE,
) -> Float[np.ndarray, "q k"]:
    """Probability that a relevant candidate is among the first k, where ties are broken by lot.

    With a candidates above the best relevant score, t tied with it of which r are relevant, and m = k - a places left
    for them: 1 - C(t - r, m) / C(t, m). A constant score has the recall of chance. Scores within `tolerance` tie.

    Raises:
        ValueError: a query without a relevant candidate, or scores that are not finite.
    """
    if not relevant.any(axis=1).all() or not np.isfinite(scores).all():
        raise ValueError("a query has no relevant candidate, or a score is not finite; expected both of every query")
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    above = (scores > best + tolerance).sum(axis=1)
    level = np.abs(scores - best) <= tolerance
    tied, right = level.sum(axis=1), (level & relevant).sum(axis=1)
    places = [np.clip(rank - above, 0, tied) for rank in ranks]
    return np.stack([1 - comb(tied - right, place) / comb(tied, place) for place in places], axis=1)


def recall_table(
    queries: Float[np.ndarray, "q d"], candidates: Float[np.ndarray, "c d"], pairs: Int[np.ndarray, "p 2"]
) -> dict[str, Any]:
    """Mean recall at each rank with Wilson's interval, and chance; pairs: (query, a candidate relevant to it)."""
    order = np.argsort(pairs[:, 0], kind="stable")
    asked, answers = pairs[order].T
    credits, counts = [], np.bincount(asked, minlength=len(queries))
    for start in range(0, len(queries), _QUERIES):
        stop = min(start + _QUERIES, len(queries))
        relevant = np.zeros((stop - start, len(candidates)), dtype=bool)
        of = (asked >= start) & (asked < stop)
        relevant[asked[of] - start, answers[of]] = True
        credits.append(recall_credits(queries[start:stop] @ candidates.T, relevant))
    means = np.concatenate(credits).mean(axis=0)
    chance = [float(np.mean(1 - _miss(len(candidates), counts, rank))) for rank in RANKS]
    return {
        **{
            f"R@{rank}": {
                "recall": float(mean),
                "interval": list(wilson_interval(float(np.clip(mean, 0, 1)), len(queries))),
                "chance": by_chance,
            }
            for rank, mean, by_chance in zip(RANKS, means, chance, strict=True)
        },
        "queries": len(queries),
        "candidates": len(candidates),
    }


def _miss(candidates: int, relevant: Int[np.ndarray, " q"], rank: int) -> Float[np.ndarray, " q"]:
    """Probability that the first `rank` of a random order hold none of the relevant ones."""
    steps = np.arange(min(rank, candidates))[:, None]
    return np.clip((candidates - relevant[None] - steps) / (candidates - steps), 0, 1).prod(axis=0)


def retrieval(
    image_codes: Float[np.ndarray, "n d"], text_codes: Float[np.ndarray, "m d"], pairs: Int[np.ndarray, "p 2"]
) -> dict[str, Any]:
    """Recall both ways; pairs: (image, text) that belong together, several of each if need be."""
    return {
        "image_to_text": recall_table(image_codes, text_codes, pairs),
        "text_to_image": recall_table(text_codes, image_codes, pairs[:, ::-1]),
    }


def caption_retrieval(model: Evaluated, images: LabelledImages, codes: Float[np.ndarray, "n d"]) -> dict[str, Any]:
    """Retrieval among the images of a set and their different captions: images of one caption all belong to it."""
    texts = tuple(dict.fromkeys(images.captions))
    place = {text: row for row, text in enumerate(texts)}
    pairs = np.array([(row, place[text]) for row, text in enumerate(images.captions)])
    return retrieval(codes, model.text_codes(texts), pairs)
