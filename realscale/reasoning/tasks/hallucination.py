"""What a completion says is in the picture, held against the known latents: a strict reading by rule, no model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from realscale.reasoning.tasks.verification import normalised, steps
from scm.grammar import BACKGROUNDS, COLOURS, SHAPES

_SHAPES = {form: shape for shape in SHAPES for form in (shape, f"{shape}s", f"{shape}es")}
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


@dataclass(frozen=True)
class Claim:
    """Something that the picture is said to have; what is not said is None.

    A background; or objects of this colour and shape: `count` of them, or at least one.
    """

    colour: str | None = None
    shape: str | None = None
    count: int | None = None
    background: str | None = None

    @property
    def about(self) -> str:
        """ "background", "count", "object" (a shape, perhaps in its colour) or "colour"."""
        if self.background:
            return "background"
        return "count" if self.count is not None else "object" if self.shape else "colour"

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether the picture of these facts has it."""
        if self.background:
            return bool(self.background == facts["background"])
        found = sum(
            self.colour in (None, thing["colour"]) and self.shape in (None, thing["shape"])
            for thing in facts["objects"]
        )
        return found > 0 if self.count is None else found == self.count


def claims(completion: str) -> tuple[Claim, ...]:
    """What the steps of a completion name, its answer left out.

    Read are the renderer's words, whatever their case, shapes in the plural too: every background; "red circle" or
    "circle is red" as one object; a colour or a shape alone; a number or "no" before one of these, with or without
    "times", as how many there are. A phrase ends at a punctuation mark. Anything else says nothing that is checked, so
    neither relations nor negation beyond "no" are read.
    """
    pieces = _PIECE.findall(steps(completion).casefold())
    found, place = [], 0
    while place < len(pieces):
        start, count = place, None
        if (number := _number(pieces[place])) is not None:
            count, place = number, place + 1
            place += place < len(pieces) and pieces[place] == "times"
        colour, shape, length = _phrase(pieces[place : place + 3])
        if colour or shape:
            found.append(Claim(colour, shape, count))
            place += length
        else:
            if pieces[start] in BACKGROUNDS:
                found.append(Claim(background=pieces[start]))
            place = start + 1
    return tuple(found)


def false_claims(completion: str, facts: Mapping[str, Any]) -> tuple[Claim, ...]:
    """The claims of a completion that the picture of these facts does not bear out."""
    return tuple(claim for claim in claims(completion) if not claim.holds(facts))


def _number(piece: str) -> int | None:
    value = normalised("0" if piece == "no" else piece)
    return int(value) if isinstance(value, Fraction) else None


def _phrase(pieces: list[str]) -> tuple[str | None, str | None, int]:
    """Colour and shape of the phrase at the start, and how many pieces it has."""
    first, second, third = (*pieces, "", "", "")[:3]
    if first in COLOURS:
        return first, _SHAPES.get(second), 2 if second in _SHAPES else 1
    if first in _SHAPES:
        described = second in ("is", "are") and third in COLOURS
        return third if described else None, _SHAPES[first], 3 if described else 1
    return None, None, 0
