"""Each set's official figures against scores computed by hand, and what breaks each rule."""

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from identifiability.metrics.pairwise import wilson_interval
from realscale.composition.items import BenchmarkError
from realscale.reasoning.benchmarks import Problem, free_response, read, score
from realscale.reasoning.benchmarks.judging import judge, judge_mathvista
from realscale.reasoning.benchmarks.nearest import edit_distance, nearest_option
from realscale.reasoning.benchmarks.scoring import answered_rightly, chance, constant

ROOTS = ["mathvista", "mathvision", "mathverse", "hallusionbench", "mmk12"]


@pytest.mark.parametrize("name", ROOTS)
def test_own_answers_are_all_right_and_silence_is_all_wrong(name: str, request: pytest.FixtureRequest) -> None:
    found = read(name, request.getfixturevalue(name))
    best = score(found, answered_rightly(found))
    assert {figure.accuracy for figure in best.figures.values()} == {1.0}
    assert best.how == {"stated": len(found.problems)}
    empty = dict.fromkeys(answered_rightly(found), " \n")
    silent = score(found, empty)
    assert {figure.accuracy for figure in silent.figures.values()} == {0.0}
    assert silent.unanswered == len(found.problems)
    assert silent.answered.accuracy is None


def judged(root: Path, name: str, completion: str, problem: str) -> bool:
    found = read(name, root)
    one = found.with_problems(tuple(entry for entry in found.problems if entry.name == problem))
    return score(one, {problem: completion}).answered.accuracy == 1


@pytest.mark.parametrize(
    ("problem", "completion", "right"),
    [
        ("1", "Answer: B", True),
        ("1", "Answer: 4 cm", True),
        ("1", "4cm", True),  # officially the option at the least edit distance
        ("1", "Answer: 4 cmm", True),
        ("1", "Answer: 4 cup", False),  # 2 steps from "4 cm", but 1 from "a cup"
        ("1", "Answer: (F)", False),  # no option: officially the nearest of all, which is "3 cm"
        ("1", "Answer: a cups", False),
        ("2", "Answer: C", True),
        ("2", "Answer: B or C", False),
        ("3", "Answer: 4.9", True),  # officially an integer is cut, not rounded
        ("3", "Answer: 5", False),
        ("3", "Answer: 4 or 5", False),
        ("3", "There are 4 cups.", True),
        ("4", "Answer: 1.54", True),
        ("4", "Answer: 3/2", True),
        ("4", "Answer: 1.56", False),
        ("5", "Answer: [1,2]", True),
        ("5", "Answer: [2, 1]", False),
        ("5", "Answer: 1 and 2", False),
    ],
)
def test_mathvista(mathvista: Path, problem: str, completion: str, right: bool) -> None:
    assert judged(mathvista, "mathvista", completion, problem) is right


FLOATS = st.floats(min_value=-1e6, max_value=1e6)


@settings(max_examples=50)
@given(FLOATS, st.integers(min_value=0, max_value=4))
def test_a_float_is_right_if_it_rounds_to_the_answer(number: float, places: int) -> None:
    problem = Problem("1", "float", "How much?", str(round(number, places)), facts={"precision": places})
    assert judge_mathvista(problem, f"It is {number!r}.\nAnswer: {number:.17f} cm").right
    assert not judge_mathvista(problem, f"Answer: {number + 1.1 * 10**-places:.17f}").right


@settings(max_examples=50)
@given(st.integers(min_value=-(10**9), max_value=10**9), st.floats(min_value=0, max_value=0.99))
def test_an_integer_is_cut_towards_zero(number: int, beyond: float) -> None:
    assume(number != 0)
    problem = Problem("1", "integer", "How many?", str(number))
    assert judge_mathvista(problem, f"Answer: {number:,}").right
    assert judge_mathvista(problem, f"Answer: {number + (beyond if number > 0 else -beyond):.6f}").right
    assert not judge_mathvista(problem, f"Answer: {number + 1}").right


@settings(max_examples=50)
@given(st.text(max_size=8), st.text(max_size=8))
def test_edit_distance_is_a_distance(left: str, right: str) -> None:
    steps = edit_distance(left, right)
    assert steps == edit_distance(right, left)
    assert (steps == 0) is (left == right)
    assert abs(len(left) - len(right)) <= steps <= max(len(left), len(right))
    assert edit_distance(left + "a", right) <= steps + 1


