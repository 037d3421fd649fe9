"""What the operators must know of words: senses, co-hyponyms, classes of attributes, opposite relations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Noun(NamedTuple):
    """A thing that can be seen.

    `category` is its class ("animal", "food", ...), `sense` what it usually means, `meanings` all its synsets (nouns
    that share one may be synonyms), `others` its co-hyponyms by closeness: things of the same kind that it is not.
    """

    category: str
    plural: str
    sense: str
    meanings: frozenset[str]
    others: tuple[str, ...]


class Attribute(NamedTuple):
    """An adjective: `sense` names a group of synonyms, `others` are what excludes it (other colours, antonyms)."""

    sense: str
    others: tuple[str, ...]


class Relation(NamedTuple):
    """A preposition or an action between objects, one or more words.

    `sense` names a group of synonyms and `others` exclude it, by the category of the object that follows under the key
    "" where there is no other. `converse` is the sense that says the same with the objects exchanged ("left of" and
    "right of"); its own sense for a symmetric relation ("next to", "meets"); empty for none. An intransitive action
    takes no object right behind it.
    """

    kind: Literal["place", "action", "intransitive"]
    sense: str
    others: Mapping[str, tuple[str, ...]]
    converse: str = ""


@dataclass(frozen=True)
class Lexicon:
    """Words by their lower-case form; phrases have single spaces.

    nouns: by their singular; `singular` takes plural forms there.
    additions: attributes that can be put before nouns of a category.
    unfit: attributes that nouns of a category cannot have.
    roles: what things of a category are in a scene ("living", "thing", "place"); only living ones and things are added.
    fixed: senses of relations that do not trade places with others ("with").
    mass: nouns that stand without an article in the singular ("rice").
    verbs: base forms and third persons of what things do, to be told from plurals ("rides").
    genders: "male" or "female" of nouns that say it.
    upright: senses of actions that say no more than that something is there ("sit"), without weight beside symmetric
        relations.
    """

    nouns: Mapping[str, Noun]
    singular: Mapping[str, str]
    attributes: Mapping[str, Attribute]
    relations: Mapping[str, Relation]
    numbers: Mapping[str, int]
    additions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unfit: Mapping[str, frozenset[str]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    mass: frozenset[str] = frozenset()
    upright: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    genders: Mapping[str, str] = field(default_factory=dict)
    not_objects: frozenset[str] = frozenset()
    not_attributes: frozenset[str] = frozenset()
    longest_relation: Mapping[str, int] = field(init=False)  # words of the longest relation by its first word
    compounds: Mapping[str, int] = field(init=False)  # words of the longest noun of several words by its first word

    def role(self, noun: str) -> str | None:
        """What things like this noun's are in a scene."""
        return self.roles.get(self.nouns[noun].category)

    def __post_init__(self) -> None:
        object.__setattr__(self, "longest_relation", _longest(self.relations))
        object.__setattr__(self, "compounds", _longest(noun for noun in self.nouns if " " in noun))


def _longest(phrases: Iterable[str]) -> dict[str, int]:
    """Most words of a phrase by the first word."""
    longest: dict[str, int] = {}
    for phrase in phrases:
        first = phrase.split(" ", 1)[0]
        longest[first] = max(longest.get(first, 0), phrase.count(" ") + 1)
    return longest
