"""Linear probes of the class: within each context, and on all other contexts with one left out."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from realscale.data.labelled import LabelledImages, Part, part
from realscale.data.splits import split_each_context
from realscale.evaluation.accuracy import accuracy_table, choice_credits
from realscale.evaluation.softmax_regression import Samples, SoftmaxRegression, chosen_fit
from scm.streams import stream

HELD_OUT = 0.2  # of each context: for validation, and within a context for the test too


def rows_within(images: LabelledImages, some: Part) -> Int[np.ndarray, " m"]:
    """Positions among `images` of the images of a part of them, where rows ascend.

    Raises:
        ValueError: a part of another set.
    """
    if some.whole is images:
        return some.rows
    if isinstance(images, Part) and some.whole is images.whole:  # `part` of a part has the rows of the whole set
        return np.searchsorted(images.rows, some.rows)
    raise ValueError(f"{some!r} is no part of {images!r}; expected one, whose images have places among these")


def linear_probe(
    images: LabelledImages, codes: Float[np.ndarray, "n d"], *, seed: int = 0, device: torch.device | None = None
) -> dict[str, Any]:
    """Accuracy by context of logistic regression on codes; the penalty is that of least loss on validation images.

    within: a context is cut into train, validation and test (64, 16, 20 %). left_out: 80 % of every other context is
    trained on, the rest of them is the validation, and all images of the context are the test (DomainBed's
    training-domain validation); `seen_groups` is the share of them whose group was trained on in another context.

    Raises:
        ValueError: a context too small to be cut.
    """
    rest, test = split_each_context(images, held_out=HELD_OUT, rng=stream(seed, "probe", "test"))
    train, validation = split_each_context(rest, held_out=HELD_OUT, rng=stream(seed, "probe", "validation"))
    tested = rows_within(images, test)
    rows = {"train": rows_within(images, train), "validation": rows_within(images, validation), "test": tested}
    parts = split_each_context(images, held_out=HELD_OUT, rng=stream(seed, "probe", "left out"))
    kept_rows, held_rows = (rows_within(images, found) for found in parts)
    left, within, seen = np.full(len(images), np.nan), np.full(len(images), np.nan), np.zeros(len(images), dtype=bool)
    penalties: dict[str, dict[str, float]] = {"within": {}, "left_out": {}}
    present = np.unique(images.contexts)
    for context in present:
        name = images.context_names[context]
        of = {kind: found[images.contexts[found] == context] for kind, found in rows.items()}
        fit = _chosen(images, codes, of["train"], of["validation"], device)
        within[of["test"]] = _credit(fit, images, codes, of["test"])
        penalties["within"][name] = fit.penalty
        if len(present) < 2:
            continue
        others, checked = (found[images.contexts[found] != context] for found in (kept_rows, held_rows))
        here = np.flatnonzero(images.contexts == context)
        fit = _chosen(images, codes, others, checked, device)
        left[here] = _credit(fit, images, codes, here)
        seen[here] = np.isin(images.groups[here], images.groups[others])
        penalties["left_out"][name] = fit.penalty
    found: dict[str, Any] = {
        "within": accuracy_table(within[tested], part(images, tested), rng=stream(seed, "probe", "within")),
        "left_out": None,
        "penalties": penalties,
        "chance": 1 / len(np.unique(images.classes)),
    }
    if len(present) > 1:
        table = accuracy_table(left, images, rng=stream(seed, "probe", "bootstrap"))
        found["left_out"] = {**table, "seen_groups": float(seen.mean())}
    return found


def _chosen(
    images: LabelledImages,
    codes: Float[np.ndarray, "n d"],
    train: Int[np.ndarray, " m"],
    validation: Int[np.ndarray, " v"],
    device: torch.device | None,
) -> SoftmaxRegression:
    known, unseen = (Samples(codes[rows], images.classes[rows]) for rows in (train, validation))
    return chosen_fit(known, unseen, len(images.class_names), device=device)


def _credit(
    fit: SoftmaxRegression, images: LabelledImages, codes: Float[np.ndarray, "n d"], rows: Int[np.ndarray, " m"]
) -> Float[np.ndarray, " m"]:
    return choice_credits(fit.scores(codes[rows]), images.classes[rows])
