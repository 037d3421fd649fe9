"""Numbers in LaTeX are evaluated, letters are not; two answers are one text or one number at 2 decimals."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from realscale.reasoning.benchmarks.latex import LONGEST, same, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\frac{1}{2}", 0.5),
        ("\\dfrac12", 0.5),
        ("\\frac{3}{4}\\pi", 0.75 * math.pi),
        ("2 \\sqrt { 221 }", 2 * math.sqrt(221)),
        ("\\sqrt[3]{8}", 2),
        ("√205", math.sqrt(205)),
        ("2√(4)", 4),
        ("3+4\\cdot 2", 11),
        ("1-2-3", -4),
        ("8/2/2", 2),
        ("-2^2", -4),
        ("2^{-1}", 0.5),
        ("\\left(3\\right)(4)", 12),
        ("x = 3", 3),
        ("\\approx 3.5", 3.5),
        ("1,000", 1000),
        ("30^\\circ", 30),
        ("50\\%", 50),
        ("$5", 5),
        ("5 cm", 5),
        ("15m", 15),
        ("5\\text{ cm}^2", 5),
        ("4\\sqrt{3}\\mathrm{~cm}", 4 * math.sqrt(3)),
        ("12 square units", 12),
        ("10 in.", 10),
        (".5", 0.5),
        ("$.5$", 0.5),
        (".5 cm", 0.5),
        (".5.", 0.5),
        ("-.5", -0.5),
        ("(.5)", 0.5),
        ("5.", 5),
        ("...5", 5),
        ("2 3/4", 2.75),
        ("-2 1/2 cm", -2.5),
        ("2\\frac{1}{2}", 2.5),
        ("2\\frac12", 2.5),
        ("2\\frac{4}{2}", 4),
        ("\\sqrt{2\\frac{1}{4}}", 1.5),
        ("3 x 10^4", 30000),
        ("two", 2),
    ],
)
def test_numbers(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "m",
        "2x",
        "1 2",
        "1 2 3/4",
        "2 4/3",
        "1/0",
        "\\frac{1}{0}",
        "9^9^9",
        "9^{9^{9^9}}",
        "1e400",
        "2(3",
        "(-1)^{0.5}",
        "\\sqrt{-1}",
        "\\frac{1}",
        "\\input{x}",
        "__import__('os')",
        "(" * (LONGEST - 1),
        "1+" * LONGEST + "1",
    ],
)
def test_what_is_no_number(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("\\frac{1}{3}", "0.333", True),
        ("0.336", "0.333", False),
        ("12 cm", "12", True),
        ("12 cm", "12 m", False),
        ("12 cm", "12 cm^2", False),
        ("12 cm^2", "12 square centimeters", True),
        ("12\\text{ cm}^{2}", "12cm²", True),
        ("12 units", "12 cm", True),
        ("12 degrees", "12^\\circ", True),
        ("X + 1", "x+1", True),
        ("x+1", "1+x", False),  # no algebra: only numbers are evaluated
        ("(1, 2)", "(1.0,2)", True),
        ("(1, 2)", "[1, 2]", False),
        ("(1, 2)", "(2, 1)", False),
        ("(1, 2)", "(1, 2, 3)", False),
        ("(a, 2)", "(b, 2)", False),
        (".5", "5", False),
        (".5 cm", "5 cm", False),
        ("$.5$", "1/2", True),
        ("", "", False),
    ],
)
def test_one_text_or_one_number(left: str, right: str, alike: bool) -> None:
    assert same(left, right) is alike
    assert same(right, left) is alike


NUMBERS = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=1000)


@settings(max_examples=50)
@given(NUMBERS)
def test_a_number_is_the_same_however_it_is_written(number: Fraction) -> None:
    sign, top = "-" if number < 0 else "", abs(number.numerator)
    ways = [f"{sign}\\frac{{{top}}}{{{number.denominator}}}", f"{number.numerator}/{number.denominator}"]
    ways += [repr(float(number)), f"x = {float(number)!r}", f"{sign}{top} \\div {number.denominator}"]
    for way in ways:
        assert value(way) == pytest.approx(float(number), rel=1e-12, abs=1e-12)
    assert value(f"{number.numerator:,}") == number.numerator


@settings(max_examples=50)
@given(NUMBERS, NUMBERS)
def test_numbers_that_differ_by_more_than_the_decimals_are_not_the_same(first: Fraction, second: Fraction) -> None:
    assume(abs(first - second) > Fraction(1, 100))
    assert not same(repr(float(first)), f"{second.numerator}/{second.denominator}")
