"""Each claim about another environment, with seed 0."""

import numpy as np

from identifiability.claims.reasoning.shift import WEIGHTS, _context_of_errors


def test_a_penalty_on_words_does_not_help_where_the_image_shows_the_context(check):
    accuracy = check("shift.penalty").series["accuracy"]
    assert accuracy["reversed"][0] == 1
    assert accuracy["reversed"][-1] < accuracy["training"][-1] < 1


def test_a_balanced_scorer_errs_at_no_weight(check):
    assert check("shift.balanced").series["accuracy"]["reversed"] == [1.0] * len(WEIGHTS)


def test_a_pooled_one_does(check):
    check("shift.balanced.pooled")


def test_so_does_a_balanced_one_without_penalty(check):
    check("shift.balanced.no_penalty")


def test_so_does_a_balanced_one_where_the_context_tells_of_errors(check):
    check("shift.balanced.dependent")


def test_the_law_of_that_context_has_the_chances_it_names():
    joint = _context_of_errors(0.45, 0.99, 0.3)
    assert joint.sum() == 1
    content, context = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    shown = np.stack([content == y for y in (0, 1)], axis=1)
    same = np.stack([context == y for y in (0, 1)], axis=1)
    np.testing.assert_allclose(joint[shown].sum(), 0.55)
    np.testing.assert_allclose(joint[shown & same].sum(), 0.55 * 0.99)
    np.testing.assert_allclose(joint[~shown & same].sum(), 0.45 * 0.3)
