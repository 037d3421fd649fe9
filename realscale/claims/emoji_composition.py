"""Hard negatives on real pictures: a small CLIP trained from scratch on emoji, asked which caption fits.

Captions are the emoji's CLDR names and scenes of two emoji; held-out pairs of captions differ by one operator, and no
caption of them was trained on. The control goes on by plain InfoNCE from the same checkpoint, on the same batches.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Interval, NotAvailable, Preset, Setting
from identifiability.metrics.winoground import CHANCE, caption_choice, winoground_score
from realscale.composition_training.evaluation import class_accuracy, pair_scores
from realscale.composition_training.experiment import (
    HELD_OUT_VENDOR,
    Branch,
    Problem,
    emoji_problem,
    rows_of_training,
    trained_branches,
)
from realscale.composition_training.model import SmallCLIP, open_clip_missing
from realscale.composition_training.sheet import asked_sheet, counts
from realscale.composition_training.training import Schedule
from realscale.data import load

OPERATORS = ("swap", "replace", "add")
CLASS_LOSS = 0.02  # the bar: how much the class accuracy may fall below the control's


def composition_missing() -> str:
    """Why the emoji or open_clip cannot be used here, with the command that gets them; "" when they can."""
    try:
        load("emoji")
    except NotAvailable as missing:
        return str(missing)
    return open_clip_missing()


def hard_negatives_help(setting: Setting, seed: int, context: Context) -> Evidence:
    """Train from scratch, go on in each of the setting's ways, and compare with the plain one on held-out pairs."""
    problem = emoji_problem(seed, things=setting["things"], scenes=setting["scenes"])
    ways: tuple[Branch, ...] = ("plain", *setting["ways"])
    schedule = Schedule(setting["scratch"], setting["further"])
    models = trained_branches(problem, ways, schedule, seed=seed, context=context)
    found = {name: scored(problem, model) for name, model in (("scratch", problem.model), *models.items())}
    measured: dict[str, float] = {}
    bar: dict[str, Interval] = {}
    floor: dict[str, float] = {}
    helps = setting.get("helps", True)
    for way in ways[1:]:
        for operator in ("swap", "replace"):
            name = f"{operator}_gain_{way}"
            measured[name] = found[way]["accuracy"][operator] - found["plain"]["accuracy"][operator]
            bar[name] = (0.0, None)
            if not helps:
                bar[name] = (None, setting["most"])
        measured[f"class_change_{way}"] = found[way]["class"] - found["plain"]["class"]
        if helps:
            bar[f"class_change_{way}"] = (-CLASS_LOSS, None)
    for name, scores in found.items():
        for operator in OPERATORS:
            for where, label in (("accuracy", ""), ("new_vendor", "_new_vendor")):
                key = f"{operator}_{name}{label}"
                measured[key] = scores[where][operator]
                floor[key] = 0.5
        measured |= {f"class_{name}": scores["class"], f"group_{name}": scores["winoground"]["group"]}
        floor |= {f"class_{name}": 1 / scores["classes"], f"group_{name}": CHANCE["group"]}
    return Evidence(
        measured=measured,
        bar=bar,
        ceiling=dict.fromkeys(floor, 1.0),
        floor=floor,
        series={
            "branches": found,
            "pairs_sheet": asked_sheet(problem, models),
            "data": {**counts(problem), "size": problem.model.size},
        },
        note="SWAP, REPLACE and ADD: accuracy of choosing between two captions of a held-out pair, one operator "
        f"apart, by all four vendors; new_vendor: of {HELD_OUT_VENDOR} alone, which was not trained on. class: "
        f"zero-shot accuracy of the CLDR subgroup in {HELD_OUT_VENDOR}'s drawings. group: Winoground's group score. A "
        f"CLIP of open_clip's class with {problem.model.size:,} parameters, trained from scratch on 32 x "
        "32 pixels: it shows what such a model does, not what a large pretrained one would.",
    )


