"""Accuracy of classes by context: each context, their mean, the worst, balanced over classes; with intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from identifiability.metrics.pairwise import credits, wilson_interval
from realscale.composition.scoring import TOLERANCE
from realscale.data.labelled import LabelledImages

REPLICATES = 500
LEVELS = (0.025, 0.975)


def choice_credits(
    scores: Float[np.ndarray, "n c"], right: Int[np.ndarray, " n"], *, tolerance: float = TOLERANCE
) -> Float[np.ndarray, " n"]:
    """Credit of choosing the class of largest score: ties are shared, as if broken by lot (`credits`)."""
    wrong = np.ones(scores.shape, dtype=bool)
    wrong[np.arange(len(scores)), right] = False
    others = scores[wrong].reshape(len(scores), -1)
    return credits(scores[~wrong], list(others), tolerance=tolerance)


def accuracy_table(
    credit: Float[np.ndarray, " n"], images: LabelledImages, *, rng: np.random.Generator, replicates: int = REPLICATES
) -> dict[str, Any]:
    """Means of credits over each context, over the contexts (each once), over the worst one, over images, over classes.

    A context has Wilson's interval of its images. The other figures have the 2.5 % and 97.5 % quantiles of a bootstrap
    that draws whole groups, because the images of a group (one drawing by several vendors) are not independent; that
    of the worst context takes the worst one of each draw.
    """
    return credit_table(
        credit, images.contexts, images.classes, images.groups, images.context_names, rng=rng, replicates=replicates
    )


def credit_table(
    credit: Float[np.ndarray, " n"],
    contexts: Int[np.ndarray, " n"],
    classes: Int[np.ndarray, " n"],
    groups: Int[np.ndarray, " n"],
    context_names: Sequence[str],
    *,
    rng: np.random.Generator,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """`accuracy_table` of credits whose labels are at hand: numbers of contexts, classes and groups."""
    present, contexts = np.unique(contexts, return_inverse=True)
    classes = np.unique(classes, return_inverse=True)[1]
    names = [context_names[number] for number in present]
    draws = np.array(list(_bootstrap(credit, contexts, classes, groups, rng, replicates)))
    by_context = _means(credit, contexts, np.ones(len(credit)))
    figures = _figures(credit, contexts, classes, np.ones(len(credit)))
    low, high = np.nanquantile(draws, LEVELS, axis=0)
    summary = {
        name: {"accuracy": float(figures[k]), "interval": [float(low[k]), float(high[k])]}
        for k, name in enumerate(("mean", "worst", "images", "balanced"))
    }
    contexts_table = {}
    for number, name in enumerate(names):
        of = contexts == number
        contexts_table[name] = {
            "accuracy": float(by_context[number]),
            "interval": list(wilson_interval(float(by_context[number]), int(of.sum()))),
            "balanced": float(np.nanmean(_means(credit[of], classes[of], np.ones(int(of.sum()))))),
            "n": int(of.sum()),
        }
    return {
        **summary,
        "worst_context": names[int(by_context.argmin())],
        "contexts": contexts_table,
        "ties": float(((credit > 0) & (credit < 1)).mean()),
        "n": len(credit),
    }


def group_interval(
    values: Float[np.ndarray, " n"],
    groups: Int[np.ndarray, " n"],
    *,
    rng: np.random.Generator,
    replicates: int = REPLICATES,
) -> list[float]:
    """The 2.5 % and 97.5 % quantiles of the mean when whole groups are drawn again."""
    number = np.unique(groups, return_inverse=True)[1]
    sums, sizes = np.bincount(number, weights=values), np.bincount(number)
    draws = (rng.integers(len(sizes), size=len(sizes)) for _ in range(replicates))  # one at a time: groups may be many
    means = [sums[drawn].sum() / sizes[drawn].sum() for drawn in draws]
    return [float(edge) for edge in np.quantile(means, LEVELS)]


def _means(
    values: Float[np.ndarray, " n"], of: Int[np.ndarray, " n"], weights: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " k"]:
    """Weighted mean of each label; not a number where none was drawn."""
    mass = np.bincount(of, weights=weights)
    return np.divide(np.bincount(of, weights=weights * values), mass, out=np.full(len(mass), np.nan), where=mass > 0)


def _figures(
    credit: Float[np.ndarray, " n"],
    contexts: Int[np.ndarray, " n"],
    classes: Int[np.ndarray, " n"],
    weights: Float[np.ndarray, " n"],
) -> Float[np.ndarray, " 4"]:
    by_context = _means(credit, contexts, weights)
    everything = float((weights * credit).sum() / weights.sum())
    balanced = np.nanmean(_means(credit, classes, weights))
    return np.array([np.nanmean(by_context), np.nanmin(by_context), everything, balanced])


def _bootstrap(
    credit: Float[np.ndarray, " n"],
    contexts: Int[np.ndarray, " n"],
    classes: Int[np.ndarray, " n"],
    groups: Int[np.ndarray, " n"],
    rng: np.random.Generator,
    replicates: int,
) -> Any:
    number = np.unique(groups, return_inverse=True)[1]
    count = int(number.max()) + 1
    for _ in range(replicates):
        drawn = np.bincount(rng.integers(count, size=count), minlength=count)
        yield _figures(credit, contexts, classes, drawn[number].astype(np.float64))
