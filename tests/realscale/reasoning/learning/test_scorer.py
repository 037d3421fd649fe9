"""The reward model: the law of its captions, what it reads of a text, and what the trainer gets of it."""

import numpy as np
import pytest
import torch

from realscale.composition_training.model import open_clip_missing
from realscale.reasoning.learning.arms import LearnedTask
from realscale.reasoning.learning.scorer import (
    CAPTIONS,
    FULL,
    ScorerTask,
    image_reward,
    scorer_words,
    text_encoder,
    trained_scorer,
    untrained_scorer,
    word_law,
)
from realscale.reasoning.reward import Written
from realscale.reasoning.tasks import scene_examples

SCENES = LearnedTask().scenes
SEED = 101  # the presets count from 0

needs_open_clip = pytest.mark.skipif(bool(open_clip_missing()), reason=open_clip_missing() or "open_clip is there")


@pytest.mark.parametrize(("noise", "told"), [(0.1, "colour"), (0.4, "background")])
def test_captions_name_the_colour_or_what_goes_with_the_background(noise, told):
    law = word_law(SCENES, noise)
    np.testing.assert_allclose(law.sum(axis=2), 1)
    odds = (1 - noise + noise / 4) / (noise / 4) / (0.8 / (0.2 / 3))  # p(c | c) / p(c | y) against p(s | s) / p(s | c)
    assert law[0, 1, 0] / law[0, 1, 1] == pytest.approx(odds)
    colours, backgrounds = np.indices((4, 4))
    np.testing.assert_array_equal(law.argmax(axis=2), colours if told == "colour" else backgrounds)


@needs_open_clip
def test_it_knows_the_words_of_every_caption_and_drops_others():
    model = untrained_scorer(SCENES, SEED)
    known = set(scorer_words(SCENES))
    for form in CAPTIONS:
        assert set(FULL.format(s="plain", caption=form.format(y="red", o="ring")).split()) - {"ring"} <= known
    encode = text_encoder(model)
    codes = encode(["The circle is red. Answer: red", "the zebra circle is red answer red", "the circle is blue"])
    torch.testing.assert_close(codes[0], codes[1])
    assert float(codes[0] @ codes[2]) < 1 - 1e-4
    last, whole = encode(["blue " * model.length, "red " + "blue " * model.length])
    torch.testing.assert_close(last, whole)  # of too many words the last ones count
    torch.testing.assert_close(encode([""]).norm(dim=1), torch.ones(1))


@needs_open_clip
def test_rewards_are_of_the_image_and_of_the_own_completion():
    task = ScorerTask(steps=3, batch=16, pictures=32)
    model = trained_scorer(task, SCENES, SEED)
    again = trained_scorer(task, SCENES, SEED)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, again.state_dict()[name], msg=name)
    reward = image_reward(model.eval(), task, SCENES, "printed")
    images = reward.images([example.image for example in scene_examples(SCENES, 2, rng=np.random.default_rng(0))])
    texts = [Written("red plain red", ((0, 3), (3, 9), (9, 13))), Written("red", ((0, 3), (3, 3), (3, 3)))]
    mask = torch.tensor([[True, True, True], [True, True, False]])
    scored = reward.reward(images, texts, mask)
    assert bool((scored.likelihood[scored.steps] < 0).all())
    assert scored.overlap.tolist() == [[0, 1, 1], [0, 0, 0]]
    torch.testing.assert_close(scored.rewards, scored.likelihood - task.penalty * scored.overlap)
    assert reward.reward.settings.temperature == pytest.approx(float(model.temperature.detach()))
