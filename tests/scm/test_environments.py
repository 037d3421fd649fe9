import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.environments import (
    Environments,
    balance,
    balancing_weights,
    balancing_weights_of_samples,
    coloured_bits,
    flipped,
    relabel,
    shifts,
)
from scm.finite import FiniteSCM, tabular
from scm.graph import Role
from scm.joint import FiniteLaw

seeds = st.integers(0, 2**32 - 1)


def random_law(seed: int, shape: tuple[int, ...] = (3, 2, 4)) -> FiniteLaw:
    table = np.random.default_rng(seed).dirichlet(np.ones(int(np.prod(shape)))).reshape(shape)
    return FiniteLaw(("y", "n", "e"), table)


@settings(deadline=None, max_examples=30)
@given(seeds, st.permutations(["y", "n", "e"]))
def test_balancing_makes_two_variables_independent_and_changes_nothing_else(seed, names):
    law, (a, b, rest) = random_law(seed), names
    balanced = balance(law, a, b)
    assert balanced.independent(a, b, tolerance=1e-12)
    assert balanced.mutual_information(a, b) <= 1e-12
    np.testing.assert_allclose(balanced.marginal(a), law.marginal(a), atol=1e-13)
    np.testing.assert_allclose(balanced.marginal(b), law.marginal(b), atol=1e-13)
    np.testing.assert_allclose(balanced.conditional(rest, (a, b)), law.conditional(rest, (a, b)), atol=1e-12)


def test_violation_without_weights_the_variables_stay_dependent():
    assert random_law(0).mutual_information("y", "e") > 1e-3


@settings(deadline=None, max_examples=30)
@given(seeds)
def test_weights_from_samples_are_those_of_the_empirical_law(seed):
    rng = np.random.default_rng(seed)
    a = np.concatenate([np.repeat(np.arange(3), 4) * 7, rng.integers(0, 3, 200) * 7])
    b = np.concatenate([np.tile(np.arange(4), 3) - 2, rng.integers(0, 4, 200) - 2])
    weights = balancing_weights_of_samples(a, b)
    assert weights.mean() == pytest.approx(1.0, abs=1e-12)
    for x in range(3):
        for y in range(4):
            weighted = weights[(a == 7 * x) & (b == y - 2)].sum() / len(a)
            assert weighted == pytest.approx((a == 7 * x).mean() * (b == y - 2).mean(), abs=1e-12)


def test_empty_cells_are_named():
    with pytest.raises(ValueError, match=r"the cells \[\(0, 1\)\] \(1 in all\).*positivity"):
        balancing_weights(np.array([[0.5, 0.0], [0.25, 0.25]]))
    np.testing.assert_array_equal(balancing_weights(np.array([[1.0, 0.0], [0.0, 0.0]])), [[1.0, 0.0], [0.0, 0.0]])
    with pytest.raises(ValueError, match=r"the pairs of values \[\(1, 5\)\] .* 3 samples.*positivity"):
        balancing_weights_of_samples(np.array([0, 0, 1]), np.array([5, 3, 3]))
    with pytest.raises(ValueError, match="0 samples"):
        balancing_weights_of_samples(np.array([], int), np.array([], int))
    with pytest.raises(ValueError, match=r"sum 0\.5, expected >= 0 and 1"):
        balancing_weights(np.full((2, 2), 0.125))


def test_weights_of_nested_lists_are_those_of_the_array():
    table = [[0.5, 0.125], [0.125, 0.25]]
    np.testing.assert_array_equal(balancing_weights(table), balancing_weights(np.array(table)))
    with pytest.raises(ValueError, match=r"shape \(2,\), expected p\(a, b\): two axes"):
        balancing_weights([0.5, 0.5])


