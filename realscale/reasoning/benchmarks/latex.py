r"""The number that a LaTeX expression is, and whether two answers are the same text or the same number at 2 decimals.

Only numbers are evaluated: digits, + - * / ^, brackets, \frac, \sqrt, \pi and products without a sign. A letter or any
other command makes an expression no number; nothing is executed.
"""

import math
import re

from realscale.reasoning.tasks.verification import normalised

LONGEST = 200  # characters of an expression that is evaluated
DECIMALS = 2
_COMMANDS = {r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\left": "", r"\right": "", r"\cdot": "*", r"\times": "*"}
_COMMANDS |= {r"\div": "/", r"\%": "", "%": "", "$": "", r"\!": "", r"\,": "", r"\;": "", r"\ ": " ", "~": " "}
_COMMANDS |= {r"^{\circ}": "", r"^\circ": "", r"\circ": "", "°": "", "π": r"\pi", "×": "*", "÷": "/", "·": "*"}
_COMMANDS |= {"\N{MINUS SIGN}": "-", "√": r"\sqrt", r"\(": "", r"\)": "", r"\[": "", r"\]": ""}
_WRAPPED = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s*\{([^{}]*)\}")
# a point before a digit belongs to a number: ".5" is not 5; several are an ellipsis
_BEFORE = re.compile(r"(?:[\s,;:!*_`'\"$]|\.{2,}|\.(?!\d))*")
_BEHIND = " \t\r\n.,;:!*_`'\"$"
_MIXED = re.compile(
    r"(?<![\w.^}/\\])(?<!\d )(\d+)(?: (\d+) ?/ ?(\d+)| ?\\frac ?(?:\{ ?(\d+) ?\} ?\{ ?(\d+) ?\}|(\d)(\d)))(?![\d/])"
)
_TOKEN = re.compile(r"\s*(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+|\\(?:frac|sqrt|pi)|[-+*/^()\[\]{},])")
_METRES = r"met(?:er|re)s?"
_UNITS = {
    "mm": "mm",
    "cm": f"cm|centi{_METRES}",
    "m": f"m|{_METRES}",
    "km": f"km|kilo{_METRES}",
    "inch": "in|inch(?:es)?",
    "foot": "ft|foot|feet",
    "yard": "yds?|yards?",
    "mile": "mi|miles?",
    "g": "g|grams?",
    "kg": "kg|kilograms?",
    "second": "s|sec|seconds?",
    "minute": "min|minutes?",
    "hour": "h|hrs?|hours?",
    "day": "days?",
    "year": "years?",
    "": "units?|degrees?|dollars?|percent",  # as good as none: often left out, as their signs are
}
_NAMED = "|".join(f"(?P<u{place}>{pattern})" for place, pattern in enumerate(_UNITS.values()))
_MEASURE = (
    rf"(?<=[\d}}) ])\s*(?<![A-Za-z])(?:(?P<square>square|sq\.?)|(?P<cubic>cubic|cu\.?))?\s*(?:{_NAMED})\.?\s*"
    r"(?:\^?\{?(?P<power>[23])\}?|(?P<squared>²)|(?P<cubed>³))?"
)
_UNIT = re.compile(_MEASURE + r"\s*$")
MEASURE = re.compile(_MEASURE + r"(?![\w^])")  # a unit with its power behind a number, wherever it stands


def value(text: str) -> float | None:
    r"""The number that a text is, its unit and what stands before its last "=" apart; None if it is none.

    A whole number beside a fraction below 1 of whole numbers is a mixed number: "2 1/2" and "2\frac{1}{2}" are 2.5.
    """
    number = normalised(text)
    if not isinstance(number, str):
        return float(number)
    if len(text) > LONGEST:
        return None
    plain = _plain(text)
    try:
        parser = _Parser(_MIXED.sub(_sum, " ".join(_UNIT.sub("", plain).split())))
        found = parser.sum()
    except (ValueError, ZeroDivisionError, OverflowError, RecursionError):
        return None
    return found if parser.at_end() and math.isfinite(found) else None


def same(left: str, right: str) -> bool:
    """Whether two answers are one text, or one number at 2 decimals; "(1, 2)" is compared entry by entry.

    Spaces, case, dollars and degrees apart, and a unit that one of them leaves out: "12 cm" is "12" but not "12 m".
    """
    if not left.strip() or not right.strip():
        return False
    if _bare(left) == _bare(right):
        return True
    units = _unit(left), _unit(right)
    if all(units) and units[0] != units[1]:
        return False
    first, second = _entries(left), _entries(right)
    if len(first) != len(second) or (len(first) > 1 and left.strip()[0] != right.strip()[0]):
        return False
    pairs = [(value(one), value(other)) for one, other in zip(first, second, strict=True)]
    return all(a is not None and b is not None and round(a, DECIMALS) == round(b, DECIMALS) for a, b in pairs)


def _plain(text: str) -> str:
    """Without dollars, degrees and spacing commands, and only what stands after the last "=" or approximation."""
    text = re.sub(r"√\s*([\d.]+)", r"\\sqrt{\1}", text)
    for command, instead in _COMMANDS.items():
        text = text.replace(command, instead)
    text = _WRAPPED.sub(r" \1", text)
    text = re.split(r"=|\\approx|≈", text)[-1]
    text = re.sub(r"(?<=\d)\s?x\s?(?=10\s?\^)", "*", text)
    return unpunctuated(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text))


