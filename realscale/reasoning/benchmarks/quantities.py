r"""The numbers that stand in a text: what is one number counts once, and an exponent or index of something else not.

"2 1/2", "1/2", "3 x 10^4", "10^{-3}", "2\sqrt{3}" and "\frac{1}{2}" are one number each; of "12 cm^2" the 2 is none.
"""

import re

from realscale.reasoning.benchmarks.latex import MEASURE, value

_DIGITS = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
_POWER = r" ?\^ ?(?:\{ ?[-+]?\d+(?:\.\d+)? ?\}|[-+]?\d+)"
_FRACTION = r"\\[dt]?frac ?(?:\{ ?\d+(?:\.\d+)? ?\} ?\{ ?\d+(?:\.\d+)? ?\}|\d\d)"
_TIMES = r" ?(?:x|×|·|\*|\\times|\\cdot) ?"
_ROOT = r"(?:\\sqrt ?\{ ?\d+(?:\.\d+)? ?\}|√ ?\d+(?:\.\d+)?)"
_QUANTITY = re.compile(
    rf"[A-Za-z)\]}}]{_POWER}|_\{{[^{{}}]*\}}"
    rf"|(?P<number>(?<![\w.])[-+]?(?:{_DIGITS}{_TIMES}10{_POWER}|{_DIGITS}{_POWER}|\d+ \d+ ?/ ?\d+(?![\d/.])"
    rf"|\d+ ?{_FRACTION}|{_FRACTION}|(?:{_DIGITS} ?)?{_ROOT}|(?<!/){_DIGITS} ?/ ?{_DIGITS}(?! ?/)"
    rf"|{_DIGITS} ?(?:\\pi\b|π)|{_DIGITS})(?!\w))"
)
_DIGITS_ALONE = re.compile(rf"[-+]?{_DIGITS}")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")


def quantities(text: str) -> list[str]:
    """The numbers of a text in order, digits as they stand without commas; what is evaluated as Python writes it.

    What has no value is the numbers it is made of ("1/0", "5 6/4"), and a power without one is none.
    """
    found: list[str] = []
    for match in _QUANTITY.finditer(_lowered(text)):
        written = (match["number"] or "").replace(",", "")
        evaluated = None if _DIGITS_ALONE.fullmatch(written) else value(written)
        if evaluated is not None:
            found.append(repr(evaluated))
        elif "^" not in written:
            found += _DIGITS_ALONE.findall(written)
    return found


def beside(text: str) -> str:
    """What a text says beside its numbers and their units."""
    said, place = [], 0
    text = _lowered(text)
    for match in _QUANTITY.finditer(text):
        if match["number"]:
            said.append(text[place : match.start()])
            unit = MEASURE.match(text, match.end())
            place = unit.end() if unit else match.end()
    return " ".join((*said, text[place:]))


def _lowered(text: str) -> str:
    """Raised digits as an exponent, one sign for each of minus and power, and single spaces within a line."""
    text = re.sub(r"[^\S\n]+", " ", text)
    text = _SUPERSCRIPT.sub(lambda raised: "^{" + raised[0].translate(_RAISED) + "}", text)
    return text.replace("\N{MINUS SIGN}", "-").replace("**", "^")
