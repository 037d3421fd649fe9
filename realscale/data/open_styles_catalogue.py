"""Which pictures of the pinned packages the set `open-styles` takes, read from the reviewed `open_styles.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

PHOTO, CLIP_ART, LINE_ART = "photo", "clip art", "line art"
_MIRRORED = "_mirror"  # ends the name of a picture that is another one from its other side
_KINDS = frozenset({"png", "jpg", "webp", "svg"})


@dataclass(frozen=True)
class Rule:
    """The domain and the class of the pictures of one folder and those below it; without a class they are left out."""

    folder: str
    domain: str = ""
    label: str = ""
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def takes(self, path: str, stem: str) -> bool:
        """Whether the rule decides about this file."""
        return path.startswith(f"{self.folder}/") and (not self.only or stem in self.only)


@dataclass(frozen=True)
class Catalogue:
    """The set's classes, its domains with the phrase for a caption, and where their pictures are.

    Attributes:
        rules: of each package, in order: the first that takes a file decides.
        drawn: file names (without suffix) of drawings among a package's photos.
        icon_sets: npm packages of the domains that show emoji.
        subgroups: class of each of Unicode's subgroups that has one.
        wrong_icons: names of icons of a package that show another object than the emoji of that name.
        odd: names of emoji that show something else than their subgroup's class, or hardly that.
    """

    classes: tuple[str, ...]
    domains: Mapping[str, str]
    rules: Mapping[str, tuple[Rule, ...]]
    drawn: Mapping[str, frozenset[str]]
    icon_sets: Mapping[str, tuple[str, ...]]
    subgroups: Mapping[str, str]
    odd: frozenset[str]
    wrong_icons: Mapping[str, tuple[str, ...]]
    text: str = field(repr=False)

    def place(self, package: str, path: str) -> tuple[str, str] | None:
        """(domain, class) of a package's file; None when it is no picture or left out."""
        stem, _, kind = path.rpartition("/")[2].rpartition(".")
        if kind not in _KINDS:
            return None
        rule = next((rule for rule in self.rules[package] if rule.takes(path, stem)), None)
        if rule is None or not rule.label or stem in rule.without or stem.endswith(_MIRRORED):
            return None
        drawn = kind == "svg" or stem in self.drawn.get(package, ())
        return CLIP_ART if rule.domain == PHOTO and drawn else rule.domain, rule.label


@cache
def catalogue() -> Catalogue:
    """The catalogue of the set."""
    return parse_catalogue(files("realscale.data").joinpath("open_styles.json").read_text(encoding="utf-8"))


def parse_catalogue(text: str) -> Catalogue:
    """The catalogue in this JSON document.

    Raises:
        ValueError: a rule or a subgroup is of a class or domain that the document does not list.
    """
    document = json.loads(text)
    rules: dict[str, list[Rule]] = {}
    for entry in document["rules"]:
        without = [name for names in entry.get("without", {}).values() for name in _words(names)]
        rule = Rule(
            f"{document['roots'][entry['package']]}/{entry['folder']}",
            entry.get("domain", ""),
            entry.get("class", ""),
            frozenset(_words(entry.get("only", ()))),
            frozenset(without),
        )
        rules.setdefault(entry["package"], []).append(rule)
    emoji = document["emoji"]
    found = Catalogue(
        classes=tuple(document["classes"]),
        domains=document["domains"],
        rules={package: tuple(own) for package, own in rules.items()},
        drawn={package: frozenset(_words(names)) for package, names in document["drawn"].items()},
        icon_sets={domain: tuple(packages) for domain, packages in emoji["domains"].items()},
        subgroups={name: label for label, names in emoji["classes"].items() for name in names},
        wrong_icons={package: tuple(names) for package, names in emoji["wrong_icons"].items()},
        odd=frozenset(" ".join(emoji["without"]).split(", ")),
        text=text,
    )
    used = [(rule.domain, rule.label) for own in found.rules.values() for rule in own if rule.label]
    used += [(domain, label) for domain in found.icon_sets for label in found.subgroups.values()]
    unknown = sorted({pair for pair in used if pair[0] not in found.domains or pair[1] not in found.classes})
    if unknown:
        raise ValueError(
            f"the catalogue speaks of {unknown[:3]}, expected a domain out of {list(found.domains)} and a class out of "
            f"{list(found.classes)}: a misspelt one would be a class of its own"
        )
    return found


def _words(text: str | Sequence[str] | Any) -> list[str]:
    """The words of one line or of several."""
    return (text if isinstance(text, str) else " ".join(text)).split()