def unpunctuated(text: str) -> str:
    """Without spaces, punctuation, quotes and dollars around it; the point that a number begins with stays."""
    return text[_BEFORE.match(text).end() :].rstrip(_BEHIND)  # type: ignore[union-attr]  # it matches nothing at least


def _sum(mixed: re.Match[str]) -> str:
    """A mixed number as a sum; a fraction of 1 or more is none of a mixed number's, and left as it stands."""
    whole, top, bottom = (found for found in mixed.groups() if found is not None)
    return f"({whole}+{top}/{bottom})" if int(top) < int(bottom) else mixed[0]


def _unit(text: str) -> tuple[str, str] | None:
    """Name and power of the unit that a text ends with; None if it has none, or one that is as good as none."""
    found = _UNIT.search(_plain(text)) if len(text) <= LONGEST else None
    if found is None:
        return None
    name = next(name for place, name in enumerate(_UNITS) if found[f"u{place}"])
    square, cubic = found["square"] or found["squared"], found["cubic"] or found["cubed"]
    return (name, found["power"] or ("2" if square else "3" if cubic else "1")) if name else None


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", _plain(text)).casefold()


def _entries(text: str) -> list[str]:
    """The parts of a pair, tuple or list in brackets; anything else is one part."""
    plain = text.strip().strip("$")
    if len(plain) > 2 and (plain[0], plain[-1]) in (("(", ")"), ("[", "]")) and "," in plain:
        return plain[1:-1].split(",")
    return [plain]


class _Parser:
    """Recursive descent over sum, product, power and atom; anything else is a ValueError."""

    def __init__(self, text: str) -> None:
        self._tokens, place = [], 0
        while place < len(text):
            token = _TOKEN.match(text, place)
            if token is None:
                raise ValueError("no number")
            self._tokens.append(token[1])
            place = token.end()
        self._place = 0

    def at_end(self) -> bool:
        return self._place == len(self._tokens)

    def _next(self) -> str:
        return "" if self.at_end() else self._tokens[self._place]

    def _take(self, *expected: str) -> str:
        token = self._next()
        if token not in expected:
            raise ValueError(f"{token!r} where one of {expected} was expected")
        self._place += 1
        return token

    def sum(self) -> float:
        total = self._product()
        while self._next() in ("+", "-"):
            sign = self._take("+", "-")
            term = self._product()
            total = total + term if sign == "+" else total - term
        return total

    def _product(self) -> float:
        sign = 1.0
        while self._next() in ("+", "-"):
            sign = -sign if self._take("+", "-") == "-" else sign
        total = self._power()
        while (token := self._next()) and (token in "*/({" or token.startswith("\\") or token[0].isdigit()):
            if token in ("*", "/"):
                self._take("*", "/")
            elif token[0].isdigit() and self._tokens[self._place - 1][-1].isdigit():
                raise ValueError("two numbers beside each other")
            factor = self._power()
            total = total / factor if token == "/" else total * factor
        return sign * total

    def _power(self) -> float:
        base = self._atom()
        if self._next() != "^":
            return base
        self._take("^")
        sign = -1.0 if self._next() == "-" and self._take("-") else 1.0
        found = base ** (sign * self._atom())
        if isinstance(found, complex):
            raise ValueError("no real number")
        return found

    def _atom(self) -> float:
        token = self._next()
        if token in ("(", "[", "{"):
            return self._closed(token)
        if token == r"\frac":
            self._take(token)
            numerator = self._argument()
            return numerator / self._argument()
        if token == r"\sqrt":
            self._take(token)
            degree = self._closed("[") if self._next() == "[" else 2.0
            root = self._argument() ** (1 / degree)
            if isinstance(root, complex):
                raise ValueError("no real number")
            return root
        self._place += 1
        if token == r"\pi":
            return math.pi
        return float(token)

    def _closed(self, opening: str) -> float:
        self._take(opening)
        found = self.sum()
        self._take({"(": ")", "[": "]", "{": "}"}[opening])
        return found

    def _argument(self) -> float:
        r"""Of \frac and \sqrt: in braces, or one digit each as in \frac12."""
        token = self._next()
        if len(token) > 1 and token.isdigit():
            self._tokens[self._place : self._place + 1] = list(token)
        return self._atom()
