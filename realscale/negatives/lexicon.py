"""The lexicon of real captions: WordNet's nouns and antonyms, and classes of attributes, relations and actions."""

import gzip
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
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
_FREQUENT = 4  # times that an adjective stands in WordNet's tagged texts, to be offered to readers
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@cache
def _classes() -> dict[str, Any]:
    return json.loads(_classes_text())


def _classes_text() -> str:
    return files("realscale.negatives").joinpath("classes.json").read_text(encoding="utf-8")


def identity() -> str:
    """What the lexicon is made of, as a hash: the pinned WordNet, the classes and how they are put together."""
    parts = (PACKAGE.sha256, _classes_text(), _ENOUGH, _MOST, _CLIMB, _FREQUENT, _KIND, _SHALLOWEST, 5)
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
    attributes = classes["attributes"]
    nouns = {
        name: Noun(category, plural, sense, frozenset(meanings), tuple(others))
        for name, (category, plural, sense, meanings, others) in document["nouns"].items()
    }
    return Lexicon(
        nouns=nouns,
        singular={noun.plural: name for name, noun in reversed(nouns.items()) if noun.plural != name},
        attributes=_attributes(attributes, document["antonyms"]),
        relations=_relations(classes["relations"]) | _actions(classes["actions"]) | _symmetric(classes),
        numbers={name: value for value, word in enumerate(_NUMBERS, 1) for name in (word, str(value))},
        additions={category: tuple(words.split()) for category, words in classes["additions"].items()},
        unfit={
            category: _unfit(fits.split(), classes["rare"].get(category, ""), attributes)
            for category, fits in classes["fits"].items()
        },
        roles=classes["roles"],
        fixed=frozenset(classes["fixed"]),
        mass=frozenset(classes["mass"].split()),
        verbs=frozenset(form for verb in classes["verbs"].split() for form in (verb, plural(verb))),
        genders={name: gender for gender, names in classes["genders"].items() for name in names.split()},
        upright=frozenset(classes["upright"]),
        not_objects=frozenset(classes["not_objects"].split()),
        not_attributes=frozenset(classes["not_attributes"].split()),
        units=frozenset(classes["units"].split()),
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


def _unfit(fitting: Collection[str], rare: str, groups: Mapping[str, list[list[str]]]) -> frozenset[str]:
    """Attributes of no fitting class, and those that are rare all the same."""
    words = {
        fits: {
            word for name, senses in groups.items() if (name in fitting) == fits for sense in senses for word in sense
        }
        for fits in (True, False)
    }
    return frozenset((words[False] - words[True]) | set(rare.split()))


def _relations(places: list[Mapping[str, Any]]) -> dict[str, Relation]:
    """Relations by what they say; a mirrored one is replaced by the mirror image in the same words."""
    says = {place["sense"]: place["says"] for place in places}
    found: dict[str, Relation] = {}
    for place in places:
        others = {category: tuple(words) for category, words in place.get("others", {}).items()}
        for number, phrase in enumerate(place["says"]):
            mirrored = {"": (says[place["mirror"]][number],)} if "mirror" in place else others
            found[phrase] = Relation("place", place["sense"], mirrored, place.get("converse", ""))
    return found


def _actions(actions: Mapping[Any, Any]) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for kind, classes in actions.items():
        for groups in classes:
            for group in groups:
                for verb in group:
                    for form, word in enumerate(verb.split()):
                        excluded = tuple(other[0].split()[form] for other in groups if other is not group)
                        before = found.get(word, Relation(kind, group[0].split()[0], {"": ()}))
                        found[word] = before._replace(others={"": (*before.others[""], *excluded)})
    return found


def _symmetric(classes: Mapping[str, Any]) -> dict[str, Relation]:
    """Actions of two on each other, in all forms: who is named first says nothing."""
    found: dict[str, Relation] = {}
    for preposition, verbs in classes["symmetric"].items():
        for verb in verbs.split():
            stem = verb.removesuffix("e")
            forms = classes["irregular"].get(verb, f"{stem}ed {stem}ing").split()
            sense = f"{verb} each other"
            for form in (verb, plural(verb), *forms):
                found[f"{form} {preposition}".strip()] = Relation("action", sense, {}, sense)
    for phrase in classes["symmetric_phrases"]:
        found[phrase] = Relation("action", "join", {}, "join")
    return found


def _nouns(wordnet: WordNet) -> dict[str, list[Any]]:
    classes = _classes()
    familiar = set(classes["familiar"].split())
    qualities = {word for groups in classes["attributes"].values() for words in groups for word in words}
    senses = {lemma: sense for lemma in wordnet.senses if (sense := _visible(lemma, wordnet)) is not None}
    for lemma in [lemma for lemma in senses if " " in lemma and lemma not in classes["compounds"]]:
        if lemma.split(" ")[0] in qualities:
            del senses[lemma]  # "black bear" says its attribute
    plurals = {lemma: plural(lemma) for lemma in senses}
    several = {form for lemma, form in plurals.items() if form != lemma}
    kinds = {wordnet.senses[name][0]: kind for name, kind in _ARTIFACTS.items()}
    categories = {
        lemma: next((kinds[a] for a in wordnet.ancestors(sense) if a in kinds), _FILES[wordnet.nouns[sense].file])
        for lemma, sense in senses.items()
    }
    everyday = _everyday(classes["objects"], wordnet)
    offered: dict[int, list[str]] = defaultdict(list)  # familiar words below each synset
    for lemma, sense in senses.items():
        elsewhere = lemma in everyday and everyday[lemma][0] != categories[lemma]
        if lemma in familiar and lemma not in several | qualities and not elsewhere:
            for ancestor in wordnet.ancestors(sense):
                offered[ancestor].append(lemma)
    result = {}
    for lemma, sense in senses.items():
        category = categories[lemma]
        others = [] if category in {"person", "body"} else _cohyponyms(lemma, sense, wordnet, offered)
        result[lemma] = [category, plurals[lemma], f"n{sense}", _names(wordnet.senses[lemma]), others]
    return result | everyday


def _everyday(objects: Mapping[str, list[str]], wordnet: WordNet) -> dict[str, list[Any]]:
    """Entries of the lists of everyday things, which know better than WordNet what is not what."""
    found: dict[str, list[Any]] = {}
    for category, groups in objects.items():
        for words in (group.split(", ") for group in groups):
            entries = [word.split("/") for word in words]  # a thing, and what it may be called too
            for word, *too in entries:
                meanings = _names(wordnet.senses.get(word, ()))
                entry = found.setdefault(word, [category, plural(word), f"everyday {word}", meanings, []])
                entry[4] += [other for other, *_ in entries if other not in (word, *too) and other not in entry[4]]
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


def _cohyponyms(lemma: str, sense: int, wordnet: WordNet, familiar: Mapping[int, list[str]]) -> list[str]:
    """Familiar words below the closest hypernyms, until there are enough; none that it is, or that are it."""
    own = set(wordnet.senses[lemma])
    line = {sense, *wordnet.ancestors(sense)}
    found: dict[str, None] = {}
    for ancestor in wordnet.ancestors(sense)[:_CLIMB]:
        if len(wordnet.ancestors(ancestor)) < _SHALLOWEST:
            break
        offered = familiar.get(ancestor, ())
        for other in offered if len(offered) <= _KIND else ():
            others = set(wordnet.senses[other])
            if not (own | line) & others and not any(sense in wordnet.ancestors(meaning) for meaning in others):
                found[other] = None
        if len(found) >= _ENOUGH:
            break
    return list(found)[:_MOST]


def _antonyms(wordnet: WordNet) -> dict[str, list[Any]]:
    """Adjectives whose commonest sense has antonyms that are in use: its synset and the antonyms."""
    result: dict[str, list[Any]] = {}
    for lemma, senses in wordnet.adjective_senses.items():
        pairs = wordnet.adjectives[senses[0]].antonyms
        others = [
            other
            for word, other in pairs
            if word.lower() == lemma and other.isalpha() and wordnet.counts.get(other, 0) >= _FREQUENT
        ]
        if others and lemma.isalpha():
            result[lemma] = [f"a{senses[0]}", others]
    return result
