from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.grammar import BACKGROUNDS, COLOURS, SHAPES, TokenConfig
from scm.images import render, rendered, scenes
from scm.sentence import SentenceConfig, SentenceSCM
from scm.sequence import TokenSCM

seeds = st.integers(0, 2**32 - 1)
CONTINUOUS = ("content_continuous", "z_dp_img", "z_pr_img")


def random_latents(seed: int, n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    latents = {name: rng.integers(0, 8, n) for name in ("content_0", "content_1", "context")}
    return latents | {name: rng.uniform(-3, 3, (n, 2)) for name in CONTINUOUS}


def test_every_combination_of_shape_colour_and_background_is_another_picture():
    shape, colour, background = np.array(list(product(range(8), range(8), range(8)))).T
    pictures = render({"content_0": shape, "content_1": colour, "context": background})
    assert pictures.shape == (512, 32, 32, 3)
    assert pictures.dtype == np.uint8
    flat = pictures.reshape(512, -1).astype(np.int32)
    for a in range(512):
        different = np.abs(flat[a + 1 :] - flat[a]) > 20  # far above rounding
        assert (different.sum(axis=1) > 20).all()


@settings(deadline=None, max_examples=20)
@given(seeds, st.sampled_from(CONTINUOUS), st.integers(0, 1), st.sampled_from([16, 32]))
def test_a_step_of_a_quarter_in_any_coordinate_changes_the_picture(seed, name, column, size):
    latents = random_latents(seed, 64)
    moved = latents[name].copy()
    moved[:, column] += np.where(moved[:, column] > 0, -0.25, 0.25)
    before, after = render(latents, size), render({**latents, name: moved}, size)
    assert (before != after).any(axis=(1, 2, 3)).all()


@settings(deadline=None, max_examples=10)
@given(seeds)
def test_rendering_is_deterministic_and_row_by_row(seed):
    latents = random_latents(seed, 300)  # more than one block
    pictures = render(latents)
    np.testing.assert_array_equal(pictures, render(scenes(latents)))
    rows = np.random.default_rng(seed).permutation(300)[:7]
    np.testing.assert_array_equal(pictures[rows], render({name: value[rows] for name, value in latents.items()}))


def test_the_centre_of_the_shape_follows_the_position():
    place = np.array([[-3.0, 0.0], [3.0, 0.0], [0.0, -3.0], [0.0, 3.0]])
    pictures = render({"content_0": np.zeros(4, int), "content_1": np.full(4, 7), "content_continuous": place})
    dark = pictures.max(axis=3) < 70
    down, right = np.meshgrid(np.arange(32), np.arange(32), indexing="ij")
    centre = [(right[d].mean() - 15.5, down[d].mean() - 15.5) for d in dark]
    shift = 32 * 0.2 * np.tanh(1.0)
    np.testing.assert_allclose(centre, shift * place / 3, atol=0.3)


def test_a_rendered_batch_says_that_the_image_shows_the_context():
    model = TokenSCM.draw(TokenConfig(condition_quantile=0.1), rng=np.random.default_rng(0))
    batch = model.sample(20, rng=np.random.default_rng(1))
    pictures = rendered(batch, 16)
    assert pictures.image.shape == (20, 16, 16, 3)
    np.testing.assert_array_equal(pictures.image, render(batch, 16))
    parents = {"content_0", "content_1", "context", *CONTINUOUS}
    assert set(pictures.graph.parents("x_img")) == parents
    assert pictures.graph.variables["x_img"].dim == 16 * 16 * 3
    assert pictures.text is batch.text


def test_word_lists_name_what_is_drawn():
    assert len(SHAPES) == len(COLOURS) == len(BACKGROUNDS) == 8


def test_errors_say_what_cannot_be_shown():
    sentence = SentenceSCM.draw(SentenceConfig(condition_quantile=0.1), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"have no 'content_0'; .* only token-level models can be rendered"):
        render(sentence.sample(2, rng=np.random.default_rng(0)))
    with pytest.raises(ValueError, match=r"shape runs from 0 to 8, but the renderer draws the 8 shapes"):
        render({"content_0": np.array([0, 8])})
    config = TokenConfig(discrete_content=3, dependent_dim=3, token_dim=13, condition_quantile=0.1)
    batch = TokenSCM.draw(config, rng=np.random.default_rng(0)).sample(2, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"no place for \['content_2', 'z_dp_img\[:, 2:\]'\]"):
        render(batch)
    with pytest.raises(ValueError, match="size=8, expected at least 16"):
        render({"content_0": np.array([0])}, size=8)
    with pytest.raises(ValueError, match="rows differ"):
        replace(scenes({"content_0": np.array([0, 1])}), size=np.zeros(3))
