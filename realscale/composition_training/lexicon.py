"""Hard negatives of emoji captions by the operators for captions: the nouns are the labels, by CLDR subgroup."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from realscale.negatives.lexicon import from_document
from scm.composition.captions import Attribute, Lexicon, Negative, Noun, negatives, parse, split
from scm.streams import stream

_PERSONS = ("man", "woman", "men", "women")
_MOST_OTHERS = 12


def emoji_lexicon(labels: Mapping[str, str]) -> Lexicon:
    """The project's classes of attributes, relations and numbers, with labels (label -> subgroup) as the nouns.

    A label is its attributes ("red", "woman") and the noun behind them, up to a relation ("with"); the noun's
    co-hyponyms are those of its subgroup. So every word of a negative occurs in the captions too, and a caption is not
    known to be wrong by a word that no picture shows.
    """
    classes = from_document({"nouns": {}, "antonyms": {}})
    persons = {name: Attribute(name, tuple(other for other in _PERSONS if other != name)[:1]) for name in _PERSONS}
    attributes = {**classes.attributes, **persons}
    subgroup_of: dict[str, str] = {}
    for label, subgroup in labels.items():
        if noun := _noun(label, attributes, classes):
            subgroup_of.setdefault(noun, subgroup)
    members: dict[str, list[str]] = defaultdict(list)
    for noun, subgroup in subgroup_of.items():
        members[subgroup].append(noun)
    nouns = {}
    for noun, subgroup in subgroup_of.items():
        others = [other for other in members[subgroup] if other != noun]
        order = stream(0, "co-hyponyms", noun).permutation(len(others))[:_MOST_OTHERS]
        nouns[noun] = Noun(subgroup, noun, noun, frozenset({noun}), tuple(others[index] for index in order))
    return replace(
        classes,
        nouns=nouns,
        singular={},
        attributes=attributes,
        roles=dict.fromkeys(members, "thing"),
        mass=frozenset(),
    )


def _noun(label: str, attributes: Mapping[str, Attribute], lexicon: Lexicon) -> str:
    words = split(label)
    while len(words) > 1 and words[0].lower() in attributes:
        words = words[1:]
    end = next((place for place, word in enumerate(words) if _relates(word, lexicon) or not word[0].isalnum()), None)
    return " ".join(words[:end]).lower()


def _relates(word: str, lexicon: Lexicon) -> bool:
    return word in lexicon.relations or word in {"of", "and"}


def tags(caption: str, lexicon: Lexicon) -> list[str]:
    """Penn tags of the words of a label or of a scene's caption, known from how these are built."""
    found = []
    words = split(caption)
    for place, word in enumerate(words):
        name = word.lower()
        if not word[0].isalnum():
            found.append(word)
        elif name in {"a", "an"}:
            found.append("DT")
        elif name == "and":
            found.append("CC")
        elif _relates(name, lexicon) or (name in {"left", "right"} and words[place + 1 : place + 2] == ["of"]):
            found.append("IN")
        elif name in lexicon.attributes and place + 1 < len(words):
            found.append("JJ")
        else:
            found.append("NN")
    return found


def hard_negatives(caption: str, lexicon: Lexicon, *, most: int, steps: int, seed: int) -> list[Negative]:
    """Negatives of a caption by SWAP, REPLACE and ADD, at most `most` of each number of steps."""
    parsed = parse(caption, tags(caption, lexicon), lexicon)
    return negatives(parsed, lexicon, rng=stream(seed, "negatives", caption), most=most, steps=steps)


def vocabulary(labels: Collection[str], lexicon: Lexicon) -> list[str]:
    """Every word that labels, scenes and their negatives are made of."""
    phrases = (*labels, *lexicon.attributes, *lexicon.relations, *lexicon.numbers, "a", "an", "and", "no", "not")
    return sorted({word for phrase in phrases for word in split(phrase)} | {" ".join(split(p)) for p in phrases})
