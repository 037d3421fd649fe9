import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scm.finite import ConditionalTable, FiniteSCM, tabular
from scm.graph import Role, Variable
from scm.joint import FiniteLaw, draw_levels

property_test = settings(deadline=None, max_examples=25)


def random_model(seed: int, variables: int = 4) -> FiniteSCM:
    """Random graph, random tables, in a random order of construction."""
    rng = np.random.default_rng(seed)
    mechanisms: list[ConditionalTable] = []
    for i in range(variables):
        earlier = [m for m in mechanisms if rng.random() < 0.5]
        rng.shuffle(earlier)
        shape = [m.table.shape[-1] for m in earlier] + [int(rng.integers(1, 4))]
        table = rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])
        mechanisms.append(tabular(f"v{i}", Role.INVARIANT, table, [m.variable.name for m in earlier]))
    return FiniteSCM([mechanisms[i] for i in rng.permutation(variables)])


seeds = st.integers(0, 2**32 - 1)


@property_test
@given(seeds)
def test_joint_table_is_the_product_of_the_conditionals(seed):
    model = random_model(seed)
    for state in itertools.product(*(range(model.levels(name)) for name in model.names)):
        value = dict(zip(model.names, state, strict=True))
        product = 1.0
        for name, mechanism in model.mechanisms.items():
            product *= mechanism.table[(*(value[p] for p in mechanism.parents), value[name])]
        assert model.table[state] == pytest.approx(product, abs=1e-15)
    assert model.table.sum() == pytest.approx(1.0, abs=1e-12)


@property_test
@given(seeds)
def test_chain_rule_and_definitions_of_information(seed):
    model = random_model(seed)
    a, b, c, d = model.names
    chain = model.entropy(a) + model.entropy(b, a) + model.entropy(c, [a, b]) + model.entropy(d, [a, b, c])
    assert model.entropy(model.names) == pytest.approx(chain, abs=1e-12)
    entropies = model.entropy([a, c]) + model.entropy([b, c]) - model.entropy([a, b, c]) - model.entropy(c)
    assert model.conditional_mutual_information(a, b, c) == pytest.approx(entropies, abs=1e-12)
    both = model.mutual_information(a, b) + model.conditional_mutual_information(a, c, b)
    assert model.mutual_information(a, [b, c]) == pytest.approx(both, abs=1e-12)
    assert model.conditional_mutual_information(a, b, [c, d]) >= 0


@property_test
@given(seeds)
def test_d_separation_implies_exact_conditional_independence(seed):
    model = random_model(seed)
    for a, b in itertools.combinations(model.names, 2):
        rest = [name for name in model.names if name not in (a, b)]
        for size in range(len(rest) + 1):
            for condition in itertools.combinations(rest, size):
                if model.graph.d_separated(a, b, condition):
                    assert model.independent(a, b, condition, tolerance=1e-12)
                    assert model.conditional_mutual_information(a, b, condition) <= 1e-12


def test_violation_conditioning_on_a_collider_makes_its_causes_dependent():
    fair = np.array([0.5, 0.5])
    model = FiniteSCM([tabular("a", Role.CLASS, fair), tabular("b", Role.ENVIRONMENT, fair)])
    model = model.pushforward("xor", lambda a, b: a ^ b, of=("a", "b"), levels=2)
    assert model.independent("a", "b")
    assert not model.graph.d_separated("a", "b", "xor")
    assert not model.independent("a", "b", "xor")
    assert model.conditional_mutual_information("a", "b", "xor") == pytest.approx(np.log(2), abs=1e-15)


@property_test
@given(seeds, st.data())
def test_bayes_marginals_and_conditioning_agree(seed, data):
    model = random_model(seed)
    first, second = data.draw(st.permutations(model.names))[:2]
    table = model.conditional([first], [second])
    joint = model.marginal([second, first])
    np.testing.assert_allclose(table * model.marginal(second)[:, None], joint, atol=1e-14)
    np.testing.assert_allclose(model.marginal([first, second]), joint.T, atol=1e-15)
    for level in range(model.levels(second)):
        law = model.condition({second: level})
        assert second not in law.names
        np.testing.assert_allclose(law.marginal(first), table[level], atol=1e-14)


