"""The law of the scene task, declared and exact: kind of question, its answer, and a background that goes with it."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from scm.environments import Environments, shifts
from scm.finite import FiniteSCM, tabular
from scm.grammar import BACKGROUNDS, COLOURS, SHAPES
from scm.graph import Role
from scm.tokens import TokenRole, Vocabulary

Kind = Literal["attribute", "count", "compare", "relation"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SPLITS = ("train", "id", "uniform", "reversed")
# of questions and solutions, beside what they name
FUNCTION_WORDS = tuple(
    [
        "a",
        "answer",
        "do",
        "how",
        "is",
        "more",
        "of",
        "often",
        "picture",
        "see",
        "seen",
        "from",
        "than",
        "the",
        "there",
        "times",
        "what",
        "where",
        "you",
        "yes",
        "no",
        "colour",
    ]
)
PLACES = ("left", "right", "above", "below")


@dataclass(frozen=True)
class SceneSettings:
    """How hard the task is, and how well the background tells the answer in training.

    Attributes:
        kinds: of questions, each as likely: attribute (what colour is the one circle), count (how many circles),
            compare (more red than blue), relation (where is the circle, seen from the square).
        objects: shapes in a picture, all of them in cells of their own.
        grid: cells along each side.
        shapes: how many of the renderer's shapes occur.
        colours: how many of its colours.
        contexts: how many of its backgrounds.
        agreement: p(background is one that goes with the answer), in training.
        context_named: share of the reference solutions that name the background first.
        size: width and height of the pictures in pixels.
        held_out: whether a quarter of all arrangements (which shape in which colour in which cell) is kept for the
            tests: by a hash of the arrangement, the same one for every seed.

    Raises:
        ValueError: numbers that the renderer or a kind of question cannot do with.
    """

    kinds: tuple[Kind, ...] = ("attribute",)
    objects: int = 2
    grid: int = 2
    shapes: int = 4
    colours: int = 4
    contexts: int = 4
    agreement: float = 0.9
    context_named: float = 0.5
    size: int = 56
    held_out: bool = False

    def __post_init__(self) -> None:
        for name, most in (("shapes", len(SHAPES)), ("colours", len(COLOURS)), ("contexts", len(BACKGROUNDS))):
            if not 2 <= getattr(self, name) <= most:
                raise ValueError(
                    f"{name}={getattr(self, name)}, expected 2 to {most}: the renderer draws {most}, and with one "
                    "there is nothing to ask or to confound"
                )
        for name in ("agreement", "context_named"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)}, expected a probability in [0, 1]")
        if not self.kinds or len(set(self.kinds)) < len(self.kinds) or not set(self.kinds) <= set(KINDS):
            raise ValueError(f"kinds={self.kinds}, expected one or several of {KINDS}, each once")
        least = 1 if self.kinds == ("attribute",) else 2
        if not least <= self.objects <= self.grid**2:
            raise ValueError(
                f"objects={self.objects}, expected {least} to grid^2 = {self.grid**2}: each has a cell of its own, and "
                "only an attribute can be asked of a single one"
            )
        if "relation" in self.kinds and (self.grid < 2 or (self.objects > 2 and self.shapes < 3)):
            raise ValueError(
                f"relation with grid={self.grid}, objects={self.objects}, shapes={self.shapes}; expected cells beside "
                "each other, and a third shape for further objects, because the two related ones are named by shape"
            )


def answers(settings: SceneSettings, kind: Kind) -> tuple[str, ...]:
    """The answers that a kind of question has, each as likely whatever is asked."""
    return {
        "attribute": COLOURS[: settings.colours],
        "count": tuple(str(number + 1) for number in range(settings.objects)),
        "compare": ("yes", "no"),
        "relation": PLACES,
    }[kind]


def all_answers(settings: SceneSettings) -> tuple[str, ...]:
    """The answers of all kinds in the order of the law's axis."""
    return tuple(dict.fromkeys(answer for kind in settings.kinds for answer in answers(settings, kind)))


