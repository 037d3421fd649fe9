"""The set of five broad classes: every concept by every vendor, no concept in two classes."""

import numpy as np
import pytest

from realscale.data.emoji_classes import CLASSES, SIZE, STYLES, load_emoji_classes
from realscale.data.errors import MissingData


def test_every_vendor_draws_every_concept_once() -> None:
    try:
        dataset = load_emoji_classes()
    except MissingData as missing:
        pytest.skip(str(missing))
    concepts = len(np.unique(dataset.concepts))
    assert concepts >= 150
    assert len(dataset) == concepts * len(STYLES)
    assert dataset.images.shape[1:] == (SIZE, SIZE, 3)
    pairs = np.stack([dataset.concepts, dataset.styles])
    assert np.unique(pairs, axis=1).shape[1] == len(dataset)
    assert len(np.unique(np.stack([dataset.concepts, dataset.classes]), axis=1).T) == concepts
    assert (np.bincount(dataset.classes) // len(STYLES) >= 10).all()
    by_caption = dict(zip(dataset.captions, dataset.classes, strict=True))
    for caption, name in {"bus": "vehicle", "cat": "mammal", "castle": "building", "pear": "fruit"}.items():
        assert dataset.class_names[by_caption[caption]] == name
    assert tuple(CLASSES) == dataset.class_names
