"""Parts of a labelled set: train and validation within each context, few shots of each class, half of the classes."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from realscale.data.labelled import LabelledImages, Part, part


def split_each_context(images: LabelledImages, *, held_out: float = 0.2, rng: np.random.Generator) -> tuple[Part, Part]:
    """(rest, held out): `int(held_out * n)` of the n images of every context held out at random, as DomainBed does.

    No group is on both sides, also not in different contexts: groups are dealt in random order while they fit into
    every context, so where they hold several images the share is what whole groups can fill.

    Raises:
        ValueError: the fraction is not inside (0, 1).
    """
    if not 0.0 < held_out < 1.0:
        raise ValueError(f"held_out is {held_out}, expected a number inside (0, 1): both parts need images")
    _, group_of, sizes = np.unique(images.groups, return_inverse=True, return_counts=True)
    by_group = np.argsort(group_of, kind="stable")
    contexts, ends = images.contexts[by_group].tolist(), np.cumsum(sizes).tolist()
    room = [int(held_out * count) for count in np.bincount(images.contexts, minlength=len(images.context_names))]
    mask = np.zeros(len(images), dtype=bool)
    for group in rng.permutation(len(sizes)).tolist():
        rows = slice(ends[group] - int(sizes[group]), ends[group])
        needed = Counter(contexts[rows])
        if all(count <= room[context] for context, count in needed.items()):
            mask[by_group[rows]] = True
            for context, count in needed.items():
                room[context] -= count
    return part(images, ~mask), part(images, mask)


def few_shots(images: LabelledImages, shots: int, *, rng: np.random.Generator) -> Part:
    """`shots` images of every class drawn without replacement (all of a class that has fewer), in the set's order.

    Raises:
        ValueError: fewer than one shot.
    """
    if shots < 1:
        raise ValueError(f"shots is {shots}, expected at least 1: a class without an image cannot be learned")
    rows = [
        rng.permutation(np.flatnonzero(images.classes == label))[:shots] for label in range(len(images.class_names))
    ]
    return part(images, np.sort(np.concatenate(rows)))


@dataclass(frozen=True, eq=False, repr=False)
class ClassPart(Part):
    """The images of some classes of a set, these classes numbered anew from 0 in the given order."""

    labels: tuple[int, ...]

    @property
    def classes(self) -> Int[np.ndarray, " n"]:
        """New labels."""
        table = np.full(len(self.whole.class_names), -1)
        table[list(self.labels)] = np.arange(len(self.labels))
        return table[self.whole.classes[self.rows]]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the kept classes."""
        return tuple(self.whole.class_names[label] for label in self.labels)


def base_and_new(images: LabelledImages) -> tuple[ClassPart, ClassPart]:
    """The images of the first ceil(n / 2) of the n classes and those of the others, each numbered anew from 0.

    The base-to-new protocol of CoCoOp (Zhou et al., 2022): prompts are learned on the base classes and judged on both.

    Raises:
        ValueError: fewer than two classes.
    """
    count = len(images.class_names)
    if count < 2:
        raise ValueError(f"the set {images.name!r} has {count} classes, expected at least 2: each half needs one")
    half = (count + 1) // 2
    base = images.classes < half
    return (
        ClassPart(images, np.flatnonzero(base), tuple(range(half))),
        ClassPart(images, np.flatnonzero(~base), tuple(range(half, count))),
    )
