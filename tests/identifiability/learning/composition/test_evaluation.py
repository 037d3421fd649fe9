"""Scores of towers whose codes are known, and the least losses against which trained ones are held."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from identifiability.learning.composition.evaluation import (
    blind_gap,
    infimum,
    operator_score,
    retrieval,
    support_loss,
    trained_loss,
)
from identifiability.learning.composition.scenes import CaptionedScenes, SceneConfig
from identifiability.learning.composition.towers import TowerConfig, Towers
from identifiability.learning.composition.training import Task, Trained
from identifiability.learning.loop import History
from scm.composition import Sentence
from scm.streams import stream

CONFIG = SceneConfig(objects=6, noise=0.0)
SCENES = CaptionedScenes.drawn(CONFIG, rng=stream(0, "scenes"))
SWAP = SCENES.operators()["swap_objects"]
TASK = Task(CONFIG, TowerConfig(outputs=12, width=16, text="bag"), batch=8)


class Perfect(Towers):
    """g(t) = f(image of t) = the clean image: an encoder g* by construction."""

    def caption_codes(self, captions: list[Sentence]) -> np.ndarray:
        return self.scenes.features(captions) / np.sqrt(2)

    def image_codes(self, captions: list[Sentence], *, rng: np.random.Generator) -> np.ndarray:
        return self.scenes.features(captions) / np.sqrt(2)


def towers(kind: type[Towers] = Towers, config: TowerConfig = TASK.towers) -> Towers:
    return kind(SCENES, config, generator=torch.Generator().manual_seed(0)).double()


def trained(task: Task) -> Trained:
    return Trained(task, SCENES, towers(config=task.towers), History(), 0.0)


def test_a_true_encoder_scores_one_and_the_blind_one_built_on_it_ties() -> None:
    model = towers(Perfect)
    true = operator_score(model, SCENES.training, SWAP, rng=stream(0, "e"))
    assert (true.accuracy, true.altered, true.raw, true.ties, true.items) == (1.0, 1.0, 1.0, 0.0, len(SCENES.training))
    assert true.cosine == pytest.approx(0.0, abs=1e-12)  # two places differ, of two
    assert true.margin == pytest.approx(1.0)

    def blind(captions: list[Sentence]) -> np.ndarray:
        return model.caption_codes([SCENES.shown(caption) for caption in captions])

    score = operator_score(model, SCENES.training, SWAP, rng=stream(0, "e"), text=blind)
    assert (score.accuracy, score.altered, score.raw, score.ties, score.margin) == (0.5, 0.5, 0.5, 1.0, 0.0)
    assert score.cosine == 1.0
    losses = [
        support_loss(model, SCENES.training, temperature=0.1, rng=stream(0, "l"), text=text)
        for text in (model.caption_codes, blind)
    ]
    assert losses[0] == losses[1]


def test_an_encoder_of_the_other_order_is_always_wrong() -> None:
    model = towers(Perfect)
    score = operator_score(
        model, SCENES.training, SWAP, rng=stream(0, "e"), text=lambda ts: model.caption_codes([t[::-1] for t in ts])
    )
    assert (score.accuracy, score.altered) == (0.0, 0.0)


def test_small_differences_tie_and_only_the_raw_score_feels_them() -> None:
    model = towers(Perfect)

    def nearly_blind(captions: list[Sentence]) -> np.ndarray:
        codes = np.array([model.caption_codes([SCENES.shown(t)])[0] for t in captions])
        nudged = codes + 0.004 * model.caption_codes(list(captions))
        return nudged / np.linalg.norm(nudged, axis=1, keepdims=True)

    score = operator_score(model, SCENES.training, SWAP, rng=stream(0, "e"), text=nearly_blind)
    assert (score.accuracy, score.ties, score.raw) == (0.5, 1.0, 1.0)
    assert 0 < score.margin < 0.01


def test_a_bag_encoder_ties_bitwise_and_a_transformer_does_not() -> None:
    bag = operator_score(towers(), SCENES.training, SWAP, rng=stream(0, "e"))
    assert (bag.accuracy, bag.ties) == (0.5, 1.0)
    assert bag.margin < 1e-12
    transformer = towers(config=replace(TASK.towers, text="transformer", position_scale=1.0))
    assert operator_score(transformer, SCENES.training, SWAP, rng=stream(0, "e")).margin > 1e-4


def test_an_operator_without_negatives_is_refused() -> None:
    with pytest.raises(ValueError, match="SWAP makes no negative of 0 captions"):
        operator_score(towers(), (), SWAP, rng=stream(0, "e"))


def test_retrieval_counts_the_captions_own() -> None:
    model = towers(Perfect)
    assert retrieval(model, SCENES.training, SCENES.held_out, rng=stream(0, "r")) == 1.0

    class Shifted(Perfect):
        def caption_codes(self, captions: list[Sentence]) -> np.ndarray:
            return np.roll(super().caption_codes(captions), 1, axis=0)

    assert retrieval(towers(Shifted), SCENES.training, (), rng=stream(0, "r")) == 0.0


def test_least_losses_by_batches_and_hard_negatives() -> None:
    bags = len(SCENES.training)
    assert infimum(trained(TASK)) == blind_gap(trained(TASK)) == 0.0
    assert blind_gap(trained(replace(TASK, share=0.5))) == 0.0
    assert blind_gap(trained(replace(TASK, negatives=("swap_objects",)))) == pytest.approx(np.log(2) / 2)
    assert blind_gap(trained(replace(TASK, negatives=("swap_objects",), count=3))) == pytest.approx(np.log(4) / 2)
    pair = replace(TASK, share=0.5, batches="independent", batch=2)
    # two draws repeat a caption with probability 1 / 2N, a bag with 1 / N, and a repetition costs log 2
    assert infimum(trained(pair)) == pytest.approx(np.log(2) / (2 * bags))
    assert blind_gap(trained(pair)) == pytest.approx(np.log(2) / (2 * bags))
    with pytest.raises(ValueError, match="expected swap_objects in distinct ones"):
        blind_gap(trained(replace(pair, negatives=("swap_objects",))))


def test_no_bag_encoder_costs_less_than_the_gap_of_blindness() -> None:
    for task in (replace(TASK, negatives=("swap_objects",)), replace(TASK, share=0.5, batches="independent", batch=64)):
        run = trained(task)
        assert trained_loss(run, batches=20, rng=stream(0, "b")) > infimum(run) + blind_gap(run)
