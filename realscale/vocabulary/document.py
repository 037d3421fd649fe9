"""The vocabulary that a person reviews: classes V, environments E, what is undecided and what is rejected."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from realscale.data.cache import digest
from realscale.vocabulary.normal import entries
from scm.tokens import TokenRole, Vocabulary

FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """One class, environment or candidate.

    Attributes:
        name: what it is called, and a form that captions are searched for.
        forms: other forms that mean the same (plurals, synonyms).
        kind: of an environment, "style", "place", "time", ...; of a class, "" or what the reviewer writes.
        found: what speaks for it: "given", "lexicon", "style template", ...
        statistics: counts and measures in the captions it was mined from.
        note: the reviewer's.
    """

    name: str
    forms: tuple[str, ...] = ()
    kind: str = ""
    found: tuple[str, ...] = ()
    statistics: Mapping[str, float | int] = field(default_factory=dict)
    note: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """Its name and its forms."""
        return (self.name, *self.forms)


@dataclass(frozen=True)
class ReviewedVocabulary:
    """Classes V and environments E; an entry's id is its position in its list.

    Attributes:
        classes, environments: what captions are matched against. V and E are disjoint (Definition 4 of the CLIP-IRM
            paper), because a word in both would be kept and erased by the same pruning.
        undecided: candidates without a role yet, "ambiguous" ones among them; never matched.
        rejected: names that a reviewer has refused, so that mining does not propose them again.
        version: raised at every mining.
        reviewed: who has reviewed it and when; "" before.
        source: what it was mined from.

    Raises:
        ValueError: an entry that is not in normal form, or that occurs twice.
    """

    classes: tuple[Entry, ...]
    environments: tuple[Entry, ...]
    undecided: tuple[Entry, ...] = ()
    rejected: tuple[str, ...] = ()
    version: int = 1
    reviewed: str = ""
    source: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        said = [(place, form) for place, entry in self.placed() for form in entry.said]
        for (place, form), normal in zip(said, entries([form for _, form in said]), strict=True):
            if not normal or form != normal:
                raise ValueError(
                    f"{place}: {form!r} is not as captions are read, expected {normal!r}: lower case, single spaces, "
                    "no punctuation around words; otherwise it would never match"
                )
            if form in seen:
                both = {place.split("[")[0], seen[form].split("[")[0]}
                raise ValueError(
                    f"{place}: {form!r} also stands in {seen[form]}; "
                    + (
                        "V and E must be disjoint (Definition 4), else pruning would both keep and erase it"
                        if both == {"classes", "environments"}
                        else "a form must mean one entry"
                    )
                )
            seen[form] = place

    def placed(self) -> Iterator[tuple[str, Entry]]:
        """Every entry with where it stands, "classes[3]"."""
        for name in ("classes", "environments", "undecided"):
            yield from ((f"{name}[{index}]", entry) for index, entry in enumerate(getattr(self, name)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What who matches captions with it should know."""
        said = []
        if not self.reviewed:
            said.append("it has not been reviewed: nobody has confirmed which words are classes and which contexts")
        if not self.environments:
            said.append("it has no environments: pruning erases nothing, and no caption names a context")
        return tuple(said)

    @cached_property
    def words(self) -> Vocabulary:
        """All forms of V and E with their roles."""
        return Vocabulary(
            {
                TokenRole.CLASS: tuple(form for entry in self.classes for form in entry.said),
                TokenRole.ENVIRONMENT: tuple(form for entry in self.environments for form in entry.said),
            }
        )

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Entry of each form: classes are 0..C-1, environments C..C+S-1."""
        matched = (*self.classes, *self.environments)
        return {form: number for number, entry in enumerate(matched) for form in entry.said}

    @cached_property
    def identity(self) -> str:
        """Hash of what decides matching: the forms of classes and environments, in order."""
        forms = [[entry.said for entry in self.classes], [entry.said for entry in self.environments]]
        return digest(json.dumps([FORMAT, forms], ensure_ascii=False).encode())