@property_test
@given(seeds, st.data())
def test_do_cuts_the_parents_and_leaves_the_other_mechanisms(seed, data):
    model = random_model(seed)
    name = data.draw(st.sampled_from(model.names))
    level = data.draw(st.integers(0, model.levels(name) - 1))
    intervened = model.do({name: level})
    assert intervened.graph.parents(name) == ()
    assert intervened.marginal(name)[level] == pytest.approx(1.0, abs=1e-14)
    # truncated factorisation (Pearl 2009, equation 3.10): divide the joint by p(name | parents)
    parents = model.mechanisms[name].parents
    factor = np.array(
        [
            model.mechanisms[name].table[tuple(state[model.names.index(p)] for p in (*parents, name))]
            for state in np.ndindex(*model.table.shape)
        ]
    ).reshape(model.table.shape)
    expected = np.take(model.table / factor, level, axis=model.names.index(name))
    np.testing.assert_allclose(intervened.condition({name: level}).table, expected, atol=1e-12)


def test_observing_is_not_intervening_under_confounding():
    table = np.array([[0.9, 0.1], [0.2, 0.8]])
    model = FiniteSCM(
        [
            tabular("z", Role.INVARIANT, [0.5, 0.5]),
            tabular("a", Role.CLASS, table, "z"),
            tabular("b", Role.CONTEXT, table, "z"),
        ]
    )
    np.testing.assert_allclose(model.do(a=1).marginal("b"), model.marginal("b"), atol=1e-15)
    assert abs(model.condition(a=1).marginal("b") - model.marginal("b")).max() > 0.2
    np.testing.assert_allclose(model.do(a=[0.3, 0.7]).marginal("a"), [0.3, 0.7])


@property_test
@given(seeds)
def test_pushforward_of_the_model_and_of_its_joint_law_agree(seed):
    model = random_model(seed)
    arguments = model.names[:2][::-1]

    def total(x, y):
        return 2 * x + y

    in_model = model.pushforward("sum", total, of=arguments)
    in_law = FiniteLaw(model.names, model.table).pushforward("sum", total, of=arguments)
    np.testing.assert_allclose(in_model.table, in_law.table, atol=1e-15)
    assert in_model.entropy("sum", arguments) == pytest.approx(0.0, abs=1e-12)
    assert in_model.graph.parents("sum") == arguments


def test_fractions_are_kept_exactly():
    third = Fraction(1, 3)
    model = FiniteSCM(
        [
            tabular("a", Role.CLASS, [third, 2 * third]),
            tabular("b", Role.TOKEN, [[third, 2 * third], [Fraction(1, 7), Fraction(6, 7)]], "a"),
        ]
    )
    exact = model.exact_table()
    assert exact.sum() == 1
    assert exact[1, 0] == Fraction(2, 21)
    assert model.pushforward("c", lambda a, b: a == b, of=("a", "b")).exact_table().sum() == 1
    np.testing.assert_allclose(model.table, exact.astype(float), atol=1e-16)
    with pytest.raises(ValueError, match=r"\['c'\] are floats"):
        FiniteSCM([*model.mechanisms.values(), tabular("c", Role.CLASS, [1.0])]).exact_table()


@settings(deadline=None, max_examples=5)
@given(seeds)
def test_both_samplers_follow_the_joint_table(false_alarm, seed):
    rng = np.random.default_rng(seed)
    model = random_model(seed)
    for source in (model, FiniteLaw(model.names, model.table)):
        n = 20_000
        drawn = source.sample(n, rng=rng)
        cells = np.ravel_multi_index([drawn[name] for name in model.names], model.table.shape)
        counts = np.bincount(cells, minlength=model.table.size)
        expected = n * model.table.reshape(-1)
        assert counts[expected == 0].sum() == 0
        rare = expected < 10  # pooled, so that the chi-square approximation holds
        observed = np.append(counts[~rare], counts[rare].sum())
        means = np.append(expected[~rare], expected[rare].sum())
        observed, means = observed[means > 5], means[means > 5]
        if len(means) > 1 and abs(means.sum() - n) < 1e-6:
            statistic = ((observed - means) ** 2 / means).sum()
            assert stats.chi2.sf(statistic, len(means) - 1) > false_alarm / 10


