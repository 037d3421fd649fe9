"""Images and captions of two objects, each bag of objects shown in one order, and compositions that are held out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import ortho_group

from identifiability.exact.composition.scenes import Scenes
from scm.composition import Operator, Sentence

Order = Literal["drawn", "ruled"]


@dataclass(frozen=True)
class SceneConfig:
    """What there is to see, and which of it is trained on.

    Attributes:
        objects, attributes, extras: tokens of each kind. Captions are (A, B) without attributes, else (attribute of A,
            A, attribute of B, B), and may end with an extra.
        held_out: share of the bags that training never shows.
        order: in which order the law shows a bag: drawn once for each bag, so that no rule of the words gives it; or
            the object of the smaller number first, which words give away.
        noise: standard deviation of every coordinate of an image.
    """

    objects: int = 20
    attributes: int = 0
    extras: int = 0
    held_out: float = 0.25
    order: Order = "drawn"
    noise: float = 0.1

    def __post_init__(self) -> None:
        if self.objects < 3 or not 0 < self.held_out < 1 or not self.noise >= 0:
            raise ValueError(
                f"{self.objects} objects, held out {self.held_out}, noise {self.noise}; expected at least 3 objects, a "
                "share in (0, 1) and a noise >= 0, because some bags are trained on and some are not"
            )


@dataclass(frozen=True, eq=False)
class CaptionedScenes:
    """Scenes with their captions; a caption determines its scene.

    Attributes:
        config: what there is.
        training, held_out: one caption for each bag of objects, in the order that the law shows; each object has its
            own attribute, and there is no extra.
        mixing: orthogonal matrix that turns the features of a scene into an image.
    """

    config: SceneConfig
    training: tuple[Sentence, ...]
    held_out: tuple[Sentence, ...]
    mixing: Float[np.ndarray, "d d"]

    @classmethod
    def drawn(cls, config: SceneConfig, *, rng: np.random.Generator) -> "CaptionedScenes":
        """Draw the order of every bag, the bags held out, and the mixing."""
        bags = list(combinations(range(config.objects), 2))
        turned = rng.random(len(bags)) < 0.5 if config.order == "drawn" else np.zeros(len(bags), bool)
        captions = [_plain(config, bag[::-1] if turn else bag) for bag, turn in zip(bags, turned, strict=True)]
        shuffled = [captions[index] for index in rng.permutation(len(bags))]
        kept = len(bags) - round(config.held_out * len(bags))
        features = 2 * (config.objects + config.attributes) + config.extras
        mixing = np.asarray(ortho_group.rvs(features, random_state=rng))
        return cls(config, tuple(shuffled[:kept]), tuple(shuffled[kept:]), mixing)

    @property
    def words(self) -> int:
        """Number of different tokens."""
        return self.config.objects + self.config.attributes + self.config.extras

    @property
    def length(self) -> int:
        """Tokens of the longest caption."""
        return (4 if self.config.attributes else 2) + bool(self.config.extras)

    def turned(self, caption: Sentence) -> Sentence:
        """The caption of the same bag in the other order."""
        first, second = (token for token in caption if token < self.config.objects)
        return _plain(self.config, (second, first))

    def shown(self, caption: Sentence) -> Sentence:
        """The caption, of those trained on and held out, with the same bag of objects."""
        return self._by_bag[self._bag(caption)]

    @cached_property
    def _by_bag(self) -> Mapping[frozenset[int], Sentence]:
        return {self._bag(caption): caption for caption in (*self.training, *self.held_out)}

    def _bag(self, caption: Sentence) -> frozenset[int]:
        return frozenset(token for token in caption if token < self.config.objects)

    def operators(self) -> Mapping[str, Operator]:
        """SWAP of objects; with attributes SWAP and REPLACE of these; with extras ADD."""
        known = Scenes(self.config.objects, self.config.attributes, self.config.extras).operators()
        absent = {"swap_attributes", "replace_attributes"} if not self.config.attributes else set()
        absent |= {"add_extras"} if not self.config.extras else set()
        return {name: operator for name, operator in known.items() if name not in absent}

    def negatives(self, caption: Sentence, operator: Operator) -> list[Sentence]:
        """What one step of the operator makes of a caption, as far as it is the caption of another scene."""
        return [other for other in operator.steps(caption) if _is_caption(self.config, other)]

    def tokens(self, captions: Sequence[Sentence]) -> tuple[Int[np.ndarray, "n L"], Bool[np.ndarray, "n L"]]:
        """Token ids, padded with 0, and the mask of real tokens."""
        mask = np.arange(self.length) < np.array([len(caption) for caption in captions])[:, None]
        ids = np.zeros(mask.shape, np.int64)
        ids[mask] = [token for caption in captions for token in caption]
        return ids, mask

    def features(self, captions: Sequence[Sentence]) -> Float[np.ndarray, "n d"]:
        """Clean images: mixed indicators of the object and the attribute of each place, and of the extra."""
        rows = np.zeros((len(captions), len(self.mixing)))
        for row, caption in zip(rows, captions, strict=True):
            seen = {0: 0, 1: 0, 2: 0}
            for token in caption:
                kind = self._kind(token)
                row[self._start(kind, seen[kind]) + token] = 1
                seen[kind] += 1
        return rows @ self.mixing

    def _kind(self, token: int) -> int:
        """0 object, 1 attribute, 2 extra."""
        return int(token >= self.config.objects) + int(token >= self.config.objects + self.config.attributes)

    def _start(self, kind: int, place: int) -> int:
        """Where the indicators of a kind and place begin, less the number of the kind's first token."""
        objects, attributes = self.config.objects, self.config.attributes
        return (place * objects, objects + place * attributes, objects + attributes)[kind]


def _plain(config: SceneConfig, bag: tuple[int, int]) -> Sentence:
    """The caption of two objects in this order, each with its own attribute."""
    if not config.attributes:
        return bag
    own = [config.objects + token % config.attributes for token in bag]
    return own[0], bag[0], own[1], bag[1]


def _is_caption(config: SceneConfig, sentence: Sentence) -> bool:
    """Whether kinds stand where they stand in captions, and the objects differ."""
    kinds = Scenes(config.objects, config.attributes, config.extras).kinds
    found = tuple(kinds[token] for token in sentence)
    plain = (1, 0, 1, 0) if config.attributes else (0, 0)
    objects = [token for token in sentence if token < config.objects]
    return found in (plain, (*plain, 2)) and len(set(objects)) == 2