def test_two_bit_problem_has_the_published_population_values():
    """Theory, section 4.3: pooled posterior, risks and accuracies of the 2-bit Colored-MNIST problem."""
    training, test = coloured_bits()
    pooled = training.pooled()
    posterior = pooled.conditional("y", "x")[:, 1]
    expected = [1 / 18, 17 / 26, 9 / 26, 17 / 18]  # .0556 .6538 .3462 .9444
    np.testing.assert_allclose(posterior, expected, atol=1e-12)
    assert pooled.entropy("y", "x") == pytest.approx(0.354463, abs=5e-7)
    assert pooled.entropy("y", "c") == pytest.approx(0.562335, abs=5e-7)
    prediction = posterior > 0.5
    for law, accuracy in ((pooled, 0.85), (test, 0.10)):
        joint = law.marginal(("x", "y"))
        assert joint[np.arange(4), prediction.astype(int)].sum() == pytest.approx(accuracy, abs=1e-12)
    balanced = balance(pooled, "y", "s").conditional("y", "x")[:, 1]
    np.testing.assert_allclose(balanced, [0.25, 0.25, 0.75, 0.75], atol=1e-12)


def test_only_the_colour_shifts_between_the_environments():
    training, test = coloured_bits()
    laws = [*training.laws.values(), test]
    for law in laws[1:]:
        np.testing.assert_allclose(law.conditional("y", "c"), laws[0].conditional("y", "c"), atol=1e-15)
        assert not np.allclose(law.conditional("y", "s"), laws[0].conditional("y", "s"))
        assert law.independent("c", "s", "y")
    joint = training.joint()
    assert joint.independent("environment", "c")
    assert joint.independent("environment", "y", "c")
    assert not joint.independent("environment", "y", "x")


def test_flipping_reverses_a_correlation_and_keeps_the_rest():
    (law, _), test = coloured_bits()[0].laws.values(), coloured_bits()[1]
    np.testing.assert_allclose(flipped(law, "s").table, test.table, atol=1e-15)
    three = tabular("s", Role.ENVIRONMENT, np.eye(3), "y")
    np.testing.assert_array_equal(relabel(three).table, np.roll(np.eye(3), 1, axis=1))
    np.testing.assert_array_equal(relabel(three, [2, 1, 0]).table, np.eye(3)[:, ::-1])


def test_shifts_exchange_one_mechanism_and_weights_pool_them():
    base = FiniteSCM([tabular("y", Role.CLASS, [0.5, 0.5]), tabular("s", Role.ENVIRONMENT, np.eye(2), "y")])
    family = shifts(base, {"same": base.mechanisms["s"], "other": relabel(base.mechanisms["s"])}, [0.75, 0.25])
    assert family.names == ("same", "other")
    np.testing.assert_allclose(family.pooled().table, [[0.375, 0.125], [0.125, 0.375]])
    np.testing.assert_allclose(family.joint().marginal("environment"), [0.75, 0.25])


def test_errors_name_the_environment_and_the_reason():
    law = FiniteLaw(("y",), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="at least one law"):
        Environments({})
    with pytest.raises(ValueError, match=r"environment 'b' has the variables \{'s': 2\}, 'a' has \{'y': 2\}"):
        Environments({"a": law, "b": FiniteLaw(("s",), np.array([0.5, 0.5]))})
    for weights in ([1.0], [0.5, 0.4], [1.0, 0.0]):
        with pytest.raises(ValueError, match="expected 2 positive numbers of sum 1"):
            Environments({"a": law, "b": law}, weights)
    model = coloured_bits()[1]
    with pytest.raises(ValueError, match=r"permutation \[0, 0\] does not rearrange the 2 levels of 's'"):
        relabel(model.mechanisms["s"], [0, 0])
    with pytest.raises(ValueError, match="the model has no variable 'colour'"):
        flipped(model, "colour")
    with pytest.raises(ValueError, match=r"label_noise=1\.5, expected a probability"):
        coloured_bits(label_noise=1.5)
    with pytest.raises(ValueError, match=r"colour \(or test\)=-0\.1"):
        coloured_bits(test=-0.1)