def test_sampler_never_draws_impossible_levels_and_is_reproducible():
    model = FiniteSCM([tabular("a", Role.CLASS, [0.0, 0.3, 0.7, 0.0])])
    first = model.sample(5000, rng=np.random.default_rng(3))["a"]
    assert set(first) == {1, 2}
    edges = np.array([0.0, 0.5, np.nextafter(1.0, 0.0)])
    for table in ([[0.0, 0.5, 0.5, 0.0]], [[0.0, 0.5, 0.5, 0.0]] * 2):  # one row, several rows: two code paths
        assert draw_levels(np.array(table), np.zeros(3, int), edges).tolist() == [1, 2, 2]
    np.testing.assert_array_equal(first, model.sample(5000, rng=np.random.default_rng(3))["a"])


def test_errors_name_the_value_and_the_reason():
    with pytest.raises(ValueError, match=r"row \(a=1\) of the table of 'b' sums to 0\.9, expected 1"):
        tabular("b", Role.TOKEN, [[0.5, 0.5], [0.5, 0.4]], "a")
    with pytest.raises(ValueError, match=r"p\(b=1 \| a=0\) is -0\.5; a probability is at least 0"):
        tabular("b", Role.TOKEN, [[1.5, -0.5], [0.5, 0.5]], "a")
    with pytest.raises(ValueError, match=r"sums to 5/6, expected 1"):
        tabular("a", Role.CLASS, [Fraction(1, 3), Fraction(1, 2)])
    almost = [Fraction(1, 3), Fraction(2, 3) + Fraction(1, 10**12)]  # within the tolerance of floats
    tabular("a", Role.CLASS, [float(p) for p in almost])
    with pytest.raises(ValueError, match="expected 1"):
        tabular("a", Role.CLASS, almost)
    with pytest.raises(ValueError, match="expected one axis for each of the parents"):
        tabular("b", Role.TOKEN, [0.5, 0.5], "a")
    with pytest.raises(ValueError, match="expected categorical of dimension 1"):
        ConditionalTable(Variable("z", Role.INVARIANT, 2), np.array([1.0]))
    with pytest.raises(ValueError, match=r"sums to 0\.9, expected 1: it is not a law"):
        FiniteLaw(["a"], np.array([0.5, 0.4]))
    with pytest.raises(ValueError, match="cycle"):
        FiniteSCM([tabular("a", Role.CLASS, np.eye(2), "b"), tabular("b", Role.CLASS, np.eye(2), "a")])
    with pytest.raises(ValueError, match=r"axes of length \(2,\) for its parents \['a'\], which have \(3,\)"):
        FiniteSCM([tabular("a", Role.CLASS, [0.2, 0.3, 0.5]), tabular("b", Role.TOKEN, np.eye(2), "a")])

    model = FiniteSCM([tabular("a", Role.CLASS, [1.0, 0.0]), tabular("b", Role.TOKEN, np.eye(2), "a")])
    with pytest.raises(ValueError, match=r"unknown variables \['c'\]; this law is about \['a', 'b'\]"):
        model.marginal("c")
    with pytest.raises(ValueError, match=r"\['a'\] are named in two places"):
        model.mutual_information("a", ["a", "b"])
    with pytest.raises(ValueError, match=r"event \{'a': 1\} has probability 0.*positivity"):
        model.condition(a=1)
    with pytest.raises(ValueError, match="not one of the levels"):
        model.condition(a=2)
    with pytest.raises(ValueError, match=r"undefined at 1 of the conditions, for example \{'a': 1\}"):
        model.conditional("b", "a")
    assert np.isnan(model.conditional("b", "a", undefined="nan")[1]).all()
    with pytest.raises(ValueError, match=r"do\(a=5\): the levels of 'a' are 0..1"):
        model.do(a=5)
    with pytest.raises(ValueError, match=r"maps \(1,\) to 3, expected an integer in \[0, 2\)"):
        model.pushforward("c", lambda a: 3 * a, of="a", levels=2)
    with pytest.raises(ValueError, match="already has a variable 'b'"):
        FiniteLaw(model.names, model.table).pushforward("b", lambda a: a, of="a")


def test_a_joint_table_too_large_states_its_cells_and_the_limit_but_still_samples():
    mechanisms = [tabular(f"v{i}", Role.TOKEN, np.full(10, 0.1)) for i in range(12)]
    model = FiniteSCM(mechanisms)
    with pytest.raises(ValueError, match=r"12 variables has 1000000000000 cells, the limit is 16777216"):
        model.entropy("v0")
    assert model.sample(10, rng=np.random.default_rng(0))["v11"].shape == (10,)
