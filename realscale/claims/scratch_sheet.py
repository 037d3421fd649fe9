"""A few pairs of D and D_V as data for a figure: pictures with their full and their pruned captions."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from realscale.claims.scratch_emoji import grouped_emoji
from realscale.midtraining.pairs import PairSet
from scm.streams import stream

SHOWN = 8  # pairs


def caption_pairs() -> dict[str, Any]:
    """Pictures below each other as a PNG file (base64), their captions in D, and those that D_V exchanged and pruned.

    Raises:
        MissingData: the emoji are not in the data cache.
    """
    dataset = grouped_emoji()
    batch = PairSet.of(dataset).batch(SHOWN, rng=stream(0, "caption pairs"))
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(list(batch.images))).save(buffer, format="PNG", optimize=True)
    return {
        "png": base64.b64encode(buffer.getvalue()).decode("ascii"),
        "full": list(batch.full),
        "pruned": list(batch.pruned),
        "classes": [dataset.class_names[number] for number in batch.tokens.classes.tolist()],
    }
