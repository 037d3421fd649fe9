"""Trained towers under REPLACE and ADD: they do not end blind, though blind encoders of the same loss exist."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from identifiability.claims.claim import Context, Evidence, Interval, Setting
from identifiability.claims.composition.trained_runs import TRAINED, encoder_of, operator_series, run, scores_of
from identifiability.claims.equivalence.learned_claims import positive, settings_of, violation
from identifiability.learning.composition.evaluation import OperatorScore, retrieval, support_loss
from scm.composition import Sentence
from scm.streams import stream


def not_blind(setting: Setting, seed: int, context: Context) -> Evidence:
    """REPLACE and ADD told on most training images, SWAP not. Keys: `_measured`; series: encoders."""
    trained = run(setting, seed, context)
    scores = scores_of(trained, seed)
    measured = _measured(scores)
    measured["retrieval"] = retrieval(
        trained.towers, trained.scenes.training, (), rng=stream(seed, "evaluation", "retrieval")
    )
    told: Interval = (0.8, None)
    bar = {"replace_attributes": told, "add_extras": told, "swap_objects": (0.48, 0.52), "retrieval": (0.99, None)}
    series = {"encoders": {encoder_of(trained.task): operator_series(scores)}}
    note = "images of edited scenes (_altered) are never trained on, and extras never seen"
    return Evidence(measured, bar, dict.fromkeys(scores, 1.0), dict.fromkeys(scores, 0.5), series, note)


def constructed(setting: Setting, seed: int, context: Context) -> Evidence:
    """g**, the trained text tower read at the training caption of the same bag: same loss, ties on every operator."""
    trained = run(setting, seed, context)
    scenes, towers = trained.scenes, trained.towers

    def blind(captions: Sequence[Sentence]) -> Float[np.ndarray, "n d"]:
        return towers.caption_codes([scenes.shown(caption) for caption in captions])

    losses = [
        support_loss(
            towers,
            scenes.training,
            temperature=trained.task.temperature,
            rng=stream(seed, "evaluation", "loss"),
            text=text,
        )
        for text in (towers.caption_codes, blind)
    ]
    scores = scores_of(trained, seed, text=blind)
    half: Mapping[str, Interval] = dict.fromkeys(scores, (0.5, 0.5))
    return Evidence(
        {**_measured(scores), "loss": losses[0], "loss_difference": abs(losses[1] - losses[0])},
        {**half, "loss_difference": (0.0, 0.0)},
        dict.fromkeys(scores, 1.0),
        dict.fromkeys(scores, 0.5),
        {"encoders": {f"g** built on {encoder_of(trained.task)}": operator_series(scores)}},
    )


def _measured(scores: Mapping[str, OperatorScore]) -> dict[str, float]:
    """By operator: accuracy, NAME_altered (on images of edited scenes), NAME_ties and NAME_cosine."""
    return {
        f"{name}{ending}": value
        for name, score in scores.items()
        for ending, value in (
            ("", score.accuracy),
            ("_altered", score.altered),
            ("_ties", score.ties),
            ("_cosine", score.cosine),
        )
    }


_TRAINED = "the text tower is the one that training ends in"
_SCENES = {"objects": 16, "attributes": 4, "extras": 3, "batch": 64}

EDITS = positive(
    "trained_edits.not_blind",
    "Towers trained on captions with one attribute for each object and no extra do not end blind to REPLACE and ADD: "
    "on training images they prefer the caption, while SWAP stays at one half.",
    r"\text{acc}_{REPLACE},\text{acc}_{ADD}\geq 0.8,\quad|\text{acc}_{SWAP}-\frac{1}{2}|\leq 0.02",
    not_blind,
    (_TRAINED, "word order enters weakly or not at all"),
    settings_of(TRAINED, {**_SCENES, "text": "bag"}, {**_SCENES, "text": "transformer"}, quick=1),
    source="arXiv 2510.26302, Theorems 8 and 9, and training: existence says nothing of what training reaches",
)

CLAIMS = (
    EDITS,
    violation(
        EDITS,
        "constructed",
        "The trained tower read at the training caption of the same objects has exactly its loss, and ties on every "
        "SWAP, REPLACE and ADD.",
        r"g^{**}(X)=g(r([X])):\ L(f,g^{**})=L(f,g),\ \text{acc}=\frac{1}{2}",
        constructed,
        _TRAINED,
        settings_of(TRAINED, {**_SCENES, "text": "bag"}),
    ),
)
