"""The four kinds of questions about a scene: how they are asked, answered from the latents, and solved in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from realscale.reasoning.tasks.scene_law import PLACES, Kind, SceneSettings
from scm.grammar import COLOURS, SHAPES


@dataclass(frozen=True)
class Placed:
    """One object: numbers in `SHAPES` and `COLOURS`, and its cell (row, column)."""

    shape: int
    colour: int
    cell: tuple[int, int]

    @property
    def name(self) -> str:
        """`red circle`."""
        return f"{COLOURS[self.colour]} {SHAPES[self.shape]}"


def targets(settings: SceneSettings, kind: Kind, *, rng: np.random.Generator) -> tuple[str, ...]:
    """What a question asks about, drawn uniformly: one shape, or two different colours (compare) or shapes."""
    names = COLOURS[: settings.colours] if kind == "compare" else SHAPES[: settings.shapes]
    drawn = rng.permutation(len(names))[: 1 if kind in ("attribute", "count") else 2]
    return tuple(names[number] for number in drawn)


def question(kind: Kind, asked: Sequence[str]) -> str:
    """The question in words."""
    first, last = asked[0], asked[-1]
    return {
        "attribute": f"What colour is the {first}?",
        "count": f"How often do you see a {first}?",
        "compare": f"Do you see {first} more often than {last}?",
        "relation": f"Where is the {first}, seen from the {last}?",
    }[kind]


def solved(kind: Kind, asked: Sequence[str], objects: Sequence[Placed]) -> str | None:
    """The answer, from the latents alone; None if the question has not exactly one (no circle, or two of them)."""
    if kind == "count":
        return str(_count(objects, asked[0]))
    if kind == "compare":
        return "yes" if _count(objects, asked[0]) > _count(objects, asked[1]) else "no"
    found = [[thing for thing in objects if SHAPES[thing.shape] == name] for name in asked]
    if any(len(things) != 1 for things in found):
        return None
    if kind == "attribute":
        return COLOURS[found[0][0].colour]
    return _place(found[0][0].cell, found[1][0].cell)


def solution(kind: Kind, asked: Sequence[str], objects: Sequence[Placed], background: str | None) -> str:
    """A reference completion: perhaps the background, what is seen, then "Answer: X"."""
    answer = solved(kind, asked, objects)
    names = ", ".join(thing.name for thing in objects)
    counted = ", ".join(f"{_count(objects, name)} times {name}" for name in asked)
    steps = {
        "attribute": f"The {asked[0]} is {answer}.",
        "count": f"{names}. {counted}.",
        "compare": f"{names}. {counted}.",
        "relation": f"The {asked[0]} is {answer}{' of' if answer in ('left', 'right') else ''} the {asked[-1]}.",
    }[kind]
    return f"{f'A {background} picture. ' if background else ''}{steps} Answer: {answer}"


def arrangement(
    settings: SceneSettings, kind: Kind, asked: Sequence[str], answer: str, *, rng: np.random.Generator
) -> tuple[Placed, ...]:
    """Objects in reading order for which the question has this answer; all else is drawn uniformly."""
    names = COLOURS if kind == "compare" else SHAPES
    numbers = [names.index(name) for name in asked]
    count, grid = settings.objects, settings.grid
    colours = rng.integers(settings.colours, size=count)
    cells = rng.permutation(grid**2)[:count]
    if kind == "compare":
        shapes = rng.integers(settings.shapes, size=count)
        while ((colours == numbers[0]).sum() > (colours == numbers[1]).sum()) != (answer == "yes"):
            colours = rng.integers(settings.colours, size=count)
    else:
        fixed = numbers * int(answer) if kind == "count" else numbers
        others = np.setdiff1d(np.arange(settings.shapes), numbers)
        shapes = np.concatenate([fixed, rng.choice(others, size=count - len(fixed)) if len(others) else []])
        shapes = shapes.astype(np.int64)
        if kind == "attribute":
            colours[0] = COLOURS.index(answer)
        if kind == "relation":
            cells = _related_cells(grid, answer, count, rng)
    placed = (Placed(int(s), int(c), divmod(int(at), grid)) for s, c, at in zip(shapes, colours, cells, strict=True))
    return tuple(sorted(placed, key=lambda thing: thing.cell))


def _related_cells(grid: int, place: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Different cells, the first of which is in this place seen from the second."""
    pairs = [
        pair
        for pair in permutations(range(grid**2), 2)
        if _place(divmod(pair[0], grid), divmod(pair[1], grid)) == place
    ]
    pair = pairs[rng.integers(len(pairs))]
    rest = rng.permutation(np.setdiff1d(np.arange(grid**2), pair))
    return np.array([*pair, *rest[: count - 2]])


def _place(cell: tuple[int, int], other: tuple[int, int]) -> str | None:
    """Where a cell is, seen from another one in its row or column; None if it is in neither."""
    down, right = cell[0] - other[0], cell[1] - other[1]
    if bool(down) == bool(right):
        return None
    return PLACES[(right < 0, right > 0, down < 0, down > 0).index(True)]


def _count(objects: Sequence[Placed], name: str) -> int:
    return sum(name in (SHAPES[thing.shape], COLOURS[thing.colour]) for thing in objects)
