"""Towers are drawn from their generator, and word order enters the transformer by its positions alone."""

import numpy as np
import torch

from identifiability.learning.composition.scenes import CaptionedScenes, SceneConfig
from identifiability.learning.composition.towers import TowerConfig, Towers
from scm.streams import stream

SCENES = CaptionedScenes.drawn(SceneConfig(objects=6, noise=0.5), rng=stream(0, "scenes"))
CAPTIONS = list(SCENES.training)


def towers(seed: int = 0, **config: float) -> Towers:
    generator = torch.Generator().manual_seed(seed)
    return Towers(SCENES, TowerConfig(outputs=8, width=16, **config), generator=generator).double()


def test_position_vectors_are_all_that_tells_order() -> None:
    def sensitivity(scale: float) -> float:
        model = towers(position_scale=scale)
        difference = model.caption_codes(CAPTIONS) - model.caption_codes([caption[::-1] for caption in CAPTIONS])
        return float(np.abs(difference).max())

    assert sensitivity(0.0) < 1e-12
    assert 1e-6 < sensitivity(0.02) < 0.1 * sensitivity(1.0)


def test_codes_are_unit_vectors_and_images_are_noisy() -> None:
    model = towers()
    f, g = model.image_codes(CAPTIONS, rng=stream(0, "images")), model.caption_codes(CAPTIONS)
    assert f.shape == g.shape == (len(CAPTIONS), 8)
    for codes in (f, g):
        np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 1.0, atol=1e-12)
    np.testing.assert_array_equal(f, model.image_codes(CAPTIONS, rng=stream(0, "images")))
    assert np.abs(f - model.image_codes(CAPTIONS, rng=stream(1, "images"))).max() > 1e-3


def test_towers_follow_their_generator() -> None:
    first, again, other = (towers(seed).caption_codes(CAPTIONS) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
