"""Text, image and group score against enumeration of how ties could break, and what no picture can win."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.metrics.winoground import CHANCE, caption_choice, winoground_credits, winoground_score

values = st.lists(st.integers(0, 3).map(float), min_size=4, max_size=4)


def strictly(ranks: np.ndarray) -> tuple[bool, bool, bool]:
    """Winoground's three inequalities as its authors write them, on scores without ties."""
    text = ranks[0, 0] > ranks[0, 1] and ranks[1, 1] > ranks[1, 0]
    image = ranks[0, 0] > ranks[1, 0] and ranks[1, 1] > ranks[0, 1]
    return text, image, text and image


@settings(max_examples=120, deadline=None)
@given(values)
def test_credits_are_means_over_the_ways_in_which_ties_break(four: list[float]) -> None:
    scores = np.array(four).reshape(2, 2)
    broken = [strictly(scores + np.array(noise).reshape(2, 2)) for noise in permutations((0.1, 0.2, 0.3, 0.4))]
    credit = winoground_credits(scores[None])
    assert [float(credit[name][0]) for name in ("text", "image", "group")] == pytest.approx(np.mean(broken, axis=0))


def test_constant_scores_have_exactly_chance() -> None:
    score = winoground_score(np.zeros((3, 2, 2)))
    assert (score.text, score.image, score.group) == (CHANCE["text"], CHANCE["image"], pytest.approx(CHANCE["group"]))
    assert score.intervals["text"][0] < 0.25 < score.intervals["text"][1]


def test_text_and_image_are_not_exchanged() -> None:
    text_alone = np.array([[[2.0, 1.0], [3.0, 4.0]]])
    score = winoground_score(text_alone)
    assert (score.text, score.image, score.group, score.items) == (1.0, 0.0, 0.0, 1)
    turned = winoground_score(text_alone.transpose(0, 2, 1))
    assert (turned.text, turned.image) == (0.0, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=8))
def test_a_scorer_of_captions_alone_has_exactly_one_half(captions: list[tuple[float, float]]) -> None:
    blind = np.repeat(np.array(captions)[:, None, :], 2, axis=1)
    report = caption_choice(blind, ["a"] * len(captions))
    assert report.micro.accuracy == 0.5
    assert report.micro.items == 2 * len(captions)


def test_caption_choice_asks_of_each_picture_its_own_caption() -> None:
    scores = np.array([[[2.0, 1.0], [3.0, 4.0]], [[2.0, 1.0], [5.0, 4.0]]])
    report = caption_choice(scores, ["right", "half"])
    assert report.types["right"].accuracy == 1.0
    assert report.types["half"].accuracy == 0.5
    assert report.types["half"].items == 2


def test_bad_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="1 scores are not finite"):
        winoground_credits(np.array([[[np.nan, 0.0], [0.0, 0.0]]]))
    with pytest.raises(ValueError, match="no item to score"):
        winoground_score(np.zeros((0, 2, 2)))
