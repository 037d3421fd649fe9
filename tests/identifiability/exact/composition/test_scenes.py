"""The scene SCM: a true and a blind encoder with one loss, and different answers to every operator."""

import numpy as np
import pytest

from identifiability.exact.composition.scenes import (
    Scenes,
    blind_codes,
    hard_negative_counts,
    hard_negative_loss,
    pair_accuracy,
    training_critic,
    true_codes,
)


@pytest.mark.parametrize("scenes", [Scenes(), Scenes(objects=4, attributes=2, extras=1)])
def test_both_encoders_have_the_same_critic_on_training_pairs(scenes: Scenes) -> None:
    for temperature in (1.0, 0.02):
        true, blind = (training_critic(scenes, codes(scenes), temperature) for codes in (true_codes, blind_codes))
        assert np.array_equal(true, blind)


def test_accuracies_are_one_and_one_half_on_every_operator() -> None:
    scenes = Scenes()
    pairs = {name: pair_accuracy(scenes, true_codes(scenes), o) for name, o in scenes.operators().items()}
    assert pairs == {
        "swap_objects": (1.0, 0.0, 10),
        "swap_attributes": (1.0, 0.0, 8),
        "replace_attributes": (1.0, 0.0, 40),
        "add_extras": (1.0, 0.0, 30),
    }
    blind = [pair_accuracy(scenes, blind_codes(scenes), o) for o in scenes.operators().values()]
    assert {(found.accuracy, found.ties) for found in blind} == {(0.5, 1.0)}


def test_hard_negatives_cost_the_blind_encoder_the_logarithm_of_their_number() -> None:
    scenes = Scenes()
    counts = np.array(hard_negative_counts(scenes))
    assert hard_negative_loss(scenes, blind_codes(scenes), 0.02) == pytest.approx(np.log1p(counts).mean(), abs=1e-12)
    assert hard_negative_loss(scenes, true_codes(scenes), 0.02) < 1e-15


def test_captions_are_as_many_as_scenes() -> None:
    scenes = Scenes()
    assert len(set(scenes.captions())) == 5 * 4 * 3**2 * 4
    assert set(scenes.training()) <= set(scenes.captions())
