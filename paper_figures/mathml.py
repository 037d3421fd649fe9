"""LaTeX formulas of the ledger as MathML Core, which browsers set without any script or font of ours."""

import re
from html import escape

from paper_figures.symbols import ACCENTS, ALPHABETS, FUNCTIONS, LARGE_OPERATORS, OPERATORS, SPACES, VARIABLES

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
_WORDS = {r"\text", r"\textrm", r"\texttt", r"\mathrm", r"\mathbf", r"\operatorname", r"\operatorname*"}
_FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac"}
_FENCES = frozenset("()[]{}|‖⟨⟩⌊⌋∣∥")  # these grow with their row unless told not to
_SIZED = re.compile(r"\\(left|right|[bB]igg?[lrm]?)")


class UnknownLatex(ValueError):
    """The formula uses LaTeX outside the subset; the message names the first piece that is not understood."""


def mathml(latex: str) -> str:
    r"""A `<math>` element for a formula (LaTeX without dollar signs).

    Understood: letters, numbers, relations, arrows, Greek, sub- and superscripts (limits under operators), `\frac`,
    `\sqrt`, accents, `\text`, `\operatorname`, `\mathbb`, `\mathcal`, `\left`/`\right`, spaces.

    Raises:
        UnknownLatex: anything else, unbalanced braces, a script without its argument.
    """
    atoms = _Parser(_TOKEN.findall(latex)).row(until=None)
    return f'<math display="block"><mrow>{"".join(atoms)}</mrow></math>'


class _Parser:
    """Recursive descent: a row is atoms, an atom is a symbol, a group or a command with its arguments."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.place = 0

    def peek(self) -> str | None:
        while self.place < len(self.tokens) and self.tokens[self.place].isspace():
            self.place += 1
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> str:
        token = self.peek()
        if token is None:
            raise UnknownLatex("the formula ends where an argument or a closing brace was expected")
        self.place += 1
        return token

    def row(self, until: str | None) -> list[str]:
        """Atoms with their scripts, up to the closing token (which is taken)."""
        atoms: list[str] = []
        while (token := self.peek()) != until or token is None:
            if token is None and until is None:
                return atoms
            atoms.append(self.scripted())
        self.take()
        return atoms

    def scripted(self) -> str:
        first = self.peek()
        base = "<mrow></mrow>" if first in {"_", "^", "'"} else self.atom()
        below, above = "", ""
        while (token := self.peek()) in {"_", "^", "'"}:
            self.take()
            if token == "_":
                below += self.argument()
            else:
                above += "<mo>′</mo>" if token == "'" else self.argument()
        if not below and not above:
            return base
        limits = first in LARGE_OPERATORS or first == r"\operatorname*"
        name = ("munder" if limits else "msub") if below else ""
        name += ("over" if name and limits else "sup" if name else "mover" if limits else "msup") if above else ""
        scripts = "".join(f"<mrow>{script}</mrow>" for script in (below, above) if script)
        return f"<{name}>{base}{scripts}</{name}>"

    def argument(self) -> str:
        r"""An atom; without braces a number gives its first digit only, as in `\frac12`."""
        token = self.peek()
        if token is not None and token[0].isdigit():
            self.tokens[self.place : self.place + 1] = [token[0], token[1:]] if token[1:] else [token]
        return self.atom()

    def atom(self) -> str:
        token = self.take()
        if token == "{":
            return f"<mrow>{''.join(self.row(until='}'))}</mrow>"
        if token in _WORDS:
            return _words(token, self.raw_group(token))
        if token in ALPHABETS:
            return _lettered(token, self.raw_group(token))
        if token in _FRACTIONS:
            return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"
        if token == r"\sqrt":
            return f"<msqrt>{self.argument()}</msqrt>"
        if token in ACCENTS:
            return f'<mover accent="true">{self.argument()}<mo stretchy="false">{ACCENTS[token]}</mo></mover>'
        if token == r"\not":
            return self.atom().replace("</mo>", "\u0338</mo>")  # a combining stroke through the relation
        if _SIZED.fullmatch(token):
            return _delimiter(self.take(), stretchy=token in {r"\left", r"\right"})
        return _symbol(token)

    def raw_group(self, command: str) -> str:
        """The argument as it is written (its spaces count): one token, or what stands in braces."""
        token = self.take()
        if token != "{":
            return token
        start = self.place
        while self.take() != "}":
            if self.tokens[self.place - 1] == "{":
                raise UnknownLatex(f"{command} with braces inside its braces")
        return "".join(self.tokens[start : self.place - 1])


def _words(command: str, words: str) -> str:
    words = escape(words.replace("\\_", "_").replace("\\,", "\u2009").replace("~", "\u00a0"), quote=False)
    if "\\" in words:
        raise UnknownLatex(f"{command}{{{words}}}: commands inside words")
    if command in {r"\text", r"\textrm", r"\texttt"}:
        # browsers drop the plain spaces at the ends of an element
        return f"<mtext>{re.sub(r'^ | $', chr(0xA0), words)}</mtext>"
    style = ' style="font-weight: bold"' if command == r"\mathbf" else ""
    space = '<mspace width="0.1667em"></mspace>' if command == r"\operatorname" else ""
    return f'<mi mathvariant="normal"{style}>{words}</mi>{space}'


def _lettered(command: str, letters: str) -> str:
    alphabet = ALPHABETS[command]
    for letter in letters:
        if letter not in alphabet:
            raise UnknownLatex(f"{command} has no letter {letter!r}")
    return "".join(f"<mi>{alphabet[letter]}</mi>" for letter in letters)


def _delimiter(token: str, *, stretchy: bool) -> str:
    if token == ".":
        return ""
    if token not in OPERATORS:
        raise UnknownLatex(f"{token!r} is no delimiter")
    return f'<mo stretchy="{str(stretchy).lower()}">{escape(OPERATORS[token])}</mo>'


def _symbol(token: str) -> str:
    if token in SPACES:
        return f'<mspace width="{SPACES[token]}"></mspace>'
    if token in VARIABLES:
        return f"<mi>{VARIABLES[token]}</mi>"
    if token in FUNCTIONS:
        return f'<mi>{FUNCTIONS[token]}</mi><mspace width="0.1667em"></mspace>'
    if token in LARGE_OPERATORS:
        return f'<mo movablelimits="false">{LARGE_OPERATORS[token]}</mo>'
    if token in OPERATORS:
        fixed = ' stretchy="false"' if OPERATORS[token] in _FENCES else ""
        return f"<mo{fixed}>{escape(OPERATORS[token])}</mo>"
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    if token.isalpha():
        return f"<mi>{token}</mi>"
    raise UnknownLatex(f"{token!r} is outside the LaTeX that is understood")
