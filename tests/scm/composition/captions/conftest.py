"""A lexicon of a few words, and captions of them with their tags."""

from collections.abc import Callable

import pytest

from scm.composition.captions import Attribute, Caption, Lexicon, Noun, Relation, parse, split

ANIMALS = {"dog": "dogs", "cat": "cats", "owl": "owls", "elephant": "elephants"}
FOODS = {"rice": "rice", "soup": "soups", "apple": "apples"}
THINGS = {"couch": "couches", "umbrella": "umbrellas", "table": "tables", "hot dog": "hot dogs"}
PERSONS = {"king": "kings", "queen": "queens"}
COLOURS = ("red", "orange", "black")
SIZES = {"big": "big", "large": "big", "small": "small", "tiny": "small"}


def _noun(name: str, plural: str, category: str, others: dict[str, str]) -> Noun:
    meanings = {name} | ({"hound"} if name == "dog" else set())
    return Noun(category, plural, name, frozenset(meanings), tuple(other for other in others if other != name))


def _attribute(sense: str, senses: dict[str, str]) -> Attribute:
    return Attribute(sense, tuple(word for word, other in senses.items() if other != sense))


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    """Animals and furniture, colours and sizes, five relations and an action."""
    nouns = {name: _noun(name, plural, "animal", {**ANIMALS, "hound": ""}) for name, plural in ANIMALS.items()}
    nouns |= {name: _noun(name, plural, "artifact", THINGS) for name, plural in THINGS.items()}
    nouns |= {name: _noun(name, plural, "food", FOODS) for name, plural in FOODS.items()}
    nouns |= {name: _noun(name, plural, "person", PERSONS) for name, plural in PERSONS.items()}
    nouns["hound"] = Noun("animal", "hounds", "dog", frozenset({"hound", "dog"}), ("cat", "dog"))
    sizes = {word: _attribute(sense, SIZES) for word, sense in SIZES.items()}
    colours = {word: _attribute(word, {colour: colour for colour in COLOURS}) for word in COLOURS}
    upright = {
        form: Relation("intransitive", "sit", {"": (other,)})
        for form, other in [("sits", "runs"), ("sitting", "running")]
    }
    runs = {
        form: Relation("intransitive", "run", {"": (other,)})
        for form, other in [("runs", "sits"), ("running", "sitting")]
    }
    return Lexicon(
        nouns=nouns,
        singular={noun.plural: name for name, noun in nouns.items()},
        attributes=sizes | colours,
        relations={
            "on": Relation("place", "on", {"": ("under",)}),
            "under": Relation("place", "under", {"": ("on",)}),
            "next to": Relation("place", "next to", {"": ("under",)}, "next to"),
            "beside": Relation("place", "next to", {"": ("under", "next to")}, "next to"),
            "left of": Relation("place", "left of", {"": ("right of",)}, "right of"),
            "right of": Relation("place", "right of", {"": ("left of",)}, "left of"),
            "with": Relation("place", "with", {"": ("without",)}),
            "without": Relation("place", "without", {"": ("with",)}),
            "chasing": Relation("action", "chase", {"": ("washing",)}),
            "washing": Relation("action", "wash", {"": ("chasing",)}),
            "meets": Relation("action", "meet", {}, "meet"),
            "talking to": Relation("action", "talk", {}, "talk"),
            "on the left": Relation("place", "leftmost", {"": ("on the right",)}),
            "on the right": Relation("place", "rightmost", {"": ("on the left",)}),
            **upright,
            **runs,
        },
        numbers={"one": 1, "two": 2, "three": 3, "2": 2, "3": 3},
        additions={"animal": ("black", "small"), "artifact": ("red", "orange")},
        unfit={"animal": frozenset({"orange"}), "person": frozenset(COLOURS)},
        roles={"animal": "living", "artifact": "thing", "food": "thing", "person": "living"},
        mass=frozenset({"rice", "soup"}),
        upright=frozenset({"sit"}),
        fixed=frozenset({"with", "without"}),
        verbs=frozenset({"chases", "chase"}),
        genders={"king": "male", "queen": "female"},
        not_objects=frozenset({"side"}),
    )


TAGS = {
    **dict.fromkeys(["a", "an", "the", "no"], "DT"),
    **dict.fromkeys([*COLOURS, *SIZES, "hot", "fast"], "JJ"),
    **dict.fromkeys(["on", "under", "beside", "with", "without", "of"], "IN"),
    **dict.fromkeys(["one", "two", "three", "2", "3"], "CD"),
    **dict.fromkeys(["chasing", "washing", "sitting", "running"], "VBG"),
    **dict.fromkeys(["is", "sits", "runs", "meets"], "VBZ"),
    **{
        "talking": "VBG",
        "burning": "VBG",
        "his": "PRP$",
        "her": "PRP$",
        "large": "JJ",
        "chases": "NNS",
        "rides": "NNS",
    },
    **{"in": "IN", "as": "IN", "tall": "JJ", "either": "CC"},
    **{"and": "CC", "or": "CC", "next": "JJ", "left": "VBN", "right": "NN", "to": "TO", "not": "RB"},
    **{mark: mark for mark in ".,:"},
}


@pytest.fixture(scope="session")
def read(lexicon: Lexicon) -> Callable[[str], Caption]:
    """Captions of these words, parsed."""

    def tag(word: str) -> str:
        name = word.lower()
        return TAGS.get(name) or ("NNS" if name in lexicon.singular else "NN")

    return lambda text: parse(text, [tag(word) for word in split(text)], lexicon)
