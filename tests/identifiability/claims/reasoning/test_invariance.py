"""Each claim about invariant policies, with seed 0."""


def test_maximising_the_process_reward_is_not_invariant(check):
    measured = check("ipo.process_reward").measured
    assert measured["answers_by_context"] == 1
    assert measured["accuracy_in_the_worst_environment"] < 0.5 < measured["accuracy_of_the_invariant_policy"]


def test_the_criterion_is_what_a_search_finds(check):
    check("ipo.iff")


def test_on_the_pooled_law_it_is_not(check):
    check("ipo.iff.pooled")


def test_balanced_maximisers_are_invariant(check):
    check("ipo.balanced")


def test_pooled_ones_are_not(check):
    assert check("ipo.balanced.pooled").measured["largest_regret"] > 0.1
