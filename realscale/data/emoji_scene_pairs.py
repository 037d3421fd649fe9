"""Pairs of scenes one operator apart: composed SWAP, of which single pictures have next to none, and REPLACE."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np

from realscale.data.emoji_pairs import CaptionPair, Operator
from realscale.data.emoji_scenes import AND, PLACES, Scene


class ScenePair(NamedTuple):
    """Two scenes whose captions are one operator apart; `type` says what it works on."""

    operator: Operator
    type: str
    scenes: tuple[Scene, Scene]

    @property
    def captions(self) -> CaptionPair:
        """The pair of captions."""
        one, other = self.scenes
        return CaptionPair(self.operator, self.type, (one.caption, other.caption), composed=True)


class SceneWords(NamedTuple):
    """What scenes name: `things` (label -> subgroup), and things with the colours that they are drawn in."""

    things: Mapping[str, str]
    colours: Mapping[str, Sequence[str]]

    def coloured_scenes(self) -> list[Scene]:
        """Every two coloured things of different names."""
        return [
            Scene(f"{colour} {thing}", AND, f"{another} {other}")
            for thing, other in permutations(self.colours, 2)
            for colour in self.colours[thing]
            for another in self.colours[other]
        ]


def place_pairs(
    words: SceneWords, count: int, *, rng: np.random.Generator, allowed: Callable[[Scene], bool] = lambda scene: True
) -> list[ScenePair]:
    """`count` pairs of each type: SWAP of the two things, REPLACE of one by another of its subgroup, of the relation.

    Drawn with `rng` until there are enough whose scenes are all `allowed`; no pair comes twice.

    Raises:
        ValueError: a thousand draws in a row give no new pair.
    """
    things, subgroups = list(words.things), words.things
    alike = {t: [other for other in things if subgroups[other] == subgroups[t] and other != t] for t in things}
    found: dict[tuple[Operator, str], dict[frozenset[Scene], ScenePair]] = {
        ("swap", "things"): {},
        ("replace", "thing"): {},
        ("replace", "relation"): {},
    }
    for (operator, kind), pairs in found.items():
        failures = 0
        while len(pairs) < count:
            first, second = (things[index] for index in rng.choice(len(things), size=2, replace=False))
            relation, another = (tuple(PLACES)[index] for index in rng.choice(len(PLACES), size=2, replace=False))
            scene = Scene(first, relation, second)
            if operator == "swap":
                other = Scene(second, relation, first)
            elif kind == "relation":
                other = Scene(first, another, second)
            else:
                choices = [label for label in alike[first] if label != second] or [second]
                other = Scene(choices[rng.integers(len(choices))], relation, second)
            key = frozenset((scene, other))
            if other.first == other.second or key in pairs or not (allowed(scene) and allowed(other)):
                failures += 1
                if failures == 1000:
                    raise ValueError(
                        f"1000 draws in a row gave no new pair of {operator} {kind} after {len(pairs)} of {count}; "
                        f"expected fewer pairs or more than the {len(things)} things, because no pair comes twice"
                    )
                continue
            failures = 0
            pairs[key] = ScenePair(operator, kind, (scene, other))
    return [pair for pairs in found.values() for pair in pairs.values()]


def colour_pairs(words: SceneWords, *, allowed: Callable[[Scene], bool] = lambda scene: True) -> list[ScenePair]:
    """Every SWAP of the colours of two things, and every REPLACE of the first one's colour, all scenes `allowed`."""
    colours = words.colours
    found = []
    for thing, other in combinations(colours, 2):
        both = [colour for colour in colours[thing] if colour in colours[other]]
        for one, two in combinations(both, 2):
            scenes = Scene(f"{one} {thing}", AND, f"{two} {other}"), Scene(f"{two} {thing}", AND, f"{one} {other}")
            found.append(ScenePair("swap", "colours", scenes))
        for fixed in colours[other]:
            for one, two in combinations([colour for colour in colours[thing] if colour != fixed], 2):
                scenes = (
                    Scene(f"{one} {thing}", AND, f"{fixed} {other}"),
                    Scene(f"{two} {thing}", AND, f"{fixed} {other}"),
                )
                found.append(ScenePair("replace", "colour", scenes))
    return [pair for pair in found if all(map(allowed, pair.scenes))]
