"""One arm of one seed, in the smallest setting: its start, its rewards, what it leaves behind."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from realscale.reasoning.learning import LearnedTask, training
from realscale.reasoning.learning.measures import TESTS
from realscale.reasoning.learning.scorer import ScorerTask
from realscale.reasoning.learning.training import exchanged, trained
from realscale.reasoning.tasks import scene_examples
from scm.streams import stream

SEED = 101  # the presets count from 0
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # trl's own


@pytest.fixture
def task() -> LearnedTask:
    usual = LearnedTask()
    return replace(
        usual,
        scorer=ScorerTask(steps=2, batch=8, pictures=16),
        examples=16,
        warm_steps=2,
        training=replace(usual.training, steps=2, batch=8, at_once=8, length=6),
        tested=2,
    )


def test_exchanged_answers_are_those_of_the_set_and_of_other_pictures():
    examples = scene_examples(LearnedTask().scenes, 200, rng=stream(SEED, "scenes"))
    dealt = exchanged(examples, rng=np.random.default_rng(0))
    assert Counter(e.answer for e in dealt) == Counter(e.answer for e in examples)
    assert all(one.image is other.image for one, other in zip(dealt, examples, strict=True))
    agree = np.mean([one.answer == other.answer for one, other in zip(dealt, examples, strict=True)])
    assert agree == pytest.approx(0.25, abs=0.15)  # five deviations of 200 draws


def test_arms_pay_what_they_say(task, tmp_path, monkeypatch):
    pytest.importorskip("trl", reason="needs the extra: pip install 'token-scm[realscale]'")
    monkeypatch.setattr(training, "verify", lambda completion, answer: True)
    state, told = torch.get_rng_state(), []
    found = trained(task, "mean", SEED, shared=tmp_path, progress=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]
    torch.testing.assert_close(torch.get_rng_state(), state)
    assert set(found.curves) == {"task", "length", "process"}
    assert found.curves["task"] == [1, 1]
    assert all(value < 0 for value in found.curves["process"])
    assert set(found.before) == set(found.after) == set(TESTS)
    assert 1 <= found.length <= 6
    (start,) = tmp_path.glob("start-*")
    made = (start / "scorer.safetensors").stat().st_mtime_ns
    alone = trained(task, "mean alone", SEED, shared=tmp_path)
    assert (start / "scorer.safetensors").stat().st_mtime_ns == made  # the start is made once
    assert alone.before == found.before
    assert alone.curves["task"] == [0, 0]
    assert alone.curves["process"][0] == pytest.approx(found.curves["process"][0])  # the same completions
    assert list(tmp_path.iterdir()) == [start]
