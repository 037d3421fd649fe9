"""Whether a completion answers a problem rightly: each set's comparison, after an extraction by rules."""

import math
import re
from dataclasses import dataclass

from realscale.reasoning.benchmarks.extraction import How, chosen, number, numbers, stated, taken, yes_or_no
from realscale.reasoning.benchmarks.latex import same, value
from realscale.reasoning.benchmarks.nearest import option_meant
from realscale.reasoning.benchmarks.problems import LETTERS, Problem
from realscale.reasoning.benchmarks.quantities import beside

LINE = 200  # characters of the longest text that is compared with an answer as a whole
_NO_EXPRESSION = re.compile(r"(?![^\n]*(?<![A-Za-z])[A-Za-z](?![A-Za-z]))[^\\^+*/=\n]*")


@dataclass(frozen=True)
class Judged:
    """Whether it is right, what was taken for the answer (None: nothing), and how that was found."""

    right: bool
    given: str | None
    how: How


def judge(problem: Problem, completion: str) -> Judged:
    """A choice by letter, option text or value of its option; a value as the same text or number at 2 decimals.

    The comparison of MATH-Vision's scorer; of the other sets a model judges officially, or an answer is a letter alone.
    Several letters are wrong unless all of them, and no more, are asked for.
    """
    return _choice(problem, completion) if problem.kind == "choice" else _value(problem, completion)


def judge_hallusionbench(problem: Problem, completion: str) -> Judged:
    """Yes or no as the answer has it; that it is unclear is right of a question of VS without its figure alone.

    Officially a language model marks right, wrong or unclear, and reads answers in other words too.
    """
    given = yes_or_no(completion)
    admitted = given.answer == "unclear" and problem.facts["without_figure"]
    return Judged(given.answer == problem.answer or admitted, given.answer, given.how)


def _choice(problem: Problem, completion: str) -> Judged:
    given = chosen(completion, problem.options)
    if given.answer is not None:
        several = len(given.answer) > 1 and len(problem.letters) == 1
        how: How = "several answers" if several else given.how
        return Judged(sorted(given.answer) == sorted(problem.letters), given.answer, how)
    text, right = stated(completion), problem.right_option
    if text is not None and right is not None and same(right, text):  # two options of one text or value
        return Judged(True, problem.letters, "stated")
    return Judged(False, text, given.how)


def _value(problem: Problem, completion: str) -> Judged:
    text = _answer_as_a_whole(completion)
    how: How = "none" if text is None else taken(completion)[1]
    if text is not None and same(problem.answer, text):
        return Judged(True, text, how)
    if value(problem.answer) is not None and (text is None or _NO_EXPRESSION.fullmatch(beside(text))):
        given = number(completion)  # "about 12 cm long"
        if given.answer is not None:
            return Judged(same(problem.answer, given.answer), given.answer, given.how)
        how = given.how
    return Judged(False, text, how)


def _answer_as_a_whole(completion: str) -> str | None:
    """What is stated, else the whole of a completion of one line; None if there is nothing or it is long."""
    text = taken(completion)[0]
    return None if not text or len(text) > LINE or "\n" in text else text


def judge_mathvista(problem: Problem, completion: str) -> Judged:
    """MathVista's official rule on what the rules here extract: the prediction is normalised, then string equality.

    A choice becomes the text of its option: that of a letter, of the one option that is named, or for a short answer
    that names none of the option at the least edit distance, the first of several. Several options, or a negated one,
    are no answer: counted as unanswered. An integer is cut, not rounded; a float is rounded to the problem's decimals;
    a list is compared as it is written. Silence is wrong; officially it is the shortest option.
    """
    if problem.kind == "choice":
        return _mathvista_choice(problem, completion)
    given = numbers(completion) if problem.kind == "list" else number(completion)
    prediction = None if given.answer is None else _normalised(given.answer, problem)
    return Judged(prediction == problem.answer, prediction, given.how)


def _mathvista_choice(problem: Problem, completion: str) -> Judged:
    given = chosen(completion, problem.options)
    if given.answer is not None and len(given.answer) > 1:
        return Judged(False, None, "several answers")
    if given.answer is not None:
        prediction = problem.options[LETTERS.index(given.answer)]
        return Judged(prediction == problem.answer, prediction, given.how)
    text = _answer_as_a_whole(completion)
    if text is None:
        return Judged(False, None, "none")
    meant = option_meant(text, problem.options)
    return Judged(meant.answer == problem.answer, meant.answer, meant.how)


def _normalised(given: str, problem: Problem) -> str | None:
    if problem.kind == "list":
        return given
    read = float(given)
    if not math.isfinite(read):
        return None
    return str(int(read)) if problem.kind == "integer" else str(round(read, problem.facts["precision"]))
