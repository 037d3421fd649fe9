"""The process reward as arrays: its sign, its forms, its window, its balancing, each against a plain reference."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from identifiability.objectives import (
    FORMS,
    annealed,
    balancing_correction,
    correction_of_windows,
    normalised_scores,
    patch_similarity,
    process_rewards,
    step_scores,
    window_log_likelihood,
    window_scores,
)

SEEDS = st.integers(0, 2**32 - 1)
TOKENS = 6


def drawn(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def lengths_to_mask(lengths, tokens=TOKENS):
    return torch.arange(tokens) < torch.tensor(lengths)[:, None]


@given(seed=SEEDS, scale=st.floats(0.1, 30.0))
def test_the_likelihood_is_below_zero_and_grows_with_the_window(seed, scale):
    windows, classes = scale * drawn(seed, 3, 5), scale * drawn(seed + 1, 3, 4)
    found = window_log_likelihood(windows, classes)
    # in double precision a window that beats every class by 745 nats scores 0
    assert bool((found <= 0).all())
    assert bool((found[windows - classes.amax(1, keepdim=True) < 30] < 0).all())
    plain = torch.log(windows.exp() / (windows.exp() + classes.exp().sum(1, keepdim=True)))
    torch.testing.assert_close(found, plain, rtol=1e-9, atol=1e-9)
    assert bool((window_log_likelihood(windows + 0.5, classes) > found).all())


@given(seed=SEEDS)
def test_at_a_class_word_it_is_the_log_of_its_posterior_against_one_plus_it(seed):
    classes = drawn(seed, 3, 4)
    posterior = classes.softmax(1)
    found = window_log_likelihood(classes, classes)
    torch.testing.assert_close(found, (posterior / (1 + posterior)).log())
    assert bool((found < -math.log(2)).all())


def test_a_window_of_no_class_can_exceed_the_bound_of_class_words():
    assert window_log_likelihood(torch.tensor([[5.0]]), torch.tensor([[1.0, 0.0]])).item() > -math.log(2)


def test_a_window_is_scored_with_its_own_image():
    images, windows = drawn(0, 3, 7), drawn(1, 3, 4, 7)
    plain = torch.cosine_similarity(images[:, None].expand_as(windows), windows, dim=2) / 0.1
    torch.testing.assert_close(window_scores(images, windows, temperature=0.1), plain)
    patches = drawn(2, 3, 5, 7)
    best = [
        [max(torch.cosine_similarity(p, h, dim=0).item() for p in ps) for h in hs]
        for ps, hs in zip(patches, windows, strict=True)
    ]
    torch.testing.assert_close(patch_similarity(patches, windows), torch.tensor(best, dtype=torch.float64))


@given(seed=SEEDS, penalty=st.floats(0.01, 5.0))
def test_each_environment_word_costs(seed, penalty):
    likelihood = drawn(seed, 1, 1).expand(1, 5)
    scores = step_scores(likelihood, torch.arange(5)[None], penalty=penalty)
    torch.testing.assert_close(scores.diff(dim=1), torch.full((1, 4), -penalty, dtype=torch.float64))
    patched = step_scores(likelihood, torch.arange(5)[None], penalty=penalty, patch=torch.ones(1, 5), patch_weight=0.5)
    torch.testing.assert_close(patched, scores + 0.5)


@given(seed=SEEDS, lengths=st.lists(st.integers(1, TOKENS), min_size=2, max_size=5))
def test_printed_sums_the_scores_and_mean_averages_them(seed, lengths):
    mask, scores = lengths_to_mask(lengths), drawn(seed, len(lengths), TOKENS)
    printed = process_rewards(scores, mask, mask, form="printed")
    mean = process_rewards(scores, mask, mask, form="mean")
    for row, length in enumerate(lengths):
        assert printed[row].sum().item() == pytest.approx(scores[row, :length].sum().item())
        assert mean[row, length - 1].item() == pytest.approx(scores[row, :length].mean().item())
        assert not mean[row, : length - 1].any()
    assert not printed[~mask].any()
    assert not mean[~mask].any()


@given(seed=SEEDS, times=st.integers(2, 4), length=st.integers(1, 5))
def test_repeating_every_step_leaves_the_mean_and_not_the_sum(seed, times, length):
    scores = -drawn(seed, 1, length).abs() - 0.1
    longer = scores.repeat_interleave(times, dim=1)
    whole, all_of_longer = torch.ones_like(scores, dtype=torch.bool), torch.ones_like(longer, dtype=torch.bool)
    mean, longer_mean = (
        process_rewards(s, m, m, form="mean").sum() for s, m in ((scores, whole), (longer, all_of_longer))
    )
    printed, longer_printed = (
        process_rewards(s, m, m, form="printed").sum() for s, m in ((scores, whole), (longer, all_of_longer))
    )
    torch.testing.assert_close(mean, longer_mean)
    torch.testing.assert_close(times * printed, longer_printed)
    assert longer_printed < printed


@given(seed=SEEDS, lengths=st.lists(st.integers(1, TOKENS), min_size=2, max_size=5), discount=st.floats(0.1, 1.0))
def test_a_potential_telescopes_to_what_the_first_state_has(seed, lengths, discount):
    mask, scores = lengths_to_mask(lengths), drawn(seed, len(lengths), TOKENS)
    steps = mask & torch.from_numpy(np.random.default_rng(seed).random(mask.shape) < 0.6)
    rewards = process_rewards(scores, steps, mask, form="potential", discount=discount)
    discounted = (rewards * discount ** torch.arange(TOKENS, dtype=torch.float64)).sum(1)
    torch.testing.assert_close(discounted, torch.zeros_like(discounted), rtol=0, atol=1e-12)
    assert not rewards[~mask].any()


def test_a_potential_is_the_latest_score_and_ends_at_zero():
    scores = torch.tensor([[-9.0, -1.0, -9.0, -3.0, -9.0, -9.0]], dtype=torch.float64)
    steps = torch.tensor([[False, True, False, True, False, False]])
    rewards = process_rewards(scores, steps, lengths_to_mask([5]), form="potential", discount=0.5)
    # potentials 0 | 0, -1, -1, -3, then 0 at the end
    assert rewards.tolist() == [[0.0, -0.5, 0.5, -0.5, 3.0, 0.0]]


@pytest.mark.parametrize("form", FORMS)
def test_a_completion_without_steps_earns_nothing(form):
    scores, mask = torch.full((2, 3), -1.0), lengths_to_mask([1, 3], 3)
    steps = torch.tensor([[False, False, False], [True, True, False]])
    rewards = process_rewards(scores, steps, mask, form=form)
    assert rewards[0].tolist() == [0.0, 0.0, 0.0]
    assert rewards[1].any()


@given(seed=SEEDS)
def test_normalised_scores_have_mean_zero_and_deviation_one_over_the_steps(seed):
    scores, steps = 3 * drawn(seed, 4, TOKENS) + 7, lengths_to_mask([1, 3, 6, 2])
    found = normalised_scores(scores, steps)
    assert found[steps].mean().item() == pytest.approx(0, abs=1e-12)
    assert found[steps].square().mean().item() == pytest.approx(1)
    assert not found[~steps].any()


@pytest.mark.parametrize("steps", [torch.zeros(2, 3, dtype=torch.bool), torch.ones(2, 3, dtype=torch.bool)])
def test_scores_that_agree_are_normalised_to_zero(steps):
    assert not normalised_scores(torch.full((2, 3), 0.1), steps).any()


def test_the_weight_goes_from_start_to_end_and_stays():
    assert [annealed(1.0, 0.2, progress) for progress in (-1.0, 0.0, 0.5, 1.0, 2.0)] == pytest.approx(
        [1, 1, 0.6, 0.2, 0.2]
    )


@given(seed=SEEDS)
def test_the_correction_turns_the_pooled_posterior_into_the_balanced_one(seed):
    rng = np.random.default_rng(seed)
    law = rng.dirichlet(np.ones(9), size=2)[0].reshape(3, 3) * 0.9 + 0.1 / 9  # p(y, s): every cell is there
    content = rng.dirichlet(np.ones(4), size=(3, 3))  # p(c | y, s), any: the context is part of the image
    joint = law[:, :, None] * content  # y, s, c
    scores = np.log(joint / joint.sum(0)) - np.log(law.sum(1))[:, None, None]  # log p(y | x) / p(y)
    balanced = law.sum(1)[:, None, None] * law.sum(0)[None, :, None] * content
    for s in range(3):
        classes = torch.from_numpy(scores[:, s].T.copy())
        found = classes + balancing_correction(classes, law, torch.eye(3, dtype=torch.float64)[[s] * 4])
        torch.testing.assert_close(found.exp() / 3, torch.from_numpy((balanced / balanced.sum(0))[:, s].T))


def test_nothing_is_corrected_where_uniform_classes_are_independent_of_contexts():
    law = np.full((2, 1), 0.5) @ np.array([[0.3, 0.7]])
    classes = torch.tensor([[0.2, 1.8], [1.0, 1.0]], dtype=torch.float64).log()  # ratios of mean 1
    correction = balancing_correction(classes, law, torch.tensor([[0.2, 0.8], [1.0, 0.0]], dtype=torch.float64))
    torch.testing.assert_close(correction, torch.zeros(2, 2, dtype=torch.float64), rtol=0, atol=1e-12)


def test_a_window_is_corrected_by_the_class_words_that_it_names():
    correction = torch.tensor([[1.0, -2.0]])
    named = torch.tensor([[[0, 0], [1, 0], [0, 3], [2, 1]]])
    assert correction_of_windows(correction, named).tolist() == [[0.0, 1.0, -2.0, 0.0]]


ONE = torch.ones(1, 1, dtype=torch.bool)
SCORE = torch.zeros(1, 1)
COUNT = torch.zeros(1, 1, dtype=torch.long)
REFUSED = {  # __wrapped__: below the type check that tests run
    "classes of its image": lambda: window_log_likelihood.__wrapped__(torch.zeros(2, 3), torch.zeros(1, 4)),
    "against none": lambda: window_log_likelihood(SCORE, torch.zeros(1, 0)),
    "expected (B, 2) and (B, 2)": lambda: balancing_correction(
        torch.zeros(1, 2), [[0.25, 0.25], [0.25, 0.25]], torch.zeros(1, 3)
    ),
    "expected (B, 2) and (B, 1)": lambda: balancing_correction(torch.zeros(1, 3), [[0.5], [0.5]], torch.zeros(1, 1)),
    "positivity": lambda: balancing_correction(torch.zeros(1, 2), [[0.5, 0.0], [0.25, 0.25]], torch.zeros(1, 2)),
    "pays for naming": lambda: step_scores(SCORE, COUNT, penalty=-1.0),
    "1.0 without a patch term": lambda: step_scores(SCORE, COUNT, penalty=0.0, patch_weight=1.0),
    "0.0 with a patch term": lambda: step_scores(SCORE, COUNT, penalty=0.0, patch=SCORE),
    "printed, mean, potential": lambda: process_rewards.__wrapped__(SCORE, ONE, ONE, form="sum"),
    "in (0, 1]": lambda: process_rewards(SCORE, ONE, ONE, form="potential", discount=0.0),
    "completions by tokens": lambda: process_rewards.__wrapped__(torch.zeros(1, 2), ONE, ONE, form="mean"),
    "1 steps lie beside": lambda: process_rewards(SCORE, ONE, ~ONE, form="mean"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_defines_no_reward_is_refused_with_the_reason(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        REFUSED[text]()
