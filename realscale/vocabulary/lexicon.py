"""What WordNet says of words: other words for a class, and which nouns are places."""

from collections.abc import Container, Iterable

from realscale.negatives.plurals import plural
from realscale.negatives.wordnet import WordNet
from realscale.vocabulary.grammar import words
from realscale.vocabulary.normal import entries

_ROOTS = (
    *("location", "geological formation", "body of water", "structure", "land", "room", "facility", "area"),
    *("road", "thoroughfare", "vegetation"),
)


def class_forms(names: Iterable[str], wordnet: WordNet | None, known: Container[str]) -> dict[str, tuple[str, ...]]:
    """Plural of each class name, and where there is a lexicon the words for it and for kinds of it ("puppy", "dog").

    A lemma speaks for a class if its commonest sense is that of the class, or lies below it; for the nearest class if
    there are several. Lemmas with a word outside `known` are left out: no caption says them.
    """
    singular = list(dict.fromkeys(names))
    found: dict[str, list[str]] = {name: [plural(name)] for name in singular}
    if wordnet is not None:
        classes = {wordnet.senses[name][0]: name for name in reversed(singular) if wordnet.senses.get(name)}
        lemmas = [lemma for lemma in wordnet.senses if all(word in known for word in lemma.split(" "))]
        for lemma in lemmas:
            sense = wordnet.senses[lemma][0]
            line = (sense, *wordnet.nouns[sense].hypernyms, *wordnet.ancestors(sense))
            nearest = next((classes[above] for above in line if above in classes), None)
            if nearest is not None and lemma not in found:
                found[nearest] += [lemma, plural(lemma)]
    taken = set(singular)
    result = {}
    for name in singular:
        normal = [form for form in entries(found[name]) if form]
        forms = dict.fromkeys(form for form in normal if form not in taken)
        taken |= set(forms)
        result[name] = tuple(forms)
    return result


def places(wordnet: WordNet | None) -> dict[str, str]:
    """Kind of each word that can say where or when: "place" or "time" or "weather"."""
    kinds = {"times": "time", "weathers": "weather", "place_names": "place", "everywhere": "place"}
    known = {word: kind for name, kind in kinds.items() for word in words(name)}
    if wordnet is None:
        return known
    roots = {wordnet.senses[name][0] for name in _ROOTS if name in wordnet.senses}
    relative = set(words("placers"))  # "in front of": a place relative to a thing
    for lemma, senses in wordnet.senses.items():
        if (
            lemma not in known
            and lemma not in relative
            and lemma.count(" ") < 2
            and not roots.isdisjoint(wordnet.ancestors(senses[0]))
        ):
            known[lemma] = "place"
    return known
