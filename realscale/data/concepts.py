"""The emoji as concepts: one for each Unicode code point sequence, with its CLDR name and the icons that show it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from realscale.data.errors import DataError

_VARIATION_SELECTOR = "FE0F"  # asks for the coloured picture; sources differ in whether they write it
_GENDERS: Mapping[int | None, str] = {0: "female", 1: "male"}


@dataclass(frozen=True)
class Concept:
    """One emoji. `tones`: skin tones 1 (light) to 5 (dark), empty for the plain picture; `base`: its plain code."""

    code: str
    caption: str
    group: str
    subgroup: str
    tags: tuple[str, ...]
    tones: tuple[int, ...]
    gender: str | None
    base: str

    @property
    def is_flag(self) -> bool:
        """Whether it is in the group of flags."""
        return self.group == "flags"

    @property
    def is_modifier(self) -> bool:
        """Whether it has a skin tone, or is a bare tone or hair swatch that no text uses alone."""
        return bool(self.tones) or self.group == "component"

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Concept":
        """The concept that `to_json` wrote."""
        return cls(**{**entry, "tags": tuple(entry["tags"]), "tones": tuple(entry["tones"])})


def code_of(text: str) -> str:
    """Canonical code: upper-case hexadecimal of at least 4 digits, joined by `-`, without variation selectors."""
    parts = (f"{int(part, 16):04X}" for part in re.split(r"[-_ ]", text))
    return "-".join(part for part in parts if part != _VARIATION_SELECTOR)


def name_of(caption: str) -> str:
    """The icon name of a caption: lower case, accents and apostrophes dropped, other characters joined into `-`."""
    plain = unicodedata.normalize("NFKD", re.sub("[’']", "", caption.lower()))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def parse_concepts(data: Sequence[Mapping[str, Any]], groups: Mapping[str, Mapping[str, str]]) -> tuple[Concept, ...]:
    """All concepts of Emojibase's `en/data.json` (with tone variants) in its order; regional indicators have no group.

    Raises:
        DataError: two concepts have one code or one caption.
    """
    concepts = []
    for entry in data:
        if "group" not in entry:
            continue
        for variant in (entry, *entry.get("skins", ())):
            tone = variant.get("tone", ())
            concepts.append(
                Concept(
                    code=code_of(variant["hexcode"]),
                    caption=variant["label"],
                    group=groups["groups"][str(entry["group"])],
                    subgroup=groups["subgroups"][str(entry["subgroup"])],
                    tags=tuple(entry.get("tags", ())),
                    tones=(tone,) if isinstance(tone, int) else tuple(tone),
                    gender=_GENDERS.get(entry.get("gender")),
                    base=code_of(entry["hexcode"]),
                )
            )
    for what in ("code", "caption"):
        if len({getattr(concept, what) for concept in concepts}) != len(concepts):
            raise DataError(f"two emoji of the name table share one {what}; an image's concept would not be defined")
    return tuple(concepts)


def match_icons(
    concepts: Sequence[Concept],
    icons: Sequence[str],
    characters: Mapping[str, str],
    *,
    old_names: Mapping[str, str],
    wrong_names: Mapping[str, str],
) -> dict[str, str]:
    """Icon name for each concept's code: by code point (`characters`: code -> name), else by name, else by old name.

    Names in `wrong_names` are never used: an older set means another object by them. A name that fits two concepts
    (`keycap` for `keycap: #` and `keycap: *`) decides nothing and is not used.
    """
    known = {concept.code for concept in concepts}
    usable = set(icons) - set(wrong_names)
    by_name: dict[str, list[str]] = {}
    for concept in concepts:
        by_name.setdefault(name_of(concept.caption), []).append(concept.code)
    sources = (
        ((code_of(text), name) for text, name in characters.items()),
        ((codes[0], name) for name, codes in by_name.items() if len(codes) == 1),
        ((code, name) for name, code in old_names.items()),
    )
    matched: dict[str, str] = {}
    for source in sources:
        for code, name in source:
            if code in known and name in usable:
                matched.setdefault(code, name)
    return matched