def scored(problem: Problem, model: SmallCLIP) -> dict[str, Any]:
    """What one model gets of the held-out pairs, by operator and by type, and of the classes."""
    vendors = range(len(problem.gallery.vendors))
    scores = pair_scores(model, problem.gallery, problem.asked, vendors)
    operators = [pair.operator for pair in problem.asked]
    types = [f"{pair.operator}: {pair.type}" for pair in problem.asked]
    flat = scores.reshape(-1, 2, 2)
    by_operator = caption_choice(flat, operators * len(vendors)).types
    by_type = caption_choice(flat, types * len(vendors)).types
    unseen = caption_choice(scores[problem.held_out_vendor], operators).types
    winoground = winoground_score(flat)
    rows = rows_of_training(problem)
    (accuracy,) = class_accuracy(model, problem.gallery, rows, [problem.held_out_vendor])
    return {
        "accuracy": {name: score.accuracy for name, score in by_operator.items()},
        "interval": {name: list(score.interval) for name, score in by_operator.items()},
        "ties": {name: score.ties for name, score in by_operator.items()},
        "questions": {name: score.items for name, score in by_operator.items()},
        "new_vendor": {name: score.accuracy for name, score in unseen.items()},
        "types": {name: score.accuracy for name, score in by_type.items()},
        "winoground": {"text": winoground.text, "image": winoground.image, "group": winoground.group},
        "class": float(accuracy),
        "classes": len(np.unique([problem.gallery.subgroups[row] for row in rows])),
    }


_SCALE: Mapping[Preset, Mapping[str, int]] = {
    "quick": {"scratch": 100, "further": 60, "things": 6, "scenes": 1500},
    "standard": {"scratch": 250, "further": 120, "things": 12, "scenes": 4000},
    "full": {"scratch": 3000, "further": 1000, "things": 12, "scenes": 12000},
}
_SEEDS: dict[Preset, int] = {"quick": 1, "standard": 3, "full": 5}
_SOURCE = "arXiv 2510.26302, Algorithm 1 and Section 4; in-batch hard negatives of arXiv 2210.01936"
_HARD = "emoji_composition.hard_negatives"
_DIFFERENT = "a hard negative says something else than its caption"
_CHECKPOINT = "control and treatment start from one checkpoint and see the same pairs"
_HELD_OUT = "no caption of a held-out pair is trained on, as a caption or as a negative"


def _settings(ways: tuple[Branch, ...], **options: Any) -> dict[Preset, tuple[Setting, ...]]:
    return {preset: ({"ways": ways, **scale, **options},) for preset, scale in _SCALE.items()}


EMOJI_COMPOSITION = (
    Claim(
        id=_HARD,
        statement="On real emoji, going on from one checkpoint with hard negatives, by one operator or iterated, beats "
        "going on without on held-out SWAP and REPLACE pairs, and the zero-shot class accuracy does not fall.",
        formula=r"\mathrm{acc}_{\mathrm{SWAP}}(\text{hard})>\mathrm{acc}_{\mathrm{SWAP}}(\text{plain}),\quad"
        r"\mathrm{acc}_{\mathrm{REPLACE}}(\text{hard})>\mathrm{acc}_{\mathrm{REPLACE}}(\text{plain})",
        source=_SOURCE,
        form="extra",
        track="real",
        assumptions=(_CHECKPOINT, _HELD_OUT, _DIFFERENT),
        check=hard_negatives_help,
        settings=_settings(("hard", "iterated")),
        seeds=_SEEDS,
    ),
    Claim(
        id=f"{_HARD}.same_meaning",
        statement="Negatives that are the captions themselves give no such gain.",
        formula=r"\mathrm{acc}_{\mathrm{SWAP}}(\text{same})\not>\mathrm{acc}_{\mathrm{SWAP}}(\text{plain})",
        source=_SOURCE,
        form="violation",
        track="real",
        assumptions=(_CHECKPOINT, _HELD_OUT),
        check=hard_negatives_help,
        settings=_settings(("same",), helps=False, most=0.01),
        seeds={"quick": 1, "standard": 1, "full": 5},
        drops=(_HARD, _DIFFERENT),
    ),
)
