"""What is trained on and what is held out, of single emoji and of scenes: no caption of a held-out pair is trained."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from realscale.data.emoji_pairs import CaptionPair
from realscale.data.emoji_scene_pairs import SceneWords
from realscale.data.emoji_scenes import AND, Scene
from realscale.data.words import words_of
from scm.streams import stream


@dataclass(frozen=True)
class Split:
    """Held-out labels of single emoji, and the combinations of things and of colours whose scenes are held out.

    A combination is held out whole: both orders of two things in every relation, both ways to give two colours to two
    things. So no order and no exchange of what is asked was seen in training.
    """

    labels: frozenset[str]
    combinations: frozenset[frozenset[str]]
    captions: frozenset[str]  # the labels, and the captions of all scenes that are held out

    def holds_out(self, scene: Scene) -> bool:
        """Whether a scene is held out."""
        return combination(scene) in self.combinations


def combination(scene: Scene) -> frozenset[str]:
    """What a scene shares with those that differ from it by order alone: its labels, or its colours and its things."""
    if scene.relation == AND:
        return frozenset((*scene.first.split(" "), *scene.second.split(" ")))
    return frozenset((scene.first, scene.second))


def in_one_order(scenes: Sequence[Scene], *, rng: np.random.Generator) -> list[Scene]:
    """Of each combination the scenes of one order only, drawn by a coin.

    That is, of two things one always stands first, in every relation; of two colours and two things each thing has one
    colour, whichever is named first. Then who knows the words of a caption knows the scene.
    """
    orders: dict[frozenset[str], dict[Collection[str], None]] = {}
    for scene in scenes:
        orders.setdefault(combination(scene), {})[_order(scene)] = None
    chosen = {together: list(found)[rng.integers(len(found))] for together, found in orders.items()}
    return [scene for scene in scenes if _order(scene) == chosen[combination(scene)]]


def _order(scene: Scene) -> Collection[str]:
    both = (scene.first, scene.second)
    return frozenset(both) if scene.relation == AND else both


def make_split(
    labels: Sequence[str],
    pairs: Sequence[CaptionPair],
    words: SceneWords,
    *,
    seed: int,
    share: float = 0.15,
    of_colours: float = 0.25,
) -> Split:
    """Hold out `share` of the pairs of labels of each type and of the combinations of things, `of_colours` of colours.

    A pair is held out with both its labels, if each of their words stays in two labels that are trained on (a word
    that was never seen says nothing) and no scene names one of them.
    """
    rng = stream(seed, "held-out pairs")
    counts = Counter(word for label in labels for word in set(words_of(label)))
    coloured = {f"{colour} {thing}" for thing, colours in words.colours.items() for colour in colours}
    kept = {*words.things, *coloured}
    kinds: dict[tuple[str, str], list[CaptionPair]] = {}
    for pair in pairs:
        kinds.setdefault((pair.operator, pair.type), []).append(pair)
    held_out: set[str] = set()
    for group in kinds.values():
        wanted = round(share * len(group))
        for index in rng.permutation(len(group)):
            if wanted <= 0:
                break
            fresh = {label for label in group[index].captions if label not in held_out}
            lost = Counter(word for label in fresh for word in set(words_of(label)))
            if kept.isdisjoint(fresh) and all(counts[word] - number >= 2 for word, number in lost.items()):
                counts -= lost
                held_out |= fresh
                wanted -= 1
    two_things = [frozenset(pair) for pair in combinations(words.things, 2)]
    two_colours = sorted(
        {tuple(sorted(found)) for scene in words.coloured_scenes() if len(found := combination(scene)) == 4}
    )
    chosen = [two_things[index] for index in rng.permutation(len(two_things))[: round(share * len(two_things))]]
    chosen += [
        frozenset(two_colours[index])
        for index in rng.permutation(len(two_colours))[: round(of_colours * len(two_colours))]
    ]
    held = frozenset(chosen)
    scenes = [scene for scene in (*words.place_scenes(), *words.coloured_scenes()) if combination(scene) in held]
    return Split(frozenset(held_out), held, frozenset(held_out).union(scene.caption for scene in scenes))
