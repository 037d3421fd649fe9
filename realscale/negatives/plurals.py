"""Plural forms of English nouns: the regular endings, and the irregular nouns of everyday captions."""

_IRREGULAR = {
    "child": "children",
    "foot": "feet",
    "goose": "geese",
    "louse": "lice",
    "mouse": "mice",
    "ox": "oxen",
    "person": "people",
    "tooth": "teeth",
    "die": "dice",
    "calf": "calves",
    "elf": "elves",
    "half": "halves",
    "knife": "knives",
    "leaf": "leaves",
    "life": "lives",
    "loaf": "loaves",
    "scarf": "scarves",
    "self": "selves",
    "shelf": "shelves",
    "thief": "thieves",
    "wife": "wives",
    "wolf": "wolves",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "hero": "heroes",
    "echo": "echoes",
    "mango": "mangoes",
    "buffalo": "buffaloes",
    "volcano": "volcanoes",
    "mosquito": "mosquitoes",
    "tornado": "tornadoes",
    "cactus": "cacti",
    "bus": "buses",
    "human": "humans",
    "german": "germans",
    "roman": "romans",
    "talisman": "talismans",
    "caiman": "caimans",
}
_UNCHANGED = frozenset(
    [
        "sheep",
        "deer",
        "fish",
        "moose",
        "bison",
        "aircraft",
        "shrimp",
        "salmon",
        "trout",
        "squid",
        "swine",
        "series",
        "species",
        "shorts",
        "trousers",
        "pants",
        "jeans",
        "scissors",
        "glasses",
        "sunglasses",
        "goggles",
        "tongs",
        "pliers",
        "binoculars",
        "slacks",
        "clothes",
        "overalls",
        "pajamas",
        "leggings",
        "tights",
        "cattle",
    ]
)


def plural(noun: str) -> str:
    """The plural of a noun; of its last word if it has several."""
    head, space, last = noun.rpartition(" ")
    return f"{head}{space}{_plural(last)}"


def _plural(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _UNCHANGED:
        return word
    for ending in ("man", "child", "foot", "tooth", "goose", "mouse"):
        if word.endswith(ending):
            return word.removesuffix(ending) + {"man": "men"}.get(ending, _IRREGULAR.get(ending, ending))
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"
