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

    def place_scenes(self) -> list[Scene]:
        """Every two things in both orders and every place."""
        return [Scene(first, place, second) for first, second in permutations(self.things, 2) for place in PLACES]

    def coloured_scenes(self) -> list[Scene]:
        """Every two coloured things of different names."""
        return [
            Scene(f"{colour} {thing}", AND, f"{another} {other}")
            for thing, other in permutations(self.colours, 2)
            for colour in self.colours[thing]
            for another in self.colours[other]
        ]


def place_pairs(
    words: SceneWords, most: int, *, rng: np.random.Generator, allowed: Callable[[Scene], bool] = lambda scene: True
) -> list[ScenePair]:
    """At most `most` pairs of each type, drawn with `rng` from those whose scenes are all `allowed`.

    SWAP of the two things; REPLACE of the first by another of its subgroup, and of the relation.
    """
    scenes = words.place_scenes()
    known = {scene for scene in scenes if allowed(scene)}
    alike: dict[str, list[str]] = {}
    for thing, subgroup in words.things.items():
        alike.setdefault(subgroup, []).append(thing)
    found: dict[str, list[ScenePair]] = {"things": [], "thing": [], "relation": []}
    for scene in (scene for scene in scenes if scene in known):
        swapped = Scene(scene.second, scene.relation, scene.first)
        if scene < swapped and swapped in known:
            found["things"].append(ScenePair("swap", "things", (scene, swapped)))
        for thing in alike[words.things[scene.first]]:
            if scene < (replaced := scene._replace(first=thing)) and replaced in known:
                found["thing"].append(ScenePair("replace", "thing", (scene, replaced)))
        for relation in PLACES:
            if scene < (replaced := scene._replace(relation=relation)) and replaced in known:
                found["relation"].append(ScenePair("replace", "relation", (scene, replaced)))
    return [pairs[index] for pairs in found.values() for index in sorted(rng.permutation(len(pairs))[:most])]


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
