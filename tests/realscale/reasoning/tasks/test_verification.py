"""The verifier: which completions give an answer, and which answers are the same."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realscale.reasoning.tasks import Example, extracted, verify


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("Answer: red", "red"),
        ("there are two circles .\nanswer : 2 .", "2"),
        ("**Answer:** Blue square\nthanks", "Blue square"),
        ("so \\boxed{7}.", "7"),
        ("so $\\boxed{\\frac{1}{2}}$", "\\frac{1}{2}"),
        ("Answer: $\\boxed{3}$", "3"),
        ("Answer: 3\nno, Answer: 4", "4"),
        ("\\boxed{3} or rather Answer: 4", "4"),
        ("Answer: 4, that is \\boxed{3}", "3"),
        ("the answer is red", None),
        ("red", None),
        ("", None),
        ("Answer: 3\nAnswer:", None),
        ("Answer: 3\n\\boxed{3", None),
        ("reanswer: 3", None),
    ],
)
def test_the_last_answer_counts(completion: str, answer: str | None) -> None:
    assert extracted(completion) == answer


SAME = {"1,000": "1000", "3.0": "3", "+3": "3", ".5": "1/2", "\N{MINUS SIGN}2": "-2", "Two": "2", "4.": "4"}
SAME |= {"RED": "red", "left  of": "left of", '"yes"': "yes", "1/0": "1/0"}
OTHER = {"0.33": "1/3", "12": "1", "1 or 2": "2", "not red": "red", "red": "reddish", "2,00": "200", "-2": "2"}
OTHER |= {"yes no": "yes", "1/0": "1", "3e0": "3", "9" * 5000: "9"}


@pytest.mark.parametrize(("found", "answer"), SAME.items())
def test_equal_answers(found: str, answer: str) -> None:
    assert verify(f"Answer: {found}", answer)


@pytest.mark.parametrize(("found", "answer"), OTHER.items())
def test_different_answers(found: str, answer: str) -> None:
    assert not verify(f"Answer: {found}", answer)


@given(st.fractions(max_denominator=1000), st.fractions(max_denominator=1000))
def test_numbers_are_compared_exactly(written: Fraction, right: Fraction) -> None:
    assert verify(f"so \\boxed{{{written}}}", str(right)) is (written == right)


def test_an_example_needs_a_question_an_answer_and_a_solution_that_gives_it() -> None:
    assert Example("how many ?", "2", solution="one and one . Answer: two").options == ()
    with pytest.raises(ValueError, match="verified against the answer"):
        Example("how many ?", " ")
    with pytest.raises(ValueError, match="does not end in the answer '2'"):
        Example("how many ?", "2", solution="Answer: 2 . Answer: 3")
