r"""What a completion answers, by rules alone; the official scorers of most sets ask a language model instead.

What is *stated* counts first: the last "Answer: X" or \boxed{X}, else what follows the last "the answer is". A later
statement overrules an earlier one, and one that names several answers gives none. Without a statement the whole of a
completion counts if it is an answer, then a letter that it begins or ends with or has last in brackets, or its last
number. What stands before </think> counts nothing, and of an <answer> only what it holds.
"""

import re
from dataclasses import dataclass
from typing import Literal

from realscale.reasoning.benchmarks.latex import same, unpunctuated, value
from realscale.reasoning.benchmarks.problems import LETTERS
from realscale.reasoning.benchmarks.quantities import quantities
from realscale.reasoning.tasks.verification import extracted

How = Literal[
    "stated",
    "whole completion",
    "loose letter",
    "last number",
    "named option",
    "nearest option",
    "negated option",
    "several answers",
    "no option",
    "none",
]

_PHRASE = re.compile(
    r"\b(?:answer|option|choice)\s+(?:is|was|(?:should|would|must|will)\s+be)\s*:?\s*(.+?)(?=\.\s|\.?\s{0,9}$|\n)",
    re.IGNORECASE | re.MULTILINE,
)
_LONE = re.compile(r"(?:option\s+|choice\s+)?[(\[]?\s*([A-Za-z])\s*[)\]]?", re.IGNORECASE)
_LEADING = re.compile(
    r"(?:option\s+|choice\s+)?(?:\(([A-Za-z])\)|\[([A-Z])\]|([A-Z])(?=[.:),]|\s+(?:because|since|as|for|so|is)\b))",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"(?<![A-Za-z])\(?([A-Z])\)?(?:\s*(?:,|;|/|&|or|and)\s*\(?([A-Z])\)?)+(?![A-Za-z])")
_TRAILING = re.compile(r"(?<!\bnot)\s([A-Z])\.?\s*\Z")
_BRACKETED = re.compile(r"(?<!\bnot )\(([A-Z])\)")
_WRAPPED = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s*\{([^{}]*)\}")
# "no" may also begin a sentence on something that is not there: "No picture is given"
_FIRST = re.compile(
    r"\W*(yes|no)\b(?=\s*(?:$|[^\w\s])|\s+(?:it|th(?:is|at|ey|e|ere|ese|ose)|he|she|we|you|i|because|since)\b)",
    re.IGNORECASE,
)
_UNCLEAR = re.compile(
    r"\b(?:unclear|unsure|uncertain|unknown|unable|not (?:sure|clear|certain|possible|enough|given|provided)|"
    r"can ?not|can't|couldn't|(?:do not|don't) know|insufficient|impossible to)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Given:
    """What a completion answers (None: nothing that counts), and how that was found."""

    answer: str | None
    how: How


def stated(completion: str) -> str | None:
    """The answer that a completion states; None if it states none."""
    text = _said(completion)
    found = extracted(text)
    if found is None:
        phrases = _PHRASE.findall(text)
        found = unpunctuated(phrases[-1]) if phrases else None
    return _WRAPPED.sub(r"\1", found).strip() or None if found else None


def _said(completion: str) -> str:
    """The last <answer>, if there is one, else what follows the last </think>: what is thought is not said."""
    said = completion.rpartition("</think>")[2]
    end = said.rfind("</answer>")
    start = said.rfind("<answer>", 0, max(end, 0))
    return said[start + len("<answer>") : end] if start >= 0 else said


def taken(completion: str) -> tuple[str, How]:
    """What a completion states, else the whole of what it says, without the marks around it."""
    found = stated(completion)
    return (unpunctuated(_said(completion)), "whole completion") if found is None else (found, "stated")


def chosen(completion: str, options: tuple[str, ...]) -> Given:
    """The letters of the options that a completion chooses, in order; options may be unknown, then any letter is one.

    A letter, alone or at the beginning as in "(B) 30"; else the text of exactly one option, or a number that exactly
    one option is; "A or B" is several answers. A letter that is none of the options' is no option.
    """
    text, how = taken(completion)
    letters = _letters(text, options)
    if letters is None and how != "stated":
        loose = [lone[1].upper()] if (lone := _LONE.fullmatch(text.split("\n", 1)[0])) else []
        loose = loose or _TRAILING.findall(text) or _BRACKETED.findall(text)
        if loose:
            letters, how = loose[-1], "loose letter"
    if letters is None:
        return Given(None, "no option" if how == "stated" else "none")
    if options and any(LETTERS.index(letter) >= len(options) for letter in letters):
        return Given(None, "no option")
    return Given(letters, how)


def _letters(text: str, options: tuple[str, ...]) -> str | None:
    lone = _LONE.fullmatch(text)
    named = lone is not None and (not options or LETTERS.index(lone[1].upper()) < len(options))
    if lone and named and not (lone[1].islower() and text in options):  # options may be letters: "x", "y"
        return lone[1].upper()
    alike = [place for place, option in enumerate(options) if option.strip().casefold() == text.casefold()]
    alike = alike or [place for place, option in enumerate(options) if same(option, text)]
    if len(alike) == 1:
        return LETTERS[alike[0]]
    if lone:
        return lone[1].upper()
    if several := _SEVERAL.match(text):
        return "".join(sorted(set(re.findall(r"(?<![A-Za-z])[A-Z](?![A-Za-z])", several[0]))))
    if leading := _LEADING.match(text):
        return next(letter for letter in leading.groups() if letter).upper()
    return None


def number(completion: str) -> Given:
    """The number that a completion gives, as Python writes it; a fraction or another LaTeX number is evaluated.

    A statement that holds several numbers is several answers, unless it is one expression. The exponent of a unit is
    no number, and a mixed number or a power of ten one: "12 cm^2" is 12, "2 1/2 cups" 2.5, "3 x 10^4" 30000.
    """
    text, how = taken(completion)
    whole = value(text)
    if whole is not None:
        return Given(repr(whole), how)
    numbers = quantities(text)
    if not numbers:
        return Given(None, "none")
    if how == "stated" and len(set(numbers)) > 1:
        return Given(None, "several answers")
    return Given(numbers[-1], how if how == "stated" else "last number")


_LIST = re.compile(r"\[\s*[-+]?[\d.]+(?:\s*,\s*[-+]?[\d.]+)*\s*\]")


def numbers(completion: str) -> Given:
    """The last list of numbers of a completion, with spaces as Python writes them: "[1,2]" gives "[1, 2]"."""
    text, how = taken(completion)
    lists = _LIST.findall(text)
    if not lists:
        return Given(None, "none")
    written = "[" + ", ".join(entry.strip() for entry in lists[-1][1:-1].split(",")) + "]"
    return Given(written, how)


def yes_or_no(completion: str) -> Given:
    """Yes or no if a completion states or begins with it, unclear if it says so; a statement in other words is none."""
    text, how = taken(completion)
    if first := _FIRST.match(text):
        return Given(first[1].casefold(), how)
    return Given("unclear", how) if _UNCLEAR.search(text) else Given(None, "none")