def test_the_first_of_options_that_are_equally_near_counts() -> None:
    assert nearest_option("5 cm", ("30", "4 cm", "3 cm")) == "4 cm"
    assert nearest_option("B", ("30", "4 cm", "3 cm")) == "4 cm"


YES_NO, ANGLES, WORDS = ("Yes", "No"), ("60°", "45°"), ("5", "15", "not enough information")


@pytest.mark.parametrize(
    ("completion", "options", "meant", "how"),
    [
        ("The answer is No, not Yes.", YES_NO, None, "several answers"),
        ("Answer: not Yes", YES_NO, None, "negated option"),
        ("It isn't Yes", YES_NO, None, "negated option"),
        ("Answer: 60° (not 45°)", ANGLES, None, "several answers"),
        ("Answer: 60° or so", ANGLES, None, "several answers"),
        ("Answer: it is 60°, I am sure of it", ANGLES, "60°", "named option"),
        ("I would say no here, all in all", YES_NO, "No", "named option"),
        ("Answer: it is about 45 degrees", ANGLES, None, "no option"),  # no text of an option, and long
        ("Answer: 45^o", ANGLES, "45°", "nearest option"),
        ("Answer: the 15 of them", WORDS, "15", "named option"),
        ("Answer: there is not enough information here", WORDS, "not enough information", "named option"),
        ("Answer: it is -5 or 2.5 or 5/2", WORDS, None, "several answers"),
        ("Answer: not (A)", ANGLES, None, "negated option"),
        ("Answer: that of (A)", ANGLES, "60°", "named option"),
        ("Answer: A or B", ANGLES, None, "several answers"),
        ("Answer: yess", YES_NO, "Yes", "nearest option"),
    ],
)
def test_a_phrase_means_the_one_option_that_it_names(
    completion: str, options: tuple[str, ...], meant: str | None, how: str
) -> None:
    for place, option in enumerate(options):
        found = judge_mathvista(Problem("1", "choice", "Which?", option, options, "ABC"[place]), completion)
        assert (found.given, found.how, found.right) == (meant, how, option == meant)


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(["Yes", "No", "60°", "45 cm", "a cup", "x+1"]), min_size=2, max_size=4, unique=True),
    st.sampled_from(["{}, not {}", "not {} but {}", "{} (and no {})", "either {} or {}", "{} rather than {}"]),
)
def test_a_phrase_of_two_options_earns_with_none(options: list[str], phrase: str) -> None:
    said = phrase.format(options[0], options[1])
    for place, option in enumerate(options):
        problem = Problem("1", "choice", "Which?", option, tuple(options), "ABCD"[place])
        found = judge_mathvista(problem, f"Answer: {said}")
        assert (found.right, found.given) == (False, None)


def test_nothing_that_is_said_is_nearest_to_no_option() -> None:
    problem = Problem("1", "choice", "Which?", "x", ("a long one", "x"), "B")
    for completion in ("...", "<think>It is x.</think>", "?" * 300):
        assert not judge_mathvista(problem, completion).right
    assert judge_mathvista(problem, "?").right  # officially the shortest option is the nearest


def test_edit_distance_counts_the_three_steps() -> None:
    assert [edit_distance("kitten", "sitting"), edit_distance("", "ab"), edit_distance("ab", "ba")] == [3, 2, 2]


