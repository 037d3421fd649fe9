"""What an image code says of the context beyond the class: a probe within classes, against chance and a shuffle."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from identifiability.metrics.pairwise import wilson_interval
from realscale.data.labelled import LabelledImages
from realscale.data.splits import split_each_context
from realscale.evaluation.accuracy import choice_credits, group_interval
from realscale.evaluation.probe import rows_within
from realscale.evaluation.softmax_regression import Samples, chosen_fit, log_softmax
from scm.streams import stream

SHUFFLES = 3


def context_leakage(
    images: LabelledImages, codes: Float[np.ndarray, "n d"], *, seed: int = 0, device: torch.device | None = None
) -> dict[str, Any]:
    """A linear probe of the context given the class, decided on the held-out half of every context.

    The probe sees the code less the mean code of its class, and begins at log p(context | class) as counted over all
    images (half of them would miscount small classes), so that it can only add to what the class tells. `information`
    is what it adds on the held-out half, E[log q(context | code, class) - log p(context | class)] in nats: at most
    I(context; code | class), up to sampling; 0 where a linear probe finds nothing. `chance` is the accuracy of the
    most frequent context of the class. `shuffled` is the mean of the same with contexts permuted within each class of
    the training half: what a probe of this size finds where there is nothing. Images of classes that the training half
    lacks are left out.

    Raises:
        ValueError: a single context.
    """
    if len(np.unique(images.contexts)) < 2:
        raise ValueError(f"{images.name} has a single context; expected two at least, or there is nothing to leak")
    half, held = split_each_context(images, held_out=0.5, rng=stream(seed, "leakage", "halves"))
    kept, checked = split_each_context(half, held_out=0.2, rng=stream(seed, "leakage", "validation"))
    train, validation, test = (rows_within(images, found) for found in (kept, checked, held))
    known = np.isin(images.classes[test], images.classes[train])
    test = test[known]
    validation = validation[np.isin(images.classes[validation], images.classes[train])]
    residual = codes - _class_means(codes[train], images.classes[train], len(images.class_names))[images.classes]
    offset = _log_prior(images)[images.classes]

    def probe(contexts: Int[np.ndarray, " n"]) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"], float]:
        known, unseen = (Samples(residual[rows], contexts[rows], offset[rows]) for rows in (train, validation))
        fit = chosen_fit(known, unseen, len(images.context_names), device=device)
        scores = fit.scores(residual[test], offset[test])
        rows = np.arange(len(test))
        gained = (log_softmax(scores) - offset[test])[rows, images.contexts[test]]
        return choice_credits(scores, images.contexts[test]), gained, fit.penalty

    right, gained, penalty = probe(images.contexts)
    controls = []
    for repeat in range(SHUFFLES):
        mixed = _shuffled_within(images.classes, images.contexts, np.r_[train, validation], seed, repeat)
        controls.append([float(values.mean()) for values in probe(mixed)[:2]])
    chance = choice_credits(offset[test], images.contexts[test])
    rng = stream(seed, "leakage", "bootstrap")
    return {
        "accuracy": float(right.mean()),
        "interval": list(wilson_interval(float(right.mean()), len(test))),
        "chance": float(chance.mean()),
        "information": float(gained.mean()),
        "information_interval": group_interval(gained, images.groups[test], rng=rng),
        "shuffled": {
            "accuracy": float(np.mean([one for one, _ in controls])),
            "information": float(np.mean([other for _, other in controls])),
            "repeats": SHUFFLES,
        },
        "penalty": penalty,
        "n_train": len(train),
        "n_test": len(test),
        "left_out": int((~known).sum()),
    }


def _class_means(
    codes: Float[np.ndarray, "n d"], classes: Int[np.ndarray, " n"], count: int
) -> Float[np.ndarray, "c d"]:
    sums = np.zeros((count, codes.shape[1]))
    np.add.at(sums, classes, codes)
    return sums / np.maximum(1, np.bincount(classes, minlength=count))[:, None]


def _log_prior(images: LabelledImages) -> Float[np.ndarray, "c e"]:
    """log p(context | class) with half a count added to each cell."""
    counts = np.full((len(images.class_names), len(images.context_names)), 0.5)
    np.add.at(counts, (images.classes, images.contexts), 1)
    return np.log(counts / counts.sum(axis=1, keepdims=True))


def _shuffled_within(
    classes: Int[np.ndarray, " n"], contexts: Int[np.ndarray, " n"], rows: Int[np.ndarray, " m"], seed: int, repeat: int
) -> Int[np.ndarray, " n"]:
    """Contexts of these rows permuted within each class."""
    rng, mixed = stream(seed, "leakage", "shuffle", repeat), contexts.copy()
    for number in np.unique(classes[rows]):
        members = rows[classes[rows] == number]
        mixed[members] = contexts[rng.permutation(members)]
    return mixed
