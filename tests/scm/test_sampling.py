"""What a sampler is asked with, and what a constructor makes of lists: checked as a user's program meets them."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from scm import ConditionalTable, FiniteLaw, LinearGaussian, Role, Variable, tabular
from scm.sampling import check_sampling

RNG = np.random.default_rng(0)
BIT = Variable("bit", Role.CLASS, 1, "categorical", 2)


@pytest.mark.parametrize("n", [0, 3, np.int64(3)])
def test_a_number_of_rows_is_any_integer_from_the_least_on(n: object) -> None:
    check_sampling(n, RNG)


@pytest.mark.parametrize("n", [-1, 2.5, "3", None, True, np.float64(3.0)])
def test_what_is_no_number_of_rows_is_named(n: object) -> None:
    with pytest.raises(ValueError, match="expected an integer >= 0: it is the number of rows to draw") as refusal:
        check_sampling(n, RNG)
    assert str(refusal.value).startswith(f"n={n!r}, ")
    with pytest.raises(ValueError, match="n=0, expected an integer >= 1"):
        check_sampling(0, RNG, least=1)


@pytest.mark.parametrize("rng", [0, None, np.random, np.random.RandomState(0)])
def test_what_is_no_generator_is_named(rng: object) -> None:
    with pytest.raises(
        ValueError, match=r"expected a numpy\.random\.Generator such as numpy\.random\.default_rng\(0\)"
    ):
        check_sampling(1, rng)


def test_every_sampler_asks_for_rows_and_a_generator_without_a_type_checker() -> None:
    """In tests the type checker speaks first; this runs as a user's program does."""
    code = """
import numpy as np
from scm import FiniteLaw, FiniteSCM, LinearGaussian, Role, SentenceConfig, SentenceSCM, TokenConfig, TokenSCM
from scm import TokenRole, Vocabulary, prune_batch, tabular
rng = np.random.default_rng(0)
tokens = TokenSCM.draw(TokenConfig(condition_quantile=1.0), rng=rng)
samplers = (
    FiniteLaw(("x",), [0.5, 0.5]).sample,
    FiniteSCM([tabular("x", Role.CLASS, [0.5, 0.5])]).sample,
    lambda n, rng: LinearGaussian("x", {}, [0.0], [[1.0]]).sample({}, n, rng=rng),
    SentenceSCM.draw(SentenceConfig(condition_quantile=1.0), rng=rng).sample,
    tokens.sample,
)
batch = tokens.sample(3, rng=rng)
wrong = [lambda s=s: s("3", rng=rng) for s in samplers] + [lambda s=s: s(3, rng=0) for s in samplers]
wrong += [
    lambda: prune_batch(batch, None),
    lambda: prune_batch(batch),
    lambda: Vocabulary({"noun": ("dog",)}),
    lambda: Vocabulary({TokenRole.CLASS: "dog"}),
    lambda: Vocabulary({TokenRole.CLASS: {"dog"}}),
    lambda: Vocabulary({TokenRole.CLASS: (3,)}),
]
for call in wrong:
    try:
        call()
    except ValueError as error:
        print(error)
print(Vocabulary({"class": ["dog"]}).role("dog").name)
"""
    lines = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split(", expected")[0] for line in lines[:10]] == ["n='3'"] * 5 + ["rng=0"] * 5
    for line, start in zip(
        lines[10:],
        (
            "None is no role of a token; expected a TokenRole or its value",
            "no role was named, so nothing would be pruned",
            "'noun' is no role of a token",
            "the class words are 'dog', expected a tuple of words: a single string",
            "the class words are {'dog'}, expected a tuple of words",
            "3 cannot be a class word",
            "CLASS",
        ),
        strict=True,
    ):
        assert line.startswith(start)


def test_lists_are_tables() -> None:
    law = FiniteLaw(("x", "t"), [[0.5, 0], [0.25, 0.25]])
    assert law.table.dtype == np.float64
    np.testing.assert_array_equal(law.marginal("t"), [0.75, 0.25])
    np.testing.assert_array_equal(ConditionalTable(BIT, [0, 1]).table, [0.0, 1.0])
    exact = ConditionalTable(BIT, [[Fraction(1, 3), Fraction(2, 3)], [1, 0]], "parent")
    assert exact.fractions is not None
    assert exact.fractions.tolist() == [[Fraction(1, 3), Fraction(2, 3)], [Fraction(1), Fraction(0)]]
    gaussian = LinearGaussian("x", {"z": [[1, 2]]}, [3], [[4]])
    np.testing.assert_array_equal(gaussian.mean({"z": np.array([[1.0, 1.0]])}), [[6.0]])
    assert gaussian.offset.dtype == np.float64


def test_a_law_keeps_a_table_of_its_own() -> None:
    table = np.array([0.5, 0.5])
    law, mechanism = FiniteLaw(("x",), table), ConditionalTable(BIT, table)
    table[:] = 0.0
    assert law.table.sum() == mechanism.table.sum() == 1.0


def test_tables_that_are_none_are_refused_by_name() -> None:
    for build, message in (
        (
            lambda: FiniteLaw(("x", "t"), [[0.5, 0.5], [0.5]]),
            r"the joint table of \('x', 't'\) is no rectangular array",
        ),
        (
            lambda: FiniteLaw(("x",), ["half", "half"]),
            r"the joint table of \('x',\) is no rectangular array of numbers",
        ),
        (lambda: FiniteLaw(("x", "t"), [0.5, 0.5]), "do not label the 1 axes of the table"),
        (lambda: ConditionalTable(BIT, [[0.5, 0.5], [1]], "p"), "the table of 'bit' is no rectangular array"),
        (lambda: ConditionalTable(BIT, [None, Fraction(1)]), "the table of 'bit' is no rectangular array of numbers"),
        (lambda: tabular("bit", Role.CLASS, [[1], [0.5, 0.5]], "p"), "the table of 'bit' is no rectangular array"),
        (lambda: LinearGaussian("x", {}, ["a"], [[1.0]]), "the offset of x is no rectangular array of numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            build()


def test_the_shapes_of_a_gaussian_block_must_fit_each_other() -> None:
    for weights, offset, covariance, message in (
        (
            {},
            [0, 0],
            [[1]],
            r"x has an offset of shape \(2,\) and a noise covariance of shape \(1, 1\); expected \(d,\)",
        ),
        ({}, [0], [1], r"noise covariance of shape \(1,\)"),
        ({}, [[0]], [[1]], r"an offset of shape \(1, 1\)"),
        ({"z": [[1], [1]]}, [0], [[1]], r"the weight of z in x has shape \(2, 1\), expected \(1, d_p\)"),
        ({"z": [1]}, [0], [[1]], r"the weight of z in x has shape \(1,\), expected \(1, d_p\)"),
        ({}, [0, 0], [[1, 1], [1, 1]], "the covariance of x is not positive definite"),
    ):
        with pytest.raises(ValueError, match=message):
            LinearGaussian("x", weights, offset, covariance)
