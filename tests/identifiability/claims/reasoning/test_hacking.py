"""Each claim about degenerate completions, and the table that the figure shows."""

import numpy as np

from identifiability.claims.reasoning.hacking import POLICIES, rows


def test_a_potential_pays_all_alike(check):
    series = check("hacking.potential").series
    assert series["policies"] == list(POLICIES)
    for form, gain in series["gain"].items():
        np.testing.assert_allclose(gain, np.array(series["return"][form]) - series["return"][form][0])


def test_a_sum_pays_silence(check):
    assert check("hacking.potential.printed").measured["gain_of_saying_nothing"] > 1


def test_a_mean_pays_repetition(check):
    measured = check("hacking.potential.mean").measured
    assert measured["gain_of_repeating_the_class_word"] == measured["largest_gain"]


def test_one_word_repeated_is_best_of_its_length(check):
    check("hacking.repetition")


def test_unless_a_window_scores_more_than_the_mean_of_its_words(check):
    check("hacking.repetition.corrected")


def test_policies_have_their_end_and_nothing_behind():
    for tokens, row in zip(POLICIES.values(), rows(POLICIES), strict=True):
        assert tuple(row[row >= 0]) == tokens
        assert tokens[-1] == 5
        assert 5 not in tokens[:-1]
