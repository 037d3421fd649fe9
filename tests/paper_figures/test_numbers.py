"""Numbers in print say what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_figures.numbers import bar, counted, number, short

RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read_back(text: str) -> float:
    mantissa, _, exponent = text.replace("−", "-").partition("\u00a0×\u00a010")
    return float(mantissa) * 10 ** float(exponent.translate(RAISED) or 0)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_a_printed_number_is_the_measured_one_to_its_digits(value: float) -> None:
    assert read_back(number(value)) == pytest.approx(value, rel=0.051, abs=1e-307)


@given(st.floats(min_value=0.01, max_value=1.5))
def test_scores_keep_four_decimals(value: float) -> None:
    assert read_back(number(value)) == pytest.approx(value, abs=5.1e-5)


@given(st.floats(min_value=-2, max_value=2), st.integers(1, 3))
def test_short_numbers_have_fixed_decimals_and_no_negative_zero(value: float, digits: int) -> None:
    text = short(value, digits)
    assert len(text.split(".")[1]) == digits
    assert read_back(text) == pytest.approx(value, abs=0.51 * 10**-digits)
    assert not text.startswith("−") or read_back(text) < 0


def test_what_is_not_finite_is_said() -> None:
    assert {number(None), number(float("nan")), number(float("-inf"))} == {"not finite"}
    assert short(float("nan")) == "nan"


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((0.99, None), "≥ 0.99"),
        ((None, 0.02), "≤ 0.02"),
        ((3, 3), "= 3"),
        ((-1.1, -0.9), "−1.1 to −0.9"),
        ((0.0, 1e-12), "0 to 10⁻¹²"),
        ((0.85 - 1e-9, 0.85 + 1e-9), "0.85 ± 10⁻⁹"),
        ((-2.5e-7, None), "≥ −2.5\u00a0×\u00a010⁻⁷"),
        ((None, None), ""),
    ],
)
def test_bars(bounds: tuple[float | None, float | None], words: str) -> None:
    assert bar(bounds) == words


def test_counts() -> None:
    assert [counted(n, "seed") for n in (0, 1, 2)] == ["0 seeds", "1 seed", "2 seeds"]
