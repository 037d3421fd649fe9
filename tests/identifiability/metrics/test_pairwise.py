"""Ties are guesses: the scorer against enumeration, on constant scores, and its interval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.metrics.pairwise import Ties, credits, pairwise_report, wilson_interval

scores = st.lists(st.integers(-2, 2).map(float), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.integers(-2, 2).map(float), scores)
def test_credit_is_the_chance_of_guessing_among_the_best(right: float, wrong: list[float]) -> None:
    values = np.array([right, *wrong])
    best = np.flatnonzero(values == values.max())
    expected = 1 / len(best) if 0 in best else 0.0
    assert credits(np.array([right]), [np.array(wrong)]) == pytest.approx([expected])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=6), st.integers(-3, 3))
def test_a_shift_of_all_scores_changes_nothing_and_order_does_not_matter(pairs: list[tuple[int, int]], by: int) -> None:
    right = np.array([float(a) for a, _ in pairs])
    wrong = [np.array([float(b)]) for _, b in pairs]
    credit = credits(right, wrong)
    assert np.array_equal(credit, credits(right + by, [value + by for value in wrong]))
    assert np.array_equal(1 - credit, credits(np.concatenate(wrong), [np.array([value]) for value in right]))


@pytest.mark.parametrize(("ties", "accuracy"), [("share", 0.5), ("lose", 0.0), ("win", 1.0)])
def test_constant_scores_are_worth_what_the_rule_says(ties: Ties, accuracy: float) -> None:
    report = pairwise_report(np.zeros(6), [np.zeros(1)] * 6, list("aabbbc"), ties=ties)
    assert report.micro.accuracy == report.macro == accuracy
    assert report.micro.ties == 1
    assert report.micro.margin == 0


def test_types_micro_macro_and_worst() -> None:
    right, wrong = np.array([1.0, 1, 1, 0]), [np.array([0.0])] * 3 + [np.array([1.0])]
    report = pairwise_report(right, wrong, ["a", "a", "a", "b"])
    assert report.micro.accuracy == 0.75
    assert report.macro == 0.5
    assert report.worst == "b"
    assert {name: score.items for name, score in report.types.items()} == {"a": 3, "b": 1}


def test_tolerance_makes_near_scores_tie() -> None:
    right, wrong = np.array([1.0]), [np.array([1.0 + 1e-6])]
    assert credits(right, wrong) == [0.0]
    assert credits(right, wrong, tolerance=1e-5) == [0.5]


def test_the_interval_covers_as_it_says() -> None:
    """Exact coverage of a coin of p = 0.9 in 40 throws, all outcomes enumerated."""
    from scipy.stats import binom

    inside = [low <= 0.9 <= high for low, high in (wilson_interval(k / 40, 40) for k in range(41))]
    assert 0.93 < binom.pmf(np.arange(41), 40, 0.9)[inside].sum() < 0.99
    assert wilson_interval(1.0, 10)[0] < 0.8
    assert wilson_interval(1.0, 10)[1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("right", "wrong", "text"),
    [
        (np.zeros(2), [np.zeros(1)], "2 right scores for 1 items"),
        (np.zeros(1), [np.zeros(0)], "at least one wrong"),
        (np.array([np.nan]), [np.zeros(1)], "expected finite ones"),
    ],
)
def test_scores_that_cannot_be_compared(right: np.ndarray, wrong: list[np.ndarray], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        credits(right, wrong)
    with pytest.raises(ValueError, match="items with 0 types"):
        pairwise_report(np.zeros(1), [np.zeros(1)], [])


def test_whole_numbers_are_compared_as_numbers() -> None:
    """Ratings of a judge come as small unsigned integers, whose differences would wrap around."""
    right, wrong = np.array([1, 0], dtype=np.uint8), [np.array([2], dtype=np.uint8), np.array([1], dtype=np.uint8)]
    assert credits(right, wrong).tolist() == [0.0, 0.0]
    assert pairwise_report(right, wrong, ["a", "a"]).micro.margin == -1.0


def test_scores_that_are_not_one_a_candidate_are_refused() -> None:
    with pytest.raises(ValueError, match="one number for each candidate"):
        credits(np.zeros((3, 2)), [np.zeros(1)] * 3)
    with pytest.raises(ValueError, match="one number for each candidate"):
        credits(np.zeros(1), [np.zeros((2, 2))])
