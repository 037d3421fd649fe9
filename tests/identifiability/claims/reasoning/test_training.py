"""Each claim about the end of exact training."""


def test_a_potential_ends_where_the_outcome_does(check):
    series = check("training.potential").series
    for curve in series["curves"].values():
        assert len(curve["reversed"]) == len(curve["training"]) == len(series["steps"])


def test_the_printed_form_does_not(check):
    check("training.potential.printed")


def test_the_mean_does_not(check):
    check("training.potential.mean")
