"""Each claim about shaping, with seed 0, and that it measures something."""


def test_printed_and_mean_forms_change_what_is_optimal(check):
    assert check("shaping.printed").measured["share_of_prefixes_with_other_optima"] > 0.1


def test_a_potential_changes_no_optimum(check):
    assert check("shaping.potential").measured["problems"] == 200


def test_a_potential_that_does_not_end_at_zero_does(check):
    check("shaping.potential.terminal")


def test_so_does_a_discount_that_the_return_has_not(check):
    check("shaping.potential.discount")


def test_the_gradient_is_the_tasks(check):
    assert check("shaping.gradient").measured["least_gradient"] > 0.001


def test_it_is_not_without_returns_to_go(check):
    check("shaping.gradient.own_token")


def test_it_is_not_where_the_potential_sees_later_tokens(check):
    check("shaping.gradient.later_tokens")
