"""One interface for every real image-text set: images, captions, and which concept, style, class and group each has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Int, UInt8
from PIL import Image

from realscale.data.phrases import with_article
from realscale.data.squares import square

CaptionMode = Literal["content", "style", "both"]


@dataclass(frozen=True, eq=False, repr=False)
class ImageTextSet:
    """`n` images with their captions; ids index the tables of names, which `select` leaves as they are.

    images: RGB in 0..255. captions: what each image shows, without its style. concepts: the thing shown (for emoji the
    code points); styles: who drew it, or the domain; classes: coarse label. groups: images whose group differs are
    never the same drawing under another name, so a split that keeps groups whole does not leak across concepts.
    families: for each style the family of styles that re-render the same drawings; a held-out style takes its family
    with it. licences: licence and attribution by style. details: what else is known of each concept.
    """

    name: str
    images: UInt8[np.ndarray, "n height width 3"]
    captions: tuple[str, ...]
    concepts: Int[np.ndarray, " n"]
    concept_names: tuple[str, ...]
    styles: Int[np.ndarray, " n"]
    style_names: tuple[str, ...]
    style_phrases: tuple[str, ...]
    classes: Int[np.ndarray, " n"]
    class_names: tuple[str, ...]
    groups: Int[np.ndarray, " n"]
    families: tuple[str, ...]
    licences: Mapping[str, str]
    details: tuple[Mapping[str, Any], ...] = field(default=())

    def __post_init__(self) -> None:
        count = len(self.images)
        for name in ("captions", "concepts", "styles", "classes", "groups"):
            if len(getattr(self, name)) != count:
                raise ValueError(
                    f"{name} has {len(getattr(self, name))} entries for {count} images; each image has exactly one"
                )
        for ids, names in (("concepts", "concept_names"), ("styles", "style_names"), ("classes", "class_names")):
            values, table = getattr(self, ids), getattr(self, names)
            if count and (values.min() < 0 or values.max() >= len(table)):
                raise ValueError(
                    f"{ids} holds ids from {values.min()} to {values.max()}, but {names} has {len(table)} entries; an "
                    "id is an index into its table of names"
                )
        for name in ("style_phrases", "families"):
            if len(getattr(self, name)) != len(self.style_names):
                raise ValueError(f"{name} has {len(getattr(self, name))} entries for {len(self.style_names)} styles")
        if self.details and len(self.details) != len(self.concept_names):
            raise ValueError(f"details has {len(self.details)} entries for {len(self.concept_names)} concepts")

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"ImageTextSet({self.name!r}, images={self.images.shape}, styles={self.style_names})"

    @property
    def contexts(self) -> Int[np.ndarray, " n"]:
        """The style of each image: its context as a labelled set (`realscale.data.labelled`)."""
        return self.styles

    @property
    def context_names(self) -> tuple[str, ...]:
        """Names of the styles."""
        return self.style_names

    def pictures(self, rows: Int[np.ndarray, " m"], *, size: int) -> UInt8[np.ndarray, "m {size} {size} 3"]:
        """These images as squares of `size` pixels; scaled and cropped only where they are not that already."""
        if self.images.shape[1:3] == (size, size):
            return self.images[rows]
        squares = np.empty((len(rows), size, size, 3), dtype=np.uint8)
        for position, row in enumerate(rows):
            squares[position] = square(Image.fromarray(self.images[row]), size)
        return squares

    def take(self, rows: Int[np.ndarray, " m"] | Bool[np.ndarray, " n"]) -> "ImageTextSet":
        """The given rows (indices, or a mask over all images), with the tables of names unchanged."""
        indices = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return replace(
            self,
            images=self.images[indices],
            captions=tuple(self.captions[index] for index in indices),
            concepts=self.concepts[indices],
            styles=self.styles[indices],
            classes=self.classes[indices],
            groups=self.groups[indices],
        )

    def select(
        self,
        *,
        styles: Sequence[str] | None = None,
        concepts: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
    ) -> "ImageTextSet":
        """The images of these styles, concepts and classes (None: all); ids keep their meaning.

        Raises:
            ValueError: a name is not in its table.
        """
        keep = np.ones(len(self), dtype=bool)
        tables = (
            ("style", styles, self.style_names, self.styles),
            ("concept", concepts, self.concept_names, self.concepts),
            ("class", classes, self.class_names, self.classes),
        )
        for what, wanted, table, ids in tables:
            if wanted is None:
                continue
            unknown = sorted(set(wanted) - set(table))
            if unknown:
                raise ValueError(
                    f"no {what} {unknown[:5]} in the set {self.name!r}; it has {len(table)}, among them "
                    f"{list(table[:6])}; a name that selects nothing would silently change the experiment"
                )
            keep &= np.isin(ids, [table.index(name) for name in wanted])
        return self.take(keep)

    def split_concepts(self, fraction: float, *, rng: np.random.Generator) -> tuple["ImageTextSet", "ImageTextSet"]:
        """(rest, held out): about `fraction` of the concepts held out, no concept and no group on both sides.

        Whole groups are dealt in random order while they fit, so the held-out share is `fraction` rounded down to what
        whole groups can fill.

        Raises:
            ValueError: the fraction is not inside (0, 1), or one side would be empty.
        """
        if not 0.0 < fraction < 1.0:
            raise ValueError(f"fraction is {fraction}, expected a number inside (0, 1): both sides need concepts")
        concepts, first = np.unique(self.concepts, return_index=True)
        groups, sizes = np.unique(self.groups[first], return_counts=True)  # concepts in each group
        room = round(fraction * len(concepts))
        held_out = []
        for position in rng.permutation(len(groups)):
            if sizes[position] <= room:
                held_out.append(groups[position])
                room -= sizes[position]
        mask = np.isin(self.groups, held_out)
        if mask.all() or not mask.any():
            raise ValueError(
                f"fraction {fraction} of {len(groups)} groups leaves one side empty; groups are kept whole because "
                "their images are the same drawings"
            )
        return self.take(~mask), self.take(mask)

    def hold_out_style(self, style: str) -> tuple["ImageTextSet", "ImageTextSet"]:
        """(rest, held out): the images of one style, and those of every style outside its family.

        Raises:
            ValueError: the style is not in the set.
        """
        held_out = self.select(styles=(style,))
        family = self.families[self.style_names.index(style)]
        others = [name for name, other in zip(self.style_names, self.families, strict=True) if other != family]
        return self.select(styles=others), held_out

    def captions_for(self, mode: CaptionMode) -> list[str]:
        """A caption for each image that names its content ("red apple"), its style ("a twemoji picture") or both.

        Raises:
            ValueError: the mode is none of content, style, both.
        """
        if mode == "content":
            return list(self.captions)
        phrases = [self.style_phrases[style] for style in self.styles]
        if mode == "style":
            return phrases
        if mode == "both":
            return [f"{phrase} of {with_article(label)}" for phrase, label in zip(phrases, self.captions, strict=True)]
        raise ValueError(f"caption mode is {mode!r}, expected 'content', 'style' or 'both': what the caption names")

    def describe(self) -> dict[str, Any]:
        """Counts of what is present, image size and licences, ready for a record."""
        styles = Counter(self.style_names[style] for style in self.styles)
        return {
            "name": self.name,
            "images": len(self),
            "height": self.images.shape[1],
            "width": self.images.shape[2],
            "concepts": len(np.unique(self.concepts)),
            "groups": len(np.unique(self.groups)),
            "classes": len(np.unique(self.classes)),
            "styles": dict(styles),
            "licences": {style: self.licences[style] for style in styles},
        }
