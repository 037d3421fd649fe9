"""Held-out pairs as people see them: counts of what is asked, and a sheet of pictures with the models' scores."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from realscale.composition_training.evaluation import caption_pair, pair_scores
from realscale.composition_training.experiment import Branch, Problem
from realscale.composition_training.model import SmallCLIP
from realscale.data.contact_sheet import ContactSheet
from scm.streams import stream

_MARGIN = 3  # white pixels around each picture
# what a sheet shows a pair of, as far as there is one
_SHOWN = ("swap: things", "swap: colours", "replace: colour", "replace: noun", "replace: person", "add: relation")


def counts(problem: Problem) -> dict[str, Any]:
    """How much is trained on and asked, and by whom the pictures are drawn."""
    asked = Counter(f"{pair.operator}: {pair.type}" for pair in problem.asked)
    return {
        "captions": len(problem.corpus.tokens),
        "single_captions": len(problem.corpus.labels),
        "held_out_labels": len(problem.split.labels),
        "held_out_combinations": len(problem.split.combinations),
        "asked": dict(asked),
        "vendors": list(problem.gallery.vendors),
        "held_out_vendor": problem.gallery.vendors[problem.held_out_vendor],
    }


def asked_sheet(problem: Problem, models: Mapping[Branch, SmallCLIP]) -> dict[str, Any]:
    """A pair of each kind with both pictures by the held-out vendor, and each model's cosines of them.

    rows: the two captions of each pair. scores[model][pair]: cosine of picture k and caption l.
    """
    by_kind: dict[str, list[int]] = {}
    for index, pair in enumerate(problem.asked):
        by_kind.setdefault(f"{pair.operator}: {pair.type}", []).append(index)
    rng = stream(0, "sheet")
    chosen = [int(rng.choice(by_kind[kind])) for kind in _SHOWN if kind in by_kind]
    shown = [problem.asked[index] for index in chosen]
    drawn = problem.pictures[problem.held_out_vendor, chosen]
    margin = ((0, 0), (0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0))
    pictures = np.pad(drawn, margin, constant_values=255)
    rows, _, height, width, _ = pictures.shape
    grid = pictures.transpose(0, 2, 1, 3, 4).reshape(rows * height, 2 * width, 3)
    texts = [caption_pair(pair).captions for pair in shown]
    sheet = ContactSheet(grid, tuple(" / ".join(pair) for pair in texts), ("first", "second"))
    scores = {name: pair_scores(model, shown, drawn[None])[0].round(4).tolist() for name, model in models.items()}
    return {**sheet.to_record(), "captions": [list(pair) for pair in texts], "scores": scores}
