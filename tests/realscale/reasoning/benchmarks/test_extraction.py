"""The rules that read an answer off a completion: the last statement counts, and one that names two is none."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscale.reasoning.benchmarks.extraction import chosen, number, numbers, stated, yes_or_no

OPTIONS = ("30", "50", "x+1")


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("First 3.\nAnswer: 4", "4"),
        ("Answer: 4\nNo, wait.\nAnswer: 5", "5"),
        ("so \\boxed{\\text{B}}", "B"),
        ("so \\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("The answer is (B). Indeed.", "(B)"),
        ("the answer is 3.5.", "3.5"),
        ("The correct option is B: 50.\nThe answer should be C", "C"),
        ("\\boxed{3}, but the answer is 4", "3"),
        ("It is four.", None),
        ("Answer:", None),
    ],
)
def test_what_is_stated(completion: str, answer: str | None) -> None:
    assert stated(completion) == answer


@pytest.mark.parametrize(
    ("completion", "letters", "how"),
    [
        ("B", "B", "whole completion"),
        ("(B).", "B", "whole completion"),
        ("Answer: B", "B", "stated"),
        ("Answer: b", "B", "stated"),
        ("Answer: (B) 50", "B", "stated"),
        ("Answer: B. 30", "B", "stated"),  # the letter counts, not the text beside it
        ("The answer is B because it fits.", "B", "stated"),
        ("The answer is option A.", "A", "stated"),
        ("Answer: 50", "B", "stated"),
        ("Answer: $\\frac{100}{2}$ cm", "B", "stated"),
        ("Answer: X + 1", "C", "stated"),
        ("Answer: A or B", "AB", "stated"),
        ("Answer: C, A and C", "AC", "stated"),
        ("Answer: F", None, "no option"),
        ("Answer: 7", None, "no option"),
        ("Answer: A circle", None, "no option"),
        ("I took (A), then (B)", "B", "loose letter"),
        ("I take (A), not (B)", "A", "loose letter"),
        ("I take not B.", None, "none"),
        ("Adding up, it must be C.", "C", "loose letter"),
        ("B\nIt fits.", "B", "loose letter"),
        ("<think>Answer: A</think>\nAnswer: B", "B", "stated"),
        ("<think>Answer: A</think> It is B.", "B", "loose letter"),
        ("<think>Is it (A)?</think><answer> (B) </answer>", "B", "whole completion"),
        ("<answer>A</answer> or <answer>The answer is C.</answer>", "C", "stated"),
        ("A</answer> B", "B", "loose letter"),
        ("I like A lot", None, "none"),
        ("", None, "none"),
    ],
)
def test_the_letter_that_is_chosen(completion: str, letters: str | None, how: str) -> None:
    found = chosen(completion, OPTIONS)
    assert (found.answer, found.how) == (letters, how)


def test_options_that_are_small_letters_are_meant_before_the_letters_of_options() -> None:
    assert chosen("Answer: x", ("z", "y", "x")).answer == "C"
    assert chosen("Answer: a", ("b", "a")).answer == "B"
    assert chosen("Answer: A", ("b", "a")).answer == "A"


def test_a_text_of_two_options_chooses_none_and_unknown_options_admit_every_letter() -> None:
    assert chosen("Answer: 5", ("5.0", "5.00", "6")).answer is None
    assert chosen("Answer: 5", ("5.0", "5", "6")).answer == "B"
    assert chosen("Answer: E", ()).answer == "E"
    assert chosen("Answer: 5", ()).answer is None


@pytest.mark.parametrize(
    ("completion", "answer", "how"),
    [
        ("Answer: 4 bars", "4", "stated"),
        ("Answer: x = 5", "5.0", "stated"),
        ("Answer: 1,000", "1000.0", "stated"),
        ("Answer: 1/2", "0.5", "stated"),
        ("Answer: two", "2.0", "stated"),
        ("Answer: -3.5%", "-3.5", "stated"),
        ("Answer: 3 or 4", None, "several answers"),
        ("Answer: 3, that is 3 cups", "3", "stated"),
        ("Answer: none", None, "none"),
        ("First 3, then 1,200 of them", "1200", "last number"),
        ("12", "12.0", "whole completion"),
        ("water is H2O", None, "none"),
        *((form, "0.5", "whole completion") for form in (".5", ".5.", "(.5)", "$.5$", " .5 cm", "+.5", "...\n.5")),
        ("-.5", "-0.5", "whole completion"),
        ("5.", "5.0", "whole completion"),
        ("\\boxed{.5}", "0.5", "stated"),
        ("The answer is .5.", "0.5", "stated"),
        ("It is .5 cm", ".5", "last number"),
        ("It is\N{MINUS SIGN}3 then \N{MINUS SIGN}5 below", "-5", "last number"),
        ("The area is 12 cm^2", "12", "last number"),
        ("The area is 12 m^{2} here", "12", "last number"),
        ("The area is 12 cm² here", "12", "last number"),
        ("It falls by 9.8 m/s**2", "9.8", "last number"),
        ("Answer: some 12 cm^2", "12", "stated"),
        ("I take 2 1/2", "2.5", "last number"),
        ("I take 2\\frac{1}{2} cups", "2.5", "last number"),
        ("Answer: about 1/2 of it", "0.5", "stated"),
        ("It is 3 x 10^4 m", "30000.0", "last number"),
        ("It is 3 \\times 10^{4} wide", "30000.0", "last number"),
        ("It is 10^{-3} wide", "0.001", "last number"),
        ("It is 10⁻³ wide", "0.001", "last number"),
        ("It is 2\\sqrt{4} wide", "4.0", "last number"),
        ("that is x_{1}", None, "none"),
        ("that is x^2", None, "none"),
        ("Of step 3\n1/2 of it", "0.5", "last number"),
        ("on 3/4/2020", "2020", "last number"),
    ],
)
def test_the_number_that_is_given(completion: str, answer: str | None, how: str) -> None:
    found = number(completion)
    assert (found.answer, found.how) == (answer, how)


@settings(max_examples=40)
@given(
    st.decimals(min_value=-100, max_value=100, places=2),
    st.sampled_from(
        ["{}", "{}.", "({})", "${}$", "**{}**", "'{}',", "\\boxed{{{}}}", "It is {}.", "The answer is {}."]
    ),
    st.sampled_from(["", " cm", " cm^2", " m²", " cubic feet"]),
)
def test_no_mark_or_unit_around_a_number_changes_it(written: Decimal, form: str, unit: str) -> None:
    for text in (str(written), str(written).replace("0.", ".", 1) if abs(written) < 1 else str(written)):
        assert float(number(form.format(text + unit)).answer or "nan") == float(written)


@settings(max_examples=40)
@given(st.integers(0, 99), st.integers(1, 9), st.integers(1, 9), st.sampled_from(["I take {}.", "{} of it", "{}"]))
def test_a_mixed_number_is_one_number(whole: int, top: int, more: int, form: str) -> None:
    for text in (f"{whole} {top}/{top + more}", f"{whole}\\frac{{{top}}}{{{top + more}}}"):
        found = number(form.format(text)).answer
        assert float(found or "nan") == pytest.approx(whole + top / (top + more))


def test_the_last_list_is_written_as_python_writes_it() -> None:
    assert numbers("[0, 0], no.\nAnswer: [1,2.5]").answer == "[1, 2.5]"
    assert numbers("Answer: 1, 2").answer is None


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("Yes.", "yes"),
        ("No, it is not.", "no"),
        ("no it is shorter", "no"),
        ("Yes, but look again.\nAnswer: no", "no"),
        ("Answer: unclear", "unclear"),
        ("I cannot tell.", "unclear"),
        ("No picture is given, so I cannot tell.", "unclear"),
        ("yes and no", None),
        ("Yes or no?", None),
        ("The left line is longer.", None),
        ("Nobody knows", None),
    ],
)
def test_yes_no_or_unclear(completion: str, answer: str | None) -> None:
    assert yes_or_no(completion).answer == answer


@settings(max_examples=50)
@given(st.text(alphabet=st.sampled_from("Answer: is (AB)[12]\\boxed{},.yesno=x^/$\n-"), max_size=60))
def test_no_completion_breaks_a_rule(completion: str) -> None:
    assert set(chosen(completion, OPTIONS).answer or "") <= set("ABC")
    found = number(completion).answer
    assert found is None or float(found) == float(found)
    assert yes_or_no(completion).answer in ("yes", "no", "unclear", None)
    numbers(completion)


def test_an_option_that_names_letters_is_an_option() -> None:
    options = ("A", "B", "C", "D", "C or D")
    assert chosen("Answer: C or D", options).answer == "E"
    assert chosen("Answer: A or D", options).answer == "AD"


def test_an_order_of_digits_is_a_text_before_it_is_a_number() -> None:
    options = ("5-4-3-2-1", "5-2-3-4-1")  # both are -5
    assert chosen("Answer: 5-2-3-4-1", options).answer == "B"
    assert chosen("Answer: -5", options).answer is None