@pytest.mark.parametrize(
    ("problem", "completion", "right"),
    [
        ("1", "Answer: 6", True),
        ("1", "so \\boxed{\\frac{12}{2}}", True),
        ("1", "Answer: 6.004", True),
        ("1", "Answer: 6.01", False),
        ("1", "Answer: about 6 of them", True),
        ("1", "Answer: 6x", False),
        ("1", "Answer: 6 + x", False),
        ("1", "Answer: 6 x", False),
        ("1", "Answer: 6 x^2", False),
        ("1", "Answer: the area is 6 m^2", True),
        ("1", "The area is 6 cm^2 in all", True),
        ("1", "Answer: some 5 2/2 or 12/2", False),
        ("1", "Answer: about 12/2 of them", True),
        ("1", "Answer: .6", False),
        ("2", "Answer: b", True),
        ("2", "Answer: F", False),
        ("2", "Answer: A or B", False),
        ("2", "Answer: A, no.\nAnswer: B", True),
        ("3", "Answer: D", True),
        ("3", "Answer: \\sqrt{2}", True),
        ("3", "Answer: 1.414", True),
        ("3", "Answer: 1", False),
        ("4", "Answer: (1,2.0)", True),
        ("4", "Answer: (2, 1)", False),
        ("5", "Answer: (C)", True),
        ("5", "Answer: D", False),
    ],
)
def test_mathvision(mathvision: Path, problem: str, completion: str, right: bool) -> None:
    assert judged(mathvision, "mathvision", completion, problem) is right


def test_mathverse_is_the_mean_over_the_five_versions_and_text_alone_stands_apart(mathverse: Path) -> None:
    found = read("mathverse", mathverse)
    completions = answered_rightly(found) | {"1/Vision Only": "Answer: A", "1/Text Only": "Answer: A"}
    completions["2/Text Lite"] = "Answer: 13 cm"
    del completions["2/Vision Only"]
    figures = score(found, completions).figures
    mean = figures["mean of the five versions"]
    assert mean.accuracy == pytest.approx((4 / 5 + 3 / 5) / 2)
    assert (mean.n, mean.interval) == (2, wilson_interval(mean.accuracy, 2))  # two problems, not ten
    assert figures["Text Only"].accuracy == 0
    groups = score(found, completions).groups["version"]
    assert {name: row.accuracy for name, row in groups.items()} == {
        "Text Dominant": 1,
        "Text Lite": 0.5,
        "Vision Intensive": 1,
        "Vision Dominant": 1,
        "Vision Only": 0,
        "Text Only": 0,
    }


def test_mathverse_has_no_mean_unless_all_versions_are_there(mathverse: Path) -> None:
    found = read("mathverse", mathverse)
    part = found.with_problems(tuple(entry for entry in found.problems if entry.name != "1/Text Lite"))
    figure = score(part, answered_rightly(part)).figures["mean of the five versions"]
    assert (figure.accuracy, figure.interval, figure.n) == (None, None, 0)


def test_a_choice_of_several_letters_wants_them_all(mathverse: Path) -> None:
    path = mathverse / "testmini_text_only.json"
    path.write_text(path.read_text().replace('"answer": "B"', '"answer": "C\\nD"'))
    for completion, right in (("Answer: D and C", True), ("Answer: C", False), ("Answer: C, D", True)):
        assert judged(mathverse, "mathverse", completion, "1/Text Only") is right


def test_hallusionbench_counts_questions_figures_and_pairs(hallusionbench: Path) -> None:
    found = read("hallusionbench", hallusionbench)
    completions = answered_rightly(found) | {
        "VD/illusion/0/1/1": "Answer: yes",  # wrong: gold is no
        "VS/map/3/0/0": "I cannot tell.",  # right: without its figure
        "VS/map/3/2/0": "Unclear.",  # wrong: there is a figure
    }
    figures = {name: figure for name, figure in score(found, completions).figures.items()}
    assert figures["aAcc"].accuracy == pytest.approx(5 / 7)
    # figures: VD 0 right, VD 1 has one wrong, VS 1 right, VS 2 wrong; VS 0 is none
    assert (figures["fAcc"].accuracy, figures["fAcc"].n) == (1 / 2, 4)
    # pairs: VD question 0 right, VD question 1 wrong, VS question 0 wrong
    assert (figures["qAcc"].accuracy, figures["qAcc"].n) == (pytest.approx(1 / 3), 3)
    assert figures["aAcc VS"].accuracy == pytest.approx(2 / 3)
    assert figures["fAcc VD"].accuracy == 1 / 2
    assert (figures["qAcc easy"].accuracy, figures["qAcc hard"].accuracy) == (1, pytest.approx(1 / 3))