def scene_laws(settings: SceneSettings) -> Environments:
    """p_split(kind, answer, context) of "train" ("id" is the same law), "uniform" and "reversed".

    The kind is uniform, the answer uniform given the kind, context s goes with answer a if s = a modulo the smaller of
    their numbers. In training p(s goes with a | a) = agreement, equal shares among those that do and those that do not;
    "uniform" has s independent of all else, "reversed" gives each answer the contexts of the next one.
    """
    named = all_answers(settings)
    answer = np.zeros((len(settings.kinds), len(named)))
    uniform = np.full((*answer.shape, settings.contexts), 1 / settings.contexts)
    train, swapped = uniform.copy(), uniform.copy()
    for number, kind in enumerate(settings.kinds):
        own = [named.index(found) for found in answers(settings, kind)]
        answer[number, own] = 1 / len(own)
        train[number, own] = _context_law(len(own), settings)
        swapped[number, own] = np.roll(train[number, own], -1, axis=0)
    model = FiniteSCM(
        [
            tabular("kind", Role.TOKEN, np.full(len(settings.kinds), 1 / len(settings.kinds)), observed=True),
            tabular("answer", Role.CLASS, answer, "kind", observed=True),
            tabular("context", Role.ENVIRONMENT, train, ("kind", "answer"), observed=True),
        ]
    )
    tables = {"train": train, "uniform": uniform, "reversed": swapped}
    return shifts(
        model,
        {
            name: tabular("context", Role.ENVIRONMENT, table, ("kind", "answer"), observed=True)
            for name, table in tables.items()
        },
    )


def chance(settings: SceneSettings) -> dict[str, float]:
    """Accuracy of the best policy that sees no picture: max_a p(a | kind) of each kind, and over "all"."""
    joint = scene_laws(settings).laws["train"].marginal(("kind", "answer"))
    return _by_kind(settings, joint.max(axis=1))


def shortcut_answers(settings: SceneSettings) -> Int[np.ndarray, "kinds contexts"]:
    """argmax_a p_train(a | kind, context): what the background alone suggests, as numbers in `all_answers`."""
    return scene_laws(settings).laws["train"].marginal(("kind", "context", "answer")).argmax(axis=2)


def shortcut_accuracies(settings: SceneSettings) -> dict[str, dict[str, float]]:
    """Exact accuracy of answering from the background alone, in each split's law: of each kind, and of "all"."""
    suggested = shortcut_answers(settings)
    found = {}
    for name, law in scene_laws(settings).laws.items():
        joint = law.marginal(("kind", "context", "answer"))
        right = np.take_along_axis(joint, suggested[..., None], axis=2)
        found[name] = _by_kind(settings, right.sum(axis=(1, 2)))
    return found


def scene_vocabulary(settings: SceneSettings) -> Vocabulary:
    """V: the shapes, colours, numbers and places that tell one answer from another; E: the backgrounds.

    The other words of questions and solutions are function words.
    """
    classes = [*SHAPES[: settings.shapes], *COLOURS[: settings.colours]]
    if {"count", "compare"} & set(settings.kinds):
        classes += [str(number) for number in range(settings.objects + 1)]
    if "relation" in settings.kinds:
        classes += PLACES
    return Vocabulary(
        {
            TokenRole.CLASS: tuple(classes),
            TokenRole.ENVIRONMENT: BACKGROUNDS[: settings.contexts],
            TokenRole.FUNCTION: FUNCTION_WORDS,
        }
    )


def _by_kind(settings: SceneSettings, mass: Float[np.ndarray, " kinds"]) -> dict[str, float]:
    """Right answers of each kind given the kind, and in all."""
    given = {str(kind): float(right * len(mass)) for kind, right in zip(settings.kinds, mass, strict=True)}
    return given | {"all": float(mass.sum())}


def _context_law(count: int, settings: SceneSettings) -> Float[np.ndarray, "answers contexts"]:
    """p_train(s | a) of the `count` answers of a kind."""
    shared = min(count, settings.contexts)
    fits = np.arange(count)[:, None] % shared == np.arange(settings.contexts) % shared
    each = fits.sum(axis=1, keepdims=True)
    return np.where(fits, settings.agreement / each, (1 - settings.agreement) / (settings.contexts - each))
