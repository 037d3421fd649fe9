r"""MathVista's rule on a choice that is not given by letter: the option nearest to a short answer by edit distance.

Officially a language model shortens a completion first, so that a phrase never reaches the edit distance. Here a phrase
that names exactly one option, by its text or its letter in brackets, chooses it. One that names several options ("No,
not Yes"), or that negates ("not Yes"), or that offers one of several ("Yes or so"), has no answer. The distance stands
for what names no option and is at most twice as long as the longest option.
"""

import re
from collections.abc import Sequence

from realscale.reasoning.benchmarks.extraction import Given
from realscale.reasoning.benchmarks.problems import LETTERS

LONGER = 2  # how many times as long as the longest option an answer may be
_NEGATED = re.compile(
    r"\b(?:not|no|never|nor|neither|none|except|without|(?:rather|other) than|instead of|cannot)\b|n['’]t\b",
    re.IGNORECASE,
)
_OFFERED = re.compile(r"\bor\b", re.IGNORECASE)
_BRACKETED = re.compile(r"\(([A-Za-z])\)")


def option_meant(text: str, options: Sequence[str]) -> Given:
    """The text of the option that a text means, and how that was found."""
    named, rest = _named(text, options)
    if len(named) > 1:
        return Given(None, "several answers")
    if _NEGATED.search(rest):
        return Given(None, "negated option")
    if _OFFERED.search(rest):
        return Given(None, "several answers")
    if named:
        return Given(named[0], "named option")
    if len(text) > LONGER * max(map(len, options)):
        return Given(None, "no option")
    return Given(nearest_option(text, options), "nearest option")


def _named(text: str, options: Sequence[str]) -> tuple[list[str], str]:
    """The options whose texts or letters stand in a text, and the text without them; longer ones are sought first."""
    found: dict[str, None] = {}
    for option in sorted(options, key=len, reverse=True):
        if option.strip():
            pattern = _whole(option.strip())
            if pattern.search(text):
                found[option] = None
                text = pattern.sub(" , ", text)
    for letter in _BRACKETED.findall(text):
        if (place := LETTERS.index(letter.upper())) < len(options):
            found[options[place]] = None
    return list(found), text


def _whole(option: str) -> re.Pattern[str]:
    """An option as words of their own, not "5" of "15", "-5", "2.5" or "5/2"; a letter alone in its own case only."""
    before = r"(?<!\w)(?<!\d[.,/])" + (r"(?<![-+.\N{MINUS SIGN}/^])" if option[0].isdigit() else "")
    words = r"\s+".join(map(re.escape, option.split()))
    return re.compile(rf"{before}{words}(?!\w)(?![.,/^]\d)", re.IGNORECASE if len(option) > 1 else 0)


def nearest_option(text: str, options: Sequence[str]) -> str:
    """The option at the least edit distance from a text, the first of several; a letter of the options is its own."""
    if text in tuple(LETTERS[: len(options)]):
        return options[LETTERS.index(text)]
    return min(options, key=lambda option: edit_distance(text, option))


def edit_distance(left: Sequence[str], right: Sequence[str]) -> int:
    """Levenshtein's: the fewest insertions, deletions and replacements that turn one into the other."""
    row = list(range(len(right) + 1))
    for above, mine in enumerate(left, start=1):
        diagonal, row[0] = row[0], above
        for place, theirs in enumerate(right, start=1):
            diagonal, row[place] = row[place], min(diagonal + (mine != theirs), row[place] + 1, row[place - 1] + 1)
    return row[-1]
