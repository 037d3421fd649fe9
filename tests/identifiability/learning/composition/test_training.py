"""Batches are what the task says, losses are the objective's, and a run follows its seed alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from identifiability.claims.claim import Context
from identifiability.learning.composition.scenes import CaptionedScenes, SceneConfig
from identifiability.learning.composition.towers import TowerConfig, Towers
from identifiability.learning.composition.training import Pairs, Task, learn
from identifiability.learning.loop import TrainingConfig
from identifiability.objectives import hard_negative_infonce
from scm.streams import stream

TASK = Task(
    SceneConfig(objects=7, noise=0.0),
    TowerConfig(outputs=8, width=16),
    batch=12,
    training=TrainingConfig(steps=6, warmup=2, checkpoint_every=2),
)
SCENES = CaptionedScenes.drawn(TASK.scenes, rng=stream(0, "scenes"))


def towers(task: Task = TASK, scenes: CaptionedScenes = SCENES) -> Towers:
    return Towers(scenes, task.towers, generator=torch.Generator().manual_seed(0)).double()


def test_distinct_bags_never_meet_their_twins() -> None:
    pairs = Pairs(SCENES, replace(TASK, share=0.5))
    orders = []
    for step in range(60):
        drawn = pairs.draw(stream(0, "batch", step))
        assert len(set(drawn // 2)) == len(drawn) == 12
        orders.append(drawn % 2)
    assert 0.4 < np.mean(orders) < 0.6  # of 720 coins: 5 standard deviations
    with pytest.raises(ValueError, match="batches of 17 distinct bags, but training has 16"):
        Pairs(SCENES, replace(TASK, batch=17))


def test_independent_draws_repeat_and_show_the_rarer_order_as_often_as_said() -> None:
    pairs = Pairs(SCENES, replace(TASK, share=0.1, batches="independent", batch=4000))
    drawn = pairs.draw(stream(0, "batch"))
    assert len(set(drawn)) == 32
    assert abs((drawn % 2).mean() - 0.1) < 5 * np.sqrt(0.09 / 4000)
    assert all(pairs.captions[number] == SCENES.training[number // 2] for number in drawn if number % 2 == 0)
    assert set(Pairs(SCENES, TASK).draw(stream(0, "batch")) % 2) == {0}


def test_the_loss_is_infonce_of_each_caption_with_its_own_hard_negative() -> None:
    task = replace(TASK, negatives=("swap_objects",))
    pairs, model = Pairs(SCENES, task), towers()
    loss = pairs.loss(model, stream(0, "batch"))
    drawn = [pairs.captions[number] for number in pairs.draw(stream(0, "batch"))]
    f = torch.from_numpy(model.image_codes(drawn, rng=stream(0, "none")))
    g, negatives = (torch.from_numpy(model.caption_codes(captions)) for captions in (drawn, [c[::-1] for c in drawn]))
    expected = hard_negative_infonce(f, g, negatives[:, None], in_batch=True, temperature=0.1, similarity="cosine")
    assert float(loss.detach()) == pytest.approx(float(expected), abs=1e-6)
    assert float(loss.detach()) > float(Pairs(SCENES, TASK).loss(model, stream(0, "batch")).detach()) + 0.01


def test_hard_negatives_of_a_caption_are_all_drawn_and_no_other() -> None:
    config = SceneConfig(objects=5, attributes=3, extras=2)
    scenes = CaptionedScenes.drawn(config, rng=stream(0, "scenes"))
    names = ("swap_objects", "replace_attributes", "add_extras")
    pairs = Pairs(scenes, replace(TASK, scenes=config, negatives=names, batch=4))
    for number, caption in enumerate(pairs.captions):
        rows = slice(pairs.first[number], pairs.first[number] + pairs.made[number])
        ids, mask = pairs.negative_words[rows].numpy(), pairs.negative_mask[rows].numpy()
        found = [tuple(row[real].tolist()) for row, real in zip(ids, mask, strict=True)]
        expected = [n for name in names for n in scenes.negatives(caption, scenes.operators()[name])]
        assert found == expected


def test_a_caption_without_a_hard_negative_is_refused() -> None:
    config = SceneConfig(objects=5, attributes=2)
    scenes = CaptionedScenes.drawn(config, rng=stream(0, "scenes"))
    with pytest.raises(ValueError, match="make nothing of caption"):
        Pairs(scenes, replace(TASK, scenes=config, negatives=("swap_attributes",), batch=4))


@pytest.mark.parametrize("wrong", [{"share": 0.6}, {"batch": 1}, {"count": 0}])
def test_a_task_that_means_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"share of the rarer order in \[0, 1/2\]"):
        replace(TASK, **wrong)


def test_a_run_follows_its_seed_and_resumes(tmp_path: Path) -> None:
    first, again, other = (learn(TASK, seed, Context()) for seed in (3, 3, 4))
    captions = list(first.scenes.training)
    np.testing.assert_array_equal(first.towers.caption_codes(captions), again.towers.caption_codes(captions))
    assert first.scenes.training != other.scenes.training

    class Interrupted(Exception):
        pass

    def interrupt(done: int, total: int) -> None:
        if done == total:
            raise Interrupted

    with pytest.raises(Interrupted):
        learn(TASK, 3, Context(tmp_path, interrupt))
    assert list(tmp_path.iterdir())
    resumed = learn(TASK, 3, Context(tmp_path))
    np.testing.assert_array_equal(first.towers.caption_codes(captions), resumed.towers.caption_codes(captions))


def test_what_was_learned_in_this_run_is_not_learned_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = learn(TASK, 3, Context(shared=tmp_path))
    other = learn(TASK, 4, Context(shared=tmp_path))
    longer = learn(replace(TASK, temperature=0.2), 3, Context(shared=tmp_path))

    def train(*_: object, **__: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("identifiability.learning.composition.training.train", train)
    again = learn(TASK, 3, Context(shared=tmp_path))
    captions = list(first.scenes.training)
    codes = first.towers.caption_codes(captions)
    np.testing.assert_array_equal(again.towers.caption_codes(captions), codes)
    assert again.history == first.history
    assert again.scenes.training == first.scenes.training
    assert not np.array_equal(longer.towers.caption_codes(captions), codes)
    assert not np.array_equal(other.towers.caption_codes(captions), codes)
