"""Zero-shot accuracy by context, for each kind of prompt."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from realscale.data.labelled import LabelledImages
from realscale.evaluation.accuracy import accuracy_table, choice_credits
from realscale.evaluation.models import Evaluated
from realscale.evaluation.prompts import CLASS_TEMPLATE, Kind, context_templates, mean_codes, prompt_codes
from scm.streams import stream

_ROWS = 8192  # images whose scores are in memory at once


def zero_shot(
    model: Evaluated,
    images: LabelledImages,
    codes: Float[np.ndarray, "n d"],
    *,
    template: str = CLASS_TEMPLATE,
    own_contexts: Mapping[str, str] | None = None,
    templates: Sequence[str] = (),
    seed: int = 0,
) -> dict[Kind, dict[str, Any]]:
    """Accuracy by context of each kind of prompt, with its templates, the number of classes and the chance of guessing.

    `templates`, if any, are averaged as a kind of their own. class: one template. matched: the prompt names the context
    that the image has, which a user must know. ensemble: mean code over the contexts of the set.
    """
    by_context = context_templates(images.context_names, own_contexts or {})
    in_context = prompt_codes(model, images.class_names, by_context)
    bare = prompt_codes(model, images.class_names, (template,))
    kinds: dict[Kind, Float[np.ndarray, "contexts classes d"]] = {
        "class": bare,
        "matched": in_context,
        "ensemble": mean_codes(in_context)[None],
    }
    if templates:
        kinds["templates"] = mean_codes(prompt_codes(model, images.class_names, templates))[None]
    spoken = dict(zip(images.context_names, by_context, strict=True))
    worded = {"class": [template], "matched": spoken, "ensemble": spoken, "templates": list(templates)}
    return {
        kind: {
            **accuracy_table(choice(images, codes, prompts), images, rng=stream(seed, "zero-shot", images.name, kind)),
            "prompts": worded[kind],
            "classes": len(images.class_names),
            "chance": 1 / len(images.class_names),
        }
        for kind, prompts in kinds.items()
    }


def choice(
    images: LabelledImages, codes: Float[np.ndarray, "n d"], prompts: Float[np.ndarray, "contexts classes d"]
) -> Float[np.ndarray, " n"]:
    """Credit of each image for the class whose prompt is nearest; one set of prompts for all, or one for a context."""
    parts = []
    for start in range(0, len(codes), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(codes)))
        parts.append(choice_credits(class_scores(codes[rows], prompts, images.contexts[rows]), images.classes[rows]))
    return np.concatenate(parts)


def class_scores(
    codes: Float[np.ndarray, "n d"], prompts: Float[np.ndarray, "contexts classes d"], contexts: np.ndarray
) -> Float[np.ndarray, "n classes"]:
    """Cosine of each image with each class, in the prompts of its context or in the only ones."""
    if len(prompts) == 1:
        return codes @ prompts[0].T
    scores = np.empty((len(codes), prompts.shape[1]), dtype=codes.dtype)
    for context in np.unique(contexts):
        scores[contexts == context] = codes[contexts == context] @ prompts[context].T
    return scores