def test_silence_without_a_figure_is_not_the_admission_that_it_is_unclear(hallusionbench: Path) -> None:
    found = read("hallusionbench", hallusionbench)
    unclear = score(found, {problem.name: "Answer: unclear" for problem in found.problems})
    assert unclear.figures["aAcc"].accuracy == pytest.approx(1 / 7)
    assert unclear.groups["category"]["VS"] == unclear.figures["aAcc VS"]
    other = score(found, {problem.name: "It shows a road." for problem in found.problems})
    assert other.figures["aAcc"].accuracy == 0
    assert unclear.figures["fAcc"].accuracy == 0
    completions = answered_rightly(found)
    del completions["VS/map/3/0/0"]
    assert score(found, completions).figures["aAcc"].accuracy == pytest.approx(6 / 7)


def test_geometry3k_by_value_and_by_the_nearest_option(geometry_folders: Path) -> None:
    found = read("geometry3k", geometry_folders)

    def both(completion: str) -> tuple[float, float]:
        figures = score(found, {"9": completion}).figures
        return 2 * figures["accuracy"].accuracy, 2 * figures["nearest option (Inter-GPS)"].accuracy - 1 / 4

    assert both("Answer: B") == (1, 1)
    assert both("Answer: 12") == (1, 1)
    assert both("Answer: 12.8") == (0, 1)  # nearest to the right option, but not its value
    assert both("Answer: 13.5") == (0, 1)  # as near to 15: officially the right option wins
    assert both("Answer: 14") == (0, 0)
    assert both("Answer: C") == (0, 0)
    assert both("I give up, sorry") == (0, 1 / 4)
    figures = score(found, {"10": "Answer: 3.1"}).figures  # one of its options has no value
    assert figures["nearest option (Inter-GPS)"].accuracy == pytest.approx((1 / 4 + 0) / 2)


def test_geometry3k_asked_freely_takes_no_letter(geometry_table: Path) -> None:
    found = free_response(read("geometry3k", geometry_table))
    figures = score(found, {"9": "Answer: B", "10": "Answer: 29.732"}).figures
    assert {name: figure.accuracy for name, figure in figures.items()} == {"accuracy": 0.5}
    assert score(found, {"9": "Answer: 12", "10": "Answer: 2\\sqrt{221}"}).figures["accuracy"].accuracy == 1


def test_mmk12_by_letter_and_subject(mmk12: Path) -> None:
    found = read("mmk12", mmk12)
    result = score(found, {"u1": "Answer: vinegar", "u2": "Answer: C", "u3": "Answer: A", "x": "Answer: A"})
    assert result.figures["accuracy"].accuracy == pytest.approx(2 / 3)
    assert {name: row.accuracy for name, row in result.groups["subject"].items()} == {"chemistry": 1, "math": 0.5}
    assert result.unknown == ("x",)
    assert result.figures["accuracy"].interval == wilson_interval(2 / 3, 3)
    train = read("mmk12", mmk12, split="train")
    assert score(train, {"t1": "Answer: 1.5", "t2": "Answer: B"}).figures["accuracy"].accuracy == 1


def test_the_constant_is_the_most_frequent_answer_of_each_kind(mathvision: Path, mmk12: Path) -> None:
    found = read("mathvision", mathvision)
    most, completions = constant(found)
    assert most == {"value": "(1, 2)", "choice": "B"}  # each answer is there once: the first in order
    assert score(found, completions).figures["accuracy"].accuracy == 2 / 5
    assert chance(found.problems) == pytest.approx(1 / 5)
    assert chance(read("mmk12", mmk12).problems) == pytest.approx((1 / 2 + 1 / 3) / 2)  # options of the third unknown
    assert chance(read("mmk12", mmk12, split="train").problems[:1]) is None


def test_completions_of_another_set_are_refused(mmk12: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"none of the 2 ids is one of mmk12, split test: the first is '1', there"):
        score(read("mmk12", mmk12), {"1": "Answer: A", "2": "Answer: B"})
    assert score(read("mmk12", mmk12), {}).unanswered == 3


def test_of_two_options_of_one_value_the_right_one_is_meant() -> None:
    problem = Problem("1", "choice", "How many?", "B", ("5", "5.0", "6"), "B")
    assert judge(problem, "Answer: 5.00").right
    assert not judge(problem, "Answer: 6.00").right
    assert not judge(problem, "Answer: 5").right  # the text of the first
