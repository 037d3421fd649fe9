"""Each claim about length, with seed 0, and that it measures something."""


def test_sums_pay_for_a_single_word(check):
    assert check("length.sum").measured["pairs"] > 1000


def test_means_do_not(check):
    assert check("length.sum.mean").measured["words_of_what_earns_most"] > 1.2


def test_nor_do_sums_of_normalised_scores(check):
    assert check("length.sum.normalised").measured["words_of_what_earns_most"] > 1.2


def test_a_mean_is_that_of_repeated_steps(check):
    check("length.mean")


def test_a_sum_is_not(check):
    check("length.mean.sum")


def test_a_mean_paid_at_the_end_has_the_right_gradient(check):
    assert check("length.mean_at_the_end").measured["least_gradient"] > 0.001


def test_a_mean_paid_step_by_step_has_not(check):
    check("length.mean_at_the_end.step_by_step")
