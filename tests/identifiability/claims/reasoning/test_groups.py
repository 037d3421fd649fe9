"""Each claim about groups, with seed 0, and that it measures something."""


def test_a_constant_of_the_group_changes_nothing(check):
    check("groups.constant")


def test_a_constant_of_one_member_does(check):
    check("groups.constant.one_member")


def test_without_deviations_the_gradient_is_kept_but_for_a_factor(check):
    assert check("groups.gradient").measured["largest_angle"] < 1e-4


def test_deviations_turn_it(check):
    check("groups.gradient.deviation")


def test_a_deviation_keeps_the_order_of_rewards(check):
    assert check("groups.order").measured["pairs"] > 1000


def test_two_deviations_do_not(check):
    check("groups.order.two_deviations")


def test_the_task_comes_first_and_the_process_reward_breaks_ties(check):
    check("groups.task_first")


def test_not_with_one_deviation(check):
    check("groups.task_first.one_deviation")


def test_nor_with_a_heavy_process_reward(check):
    check("groups.task_first.heavy")
