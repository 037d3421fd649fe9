r"""The verifier: the last "Answer: X" or \boxed{X} of a completion, compared as number or words, without a model."""

import re
from fractions import Fraction

_MARK = re.compile(r"\\boxed\s*\{|\banswer[ \t*_]*:[ \t*_]*", re.IGNORECASE)
# what may stand around an answer: spaces, marks of emphasis, quotes, dollars of LaTeX; behind it the end of a sentence
_AROUND = " \t\r\n*_`'\"$"
_BEHIND = _AROUND + ".,;!"
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# lengths are bounded, because a policy may write any number of digits
_NUMBER = re.compile(r"([+-]?)(\d{0,100}\.\d{1,100}|\d{1,100}\.?)(?:/(\d{1,100}))?")


def extracted(completion: str) -> str | None:
    r"""The answer that a completion gives: what its last "Answer: X" (to the end of the line) or \boxed{X} says.

    The last one counts, because a policy that names several answers must not earn with the best one. None if there is
    none, or if the last one is empty or its brace is never closed.
    """
    found = _last(completion)
    return None if found is None else _bare(completion[found[1] : found[2]]) or None


def steps(completion: str) -> str:
    """What a completion says beside the answer that counts: the text before its mark, and the lines after it."""
    found = _last(completion)
    return completion if found is None else f"{completion[: found[0]]}\n{completion[found[2] :]}"


def verify(completion: str, answer: str) -> bool:
    """Whether the extracted answer is the given one: equal as numbers, else equal in words, case and spaces apart.

    "1,000", "1000.0" and "+1000" are one number, "1/2" and "0.5" another; "two" is 2. No tolerance: 0.33 is not 1/3.
    """
    found = extracted(completion)
    return found is not None and normalised(found) == normalised(answer)


def normalised(text: str) -> Fraction | str:
    """The number that a text is, or its words in lower case with single spaces."""
    plain = " ".join(_bare(text).replace("\N{MINUS SIGN}", "-").casefold().split())
    if plain in _NUMBERS:
        return Fraction(_NUMBERS.index(plain))
    number = _NUMBER.fullmatch(_THOUSANDS.sub("", plain))
    if not number or (number[3] and not int(number[3])):
        return plain
    return Fraction(number[1] + number[2]) / int(number[3] or 1)


def _bare(text: str) -> str:
    return text.lstrip(_AROUND).rstrip(_BEHIND)


def _last(text: str) -> tuple[int, int, int] | None:
    """Where the last mark begins, and from where to where its answer goes; a brace that is not closed holds nothing."""
    marks = list(_MARK.finditer(text))
    if not marks:
        return None
    start, inside = marks[-1].span()
    if not marks[-1][0].startswith("\\"):
        return start, inside, (text + "\n").index("\n", inside)
    depth = 1
    for place in range(inside, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return start, inside, place
    return start, inside, inside
