"""The finite scorer against plain sums, one window after the other."""

import math

import numpy as np
import pytest

from identifiability.exact.reasoning.completions import Completions
from identifiability.exact.reasoning.scorer import answers, two_bits

NOISE, COLOUR = 0.25, np.array([0.95, 0.9])
WIDTH = 2


def by_hand(scorer, image, words):
    """log-likelihood of a window of these words with an image."""
    y, s = scorer.joint / scorer.joint.sum(), np.array([0, 1, 0, 1])
    px, py = y.sum(axis=1), y.sum(axis=0)
    law = np.array([[y[s == context, label].sum() for context in (0, 1)] for label in (0, 1)])
    posterior = y[image] / px[image]
    pooled = np.log(posterior / py)
    found = pooled
    if scorer.balanced:
        weights = np.outer(py, law.sum(axis=0)) / law
        balanced = posterior * weights[:, s[image]]
        found = np.log(2 * balanced / balanced.sum())
    names = 0.95 * np.eye(2)[s] + 0.05 * (1 - np.eye(2)[s])
    context = np.log(names[image] / (px @ names))
    told = [word for word in words if word < 4]
    mean = np.mean([pooled[word] if word < 2 else context[word - 2] for word in told]) if told else 0.0
    classes = [word for word in told if word < 2]
    mean += np.mean([found[word] - pooled[word] for word in classes]) if classes else 0.0
    return mean - math.log(math.exp(mean) + np.exp(found).sum())


@pytest.mark.parametrize("balanced", [False, True])
def test_windows_score_the_mean_of_their_words(balanced):
    scorer = two_bits(NOISE, COLOUR, balanced=balanced)
    tokens = Completions(scorer.words, 3).tokens[::7]
    found = scorer.likelihoods(tokens, WIDTH)
    overlap = scorer.overlap(tokens, WIDTH)
    for row, words in enumerate(tokens.tolist()):
        for place in range(3):
            window = [word for word in words[max(0, place - WIDTH + 1) : place + 1] if 0 <= word < scorer.words]
            assert overlap[row, place] == sum(word in (2, 3) for word in window)
            for image in range(4):
                assert found[image, row, place] == pytest.approx(by_hand(scorer, image, window))


def test_words_are_steps_and_so_is_the_end_of_what_says_nothing():
    scorer = two_bits(NOISE, COLOUR)
    tokens = np.array([[5, -1, -1], [0, 5, -1], [4, 2, 1]])
    assert scorer.steps(tokens).tolist() == [[True, False, False], [True, False, False], [True, True, True]]
    rewards = scorer.rewards(tokens, form="printed", width=WIDTH)
    assert rewards[0, 0].tolist() == [pytest.approx(by_hand(scorer, 0, [])), 0, 0]
    penalised = scorer.rewards(tokens, form="printed", width=WIDTH, penalty=0.5)
    np.testing.assert_allclose(rewards[:, 2] - penalised[:, 2], np.tile([0, 0.5, 0.5], (4, 1)))


def test_an_answer_is_the_last_word_if_it_is_a_class_and_the_end_follows():
    completions = Completions(3, 3)
    found = {
        tuple(t for t in row if t >= 0): a
        for row, a in zip(completions.tokens.tolist(), answers(completions, 2), strict=True)
    }
    assert found[(3,)] == -1
    assert found[(1, 3)] == 1
    assert found[(1, 0, 3)] == 0
    assert found[(1, 2, 3)] == -1
    assert found[(2, 2, 1)] == -1
