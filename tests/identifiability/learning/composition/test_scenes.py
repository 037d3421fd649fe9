"""Captions and images of two objects: one order of each bag, held-out bags, and images that show what captions say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.learning.composition.scenes import CaptionedScenes, SceneConfig
from scm.streams import stream

PLAIN = SceneConfig(objects=6)
RICH = SceneConfig(objects=5, attributes=3, extras=2)


def drawn(config: SceneConfig, seed: int = 0) -> CaptionedScenes:
    return CaptionedScenes.drawn(config, rng=stream(seed, "scenes"))


@settings(deadline=None, max_examples=20)
@given(st.integers(3, 9), st.sampled_from([0, 2, 3]), st.integers(0, 1), st.integers(0, 99))
def test_each_bag_is_shown_once_and_held_out_or_not(objects: int, attributes: int, extras: int, seed: int) -> None:
    config = SceneConfig(objects=objects, attributes=attributes, extras=extras)
    scenes = drawn(config, seed)
    bags = [frozenset(t for t in caption if t < objects) for caption in (*scenes.training, *scenes.held_out)]
    assert len(set(bags)) == len(bags) == objects * (objects - 1) // 2
    assert len(scenes.held_out) == round(0.25 * len(bags))
    for caption in scenes.training:
        assert scenes.shown(caption) == scenes.shown(scenes.turned(caption)) == caption
        assert scenes.turned(scenes.turned(caption)) == caption != scenes.turned(caption)


def test_the_order_is_drawn_or_ruled() -> None:
    ruled = drawn(SceneConfig(objects=8, order="ruled"))
    assert all(first < second for first, second in (*ruled.training, *ruled.held_out))
    ascending = np.mean([first < second for first, second in drawn(SceneConfig(objects=40)).training])
    assert 0.4 < ascending < 0.6  # of 585 coins: 5 standard deviations
    assert drawn(PLAIN).training == drawn(PLAIN).training != drawn(PLAIN, 1).training


def test_operators_make_captions_of_other_scenes() -> None:
    assert list(drawn(PLAIN).operators()) == ["swap_objects"]
    assert drawn(PLAIN).negatives((2, 4), drawn(PLAIN).operators()["swap_objects"]) == [(4, 2)]
    scenes = drawn(RICH)  # objects 0-4, attributes 5-7, extras 8 and 9
    made = {name: scenes.negatives((5, 0, 7, 2), operator) for name, operator in scenes.operators().items()}
    assert made["swap_objects"] == [(5, 2, 7, 0)]
    assert made["swap_attributes"] == [(7, 0, 5, 2)]
    assert sorted(made["replace_attributes"]) == [(5, 0, 5, 2), (5, 0, 6, 2), (6, 0, 7, 2), (7, 0, 7, 2)]
    assert sorted(made["add_extras"]) == [(5, 0, 7, 2, 8), (5, 0, 7, 2, 9)]
    assert scenes.negatives((5, 0, 5, 3), scenes.operators()["swap_attributes"]) == []


def test_images_show_what_captions_say_and_nothing_else() -> None:
    """Features of two scenes differ in exactly the indicators that the captions differ in; the mixing is orthogonal."""
    for config in (PLAIN, RICH):
        scenes = drawn(config)
        np.testing.assert_allclose(scenes.mixing @ scenes.mixing.T, np.eye(len(scenes.mixing)), atol=1e-12)
        captions = list(dict.fromkeys((*scenes.training, *map(scenes.turned, scenes.training))))
        captions += [
            n for o in scenes.operators().values() for c in scenes.training[:3] for n in scenes.negatives(c, o)
        ]
        captions = list(dict.fromkeys(captions))
        images = scenes.features(captions)
        distance = np.square(images[:, None] - images[None]).sum(axis=2)
        expected = [[_different(a, b) for b in captions] for a in captions]
        np.testing.assert_allclose(distance, expected, atol=1e-9)


def _different(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    """Indicators that differ: two for each changed place, one for an extra that only one caption has."""
    changed = sum(2 for a, b in zip(first, second, strict=False) if a != b)
    return changed + abs(len(first) - len(second))


def test_tokens_are_padded_and_masked() -> None:
    scenes = drawn(RICH)
    ids, mask = scenes.tokens([(5, 0, 6, 1), (5, 0, 6, 1, 8)])
    np.testing.assert_array_equal(ids, [[5, 0, 6, 1, 0], [5, 0, 6, 1, 8]])
    np.testing.assert_array_equal(mask.sum(axis=1), [4, 5])
    assert (scenes.words, scenes.length) == (10, 5)


@pytest.mark.parametrize("wrong", [{"objects": 2}, {"held_out": 0.0}, {"held_out": 1.0}, {"noise": -0.1}])
def test_a_world_without_training_or_held_out_bags_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="some bags are trained on and some are not"):
        SceneConfig(**wrong)
