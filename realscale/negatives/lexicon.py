"""The lexicon of real captions: WordNet's nouns and antonyms, and classes of attributes, relations and actions."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from realscale.data.cache import digest, root, write_atomically
from realscale.negatives.plurals import plural
from realscale.negatives.wordnet import PACKAGE, WordNet, read
from scm.composition.captions import Attribute, Lexicon, Noun, Relation

# lexicographer's files
_FILES = {5: "animal", 6: "artifact", 8: "body", 13: "food", 17: "object", 18: "person", 20: "plant"}
_ARTIFACTS = {
    name: name for name in ("clothing", "vehicle", "furniture", "container", "musical instrument", "structure")
} | {"conveyance": "vehicle"}
_ENOUGH, _MOST, _CLIMB = 6, 16, 3  # co-hyponyms wanted, kept, and levels climbed for them
_KIND = 12  # most familiar words below a hypernym that is still one kind of thing
_SHALLOWEST = 5  # steps from the top of a hypernym whose words are still of one kind
_FREQUENT = 4  # times that a noun stood for its sense in WordNet's tagged texts, to be offered to readers
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@cache
def _classes() -> dict[str, Any]:
    return json.loads(_classes_text())


def _classes_text() -> str:
    return files("realscale.negatives").joinpath("classes.json").read_text(encoding="utf-8")


def identity() -> str:
    """What the lexicon is made of, as a hash: the pinned WordNet, the classes and how they are put together."""
    parts = (PACKAGE.sha256, _classes_text(), _ENOUGH, _MOST, _CLIMB, _FREQUENT, _KIND, _SHALLOWEST, 3)
    return digest(" ".join(map(str, parts)).encode())


@cache
def load() -> Lexicon:
    """The lexicon; its nouns are built from WordNet once and kept in the data cache.

    Raises:
        MissingData: WordNet is not in the cache; the message names the command that fetches it.
    """
    path = root() / "negatives" / f"lexicon-{identity()[:16]}.json.gz"
    try:
        document = json.loads(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValueError):
        document = built(read())
        write_atomically(path, gzip.compress(json.dumps(document).encode(), mtime=0))
    return from_document(document)


def built(wordnet: WordNet) -> dict[str, Any]:
    """Nouns and antonyms as a JSON document."""
    return {"nouns": _nouns(wordnet), "antonyms": _antonyms(wordnet)}


def from_document(document: Mapping[str, Any]) -> Lexicon:
    """The lexicon of a document that `built` made, with the classes beside it."""
    classes = _classes()
    nouns = {
        name: Noun(category, plural, sense, frozenset(meanings), tuple(others))
        for name, (category, plural, sense, meanings, others) in document["nouns"].items()
    }
    return Lexicon(
        nouns=nouns,
        singular={noun.plural: name for name, noun in reversed(nouns.items()) if noun.plural != name},
        attributes=_attributes(classes["attributes"], document["antonyms"]),
        relations=_relations(classes["relations"], classes["actions"]),
        numbers={name: value for value, word in enumerate(_NUMBERS, 1) for name in (word, str(value))},
        additions={category: tuple(words.split()) for category, words in classes["additions"].items()},
        unfit={category: frozenset(words.split()) for category, words in classes["unfit"].items()},
        roles=classes["roles"],
        fixed=frozenset(classes["fixed"].split()),
        mass=frozenset(classes["mass"].split()),
        upright=frozenset(classes["upright"]),
        not_objects=frozenset(classes["not_objects"].split()),
        not_attributes=frozenset(classes["not_attributes"].split()),
    )


def _attributes(groups: Mapping[str, list[list[str]]], antonyms: Mapping[str, list[Any]]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for senses in groups.values():
        for words in senses:
            for word in words:
                others = tuple(other for rest in senses if rest is not words for other in rest[:2])
                before = found.get(word, Attribute(words[0], ()))
                found[word] = before._replace(others=(*before.others, *others))
    for word, (sense, others) in antonyms.items():
        found.setdefault(word, Attribute(sense, tuple(others)))
    offered = [other for entry in found.values() for other in entry.others]
    return found | {other: Attribute(other, ()) for other in offered if other not in found}


def _relations(places: Iterable[Mapping[str, Any]], actions: Mapping[Any, Any]) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for place in places:
        others = {category: tuple(words) for category, words in place["others"].items()}
        for phrase in place["says"]:
            found[phrase] = Relation("place", place["sense"], others, place.get("converse", ""))
    for kind, classes in actions.items():
        for groups in classes:
            for group in groups:
                for verb in group:
                    for form, word in enumerate(verb.split()):
                        excluded = tuple(other[0].split()[form] for other in groups if other is not group)
                        before = found.get(word, Relation(kind, group[0].split()[0], {"": ()}))
                        found[word] = before._replace(others={"": (*before.others[""], *excluded)})
    return found


def _nouns(wordnet: WordNet) -> dict[str, list[Any]]:
    classes = _classes()
    familiar = {*classes["familiar"].split(), *classes["compounds"]}
    qualities = {word for groups in classes["attributes"].values() for words in groups for word in words}
    senses = {lemma: sense for lemma in wordnet.senses if (sense := _visible(lemma, wordnet)) is not None}
    for lemma in [lemma for lemma in senses if lemma.split(" ")[0] in qualities and lemma not in familiar]:
        if " " in lemma:
            del senses[lemma]  # "black bear" says its attribute
    plurals = {lemma: plural(lemma) for lemma in senses}
    several = {form for lemma, form in plurals.items() if form != lemma}
    kinds = {wordnet.senses[name][0]: kind for name, kind in _ARTIFACTS.items()}
    categories = {
        lemma: next((kinds[a] for a in wordnet.ancestors(sense) if a in kinds), _FILES[wordnet.nouns[sense].file])
        for lemma, sense in senses.items()
    }
    everyday = _everyday(classes["objects"], wordnet)
    near: dict[int, list[str]] = defaultdict(list)  # frequent and familiar words below each synset
    for lemma, sense in senses.items():
        frequent = " " not in lemma and wordnet.counts.get((lemma, sense), 0) >= _FREQUENT
        elsewhere = lemma in everyday and everyday[lemma][0] != categories[lemma]
        if (lemma in familiar or frequent) and lemma not in several | qualities and not elsewhere:
            for ancestor in wordnet.ancestors(sense):
                near[ancestor].append(lemma)
    far = {ancestor: [lemma for lemma in lemmas if lemma in familiar] for ancestor, lemmas in near.items()}
    result = {}
    for lemma, sense in senses.items():
        category = categories[lemma]
        others = [] if category in {"person", "body"} else _cohyponyms(lemma, sense, wordnet, near, far)
        result[lemma] = [category, plurals[lemma], f"n{sense}", _names(wordnet.senses[lemma]), others]
    return result | everyday


def _everyday(objects: Mapping[str, list[str]], wordnet: WordNet) -> dict[str, list[Any]]:
    """Entries of the lists of everyday things, which know better than WordNet what is not what."""
    found: dict[str, list[Any]] = {}
    for category, groups in objects.items():
        for words in (group.split(", ") for group in groups):
            for word in words:
                meanings = _names(wordnet.senses.get(word, ()))
                entry = found.setdefault(word, [category, plural(word), f"everyday {word}", meanings, []])
                entry[4] += [other for other in words if other != word and other not in entry[4]]
    return found


def _names(senses: Iterable[int]) -> list[str]:
    return [f"n{sense}" for sense in senses]


def _visible(lemma: str, wordnet: WordNet) -> int | None:
    """The sense of a noun that can be seen, among its first two; None for other nouns and for names of single things.

    Plants that are eaten count as food.
    """
    if not lemma.replace(" ", "").replace("-", "").isalpha() or lemma.count(" ") > 1 or len(lemma) < 3:
        return None
    senses = [s for s in wordnet.senses[lemma][:2] if wordnet.nouns[s].file in _FILES and wordnet.nouns[s].hypernyms]
    produce = wordnet.senses["produce"][0]
    eaten = [sense for sense in senses if produce in wordnet.ancestors(sense)]
    return next(iter(eaten or senses), None)


def _cohyponyms(
    lemma: str, sense: int, wordnet: WordNet, near: Mapping[int, list[str]], far: Mapping[int, list[str]]
) -> list[str]:
    """Other words below the closest hypernyms, until there are enough; none that it is, or that are it.

    Below the closest hypernym words that are frequent or familiar, further up only familiar ones.
    """
    own = set(wordnet.senses[lemma])
    line = {sense, *wordnet.ancestors(sense)}
    found: dict[str, None] = {}
    for height, ancestor in enumerate(wordnet.ancestors(sense)[:_CLIMB]):
        if len(wordnet.ancestors(ancestor)) < _SHALLOWEST:
            break
        offered = (far if height else near).get(ancestor, ())
        for other in offered if not height or len(offered) <= _KIND else ():
            others = set(wordnet.senses[other])
            if not (own | line) & others and not any(sense in wordnet.ancestors(meaning) for meaning in others):
                found[other] = None
        if len(found) >= _ENOUGH:
            break
    return list(found)[:_MOST]


def _antonyms(wordnet: WordNet) -> dict[str, list[Any]]:
    """Adjectives whose commonest sense has an antonym: its synset and the antonyms."""
    result: dict[str, list[Any]] = {}
    for lemma, senses in wordnet.adjective_senses.items():
        pairs = wordnet.adjectives[senses[0]].antonyms
        others = [other for word, other in pairs if word.lower() == lemma and other.isalpha()]
        if others and lemma.isalpha():
            result[lemma] = [f"a{senses[0]}", others]
    return result
