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
    units: of measures, behind a number ("cm").
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
    units: frozenset[str] = frozenset()
    longest_relation: Mapping[str, int] = field(init=False)  # words of the longest relation by its first word
    # nouns of several words by the first: words of the longest, and what can be the second
    compounds: Mapping[str, tuple[int, frozenset[str]]] = field(init=False)
    _fitting: dict[tuple[str, str], tuple[str, ...]] = field(init=False, default_factory=dict, repr=False)
    _other_numbers: dict[str, tuple[str, ...]] = field(init=False, default_factory=dict, repr=False)

    def role(self, noun: str) -> str | None:
        """What things like this noun's are in a scene."""
        return self.roles.get(self.nouns[noun].category)

    def fitting(self, attribute: str, category: str) -> tuple[str, ...]:
        """What excludes an attribute and can be said of nouns of a category."""
        found = self._fitting.get((attribute, category))
        if found is None:
            unfit = self.unfit.get(category, frozenset())
            found = tuple([other for other in self.attributes[attribute].others if other not in unfit])
            self._fitting[attribute, category] = found
        return found

    def other_numbers(self, number: str) -> tuple[str, ...]:
        """Other numbers above one, as digits or as words as this one is; none for one itself."""
        found = self._other_numbers.get(number)
        if found is None:
            value, digits, every = self.numbers[number], number.isdigit(), self.numbers.items()
            found = tuple([name for name, other in every if 1 < other != value > 1 and name.isdigit() == digits])
            self._other_numbers[number] = found
        return found

    def __post_init__(self) -> None:
        object.__setattr__(self, "longest_relation", _longest(self.relations))
        compounds = [(name, noun.plural) for name, noun in self.nouns.items() if " " in name]
        seconds: dict[str, set[str]] = {}
        for forms in compounds:
            for form in forms:
                first, second = form.split(" ", 2)[:2]
                seconds.setdefault(first, set()).add(second)
        longest = _longest(form for forms in compounds for form in forms)
        object.__setattr__(
            self, "compounds", {first: (longest[first], frozenset(after)) for first, after in seconds.items()}
        )


def _longest(phrases: Iterable[str]) -> dict[str, int]:
    """Most words of a phrase by the first word."""
    longest: dict[str, int] = {}
    for phrase in phrases:
        first = phrase.split(" ", 1)[0]
        longest[first] = max(longest.get(first, 0), phrase.count(" ") + 1)
    return longest
