"""From the evidence of one pass to a draft: class names with their other words, styles, places, repeated objects."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from realscale.negatives.plurals import plural
from realscale.negatives.wordnet import WordNet
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.evidence import Evidence
from realscale.vocabulary.grammar import words
from realscale.vocabulary.lexicon import class_forms
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.normal import GAP, entries, pattern
from realscale.vocabulary.pruning import pruned

STYLE, PLACE, OBJECT = "style template", "place in lexicon after a preposition", "shown in several styles"
ELSEWHERE = f"{PLACE}, but mostly elsewhere"
_SEVERAL = 2  # styles that an object is shown in, or objects that a style shows, to be believed


def draft(
    evidence: Evidence,
    names: Sequence[str],
    wordnet: WordNet | None,
    kinds: Mapping[str, str],
    *,
    least: int,
    decide: bool,
    earlier: ReviewedVocabulary,
) -> ReviewedVocabulary:
    """Entries that templates, lexicon and given names propose; those of the earlier vocabulary come first, as they are.

    Raises:
        ValueError: a class name without words, or two that captions say alike.
    """
    counts = dict(evidence.words.frame().iter_rows())
    taken = {form for _, entry in earlier.placed() for form in entry.said} | set(earlier.rejected)
    given = [name for name in class_names(names) if name not in taken]
    forms = class_forms(given, wordnet, counts)
    classes = [
        Entry(name, tuple(form for form in forms[name] if form not in taken), found=("given",)) for name in given
    ]
    taken |= {form for entry in classes for form in entry.said}
    contexts = [*_styles(evidence, least), *_places(evidence, kinds, counts, least)]
    offered = []
    for entry in contexts:
        if entry.name not in taken:
            offered.append(replace(entry, forms=tuple(form for form in entry.forms if form not in taken)))
            taken |= set(entry.said)
    bare = set(words("bare_styles"))
    environments = [entry for entry in offered if entry.name not in bare and entry.found != (ELSEWHERE,)]
    undecided = [entry for entry in offered if entry not in environments]
    objects = _objects(evidence, ReviewedVocabulary((), (*earlier.environments, *environments)), least)
    objects = [entry for entry in objects if entry.name not in taken]
    if decide:
        classes += objects
    else:
        undecided += _heads(objects, [form for entry in (*earlier.classes, *classes) for form in entry.said])
    shown = _shown(evidence.styles.frame(), least)
    return ReviewedVocabulary(
        tuple(_marked(entry, contexts) for entry in (*earlier.classes, *classes)),
        tuple(_marked(entry, shown) for entry in (*earlier.environments, *environments)),
        (*earlier.undecided, *undecided),
        earlier.rejected,
    )


def class_names(names: Sequence[str]) -> list[str]:
    """The names in normal form.

    Raises:
        ValueError: a name without words, or two that captions say alike.
    """
    normal = entries(names)
    for name, form in zip(names, normal, strict=True):
        if not form:
            raise ValueError(f"the class name {name!r} has no word, so no caption can say it")
        if normal.count(form) > 1:
            raise ValueError(
                f"two class names are {form!r} in captions ({name!r} is one); they could not be told apart: give one "
                "of them another name"
            )
    return normal


def _styles(evidence: Evidence, least: int) -> list[Entry]:
    shown = evidence.styles.frame().group_by("style").agg(pl.col("count").sum(), pl.len().alias("objects"))
    shown = shown.filter((pl.col("count") >= least) & (pl.col("objects") >= _SEVERAL)).sort(
        "count", "style", descending=True
    )
    return [Entry(style, kind="style", found=(STYLE,)) for style in shown["style"]]


def _places(evidence: Evidence, kinds: Mapping[str, str], counts: Mapping[str, int], least: int) -> list[Entry]:
    """Words of the lexicon after prepositions of place; if they stand elsewhere more often, `found` says so."""
    anywhere = [(word, counts[word]) for word in words("everywhere") if counts.get(word, 0) >= least]
    found = []
    for place, count in [*anywhere, *evidence.led.frame(least).iter_rows()]:
        elsewhere = counts.get(place, count) - count
        evidenced = PLACE if count >= elsewhere else ELSEWHERE
        several = (plural(place),) if plural(place) in counts and plural(place) != place else ()
        found.append(Entry(place, several, kinds[place], (evidenced,)))
    return found


def _objects(evidence: Evidence, known: ReviewedVocabulary, least: int) -> list[Entry]:
    """What is shown in several styles, without the environments in its description."""
    matcher = Matcher(known)
    shown = matcher.match(evidence.styles.frame().rename({"object": "caption"}))
    return _shown(shown.with_columns(pruned(shown, matcher).alias("object")), least)


def _shown(objects: pl.DataFrame, least: int) -> list[Entry]:
    named = objects.filter(pl.col("object") != "").group_by("object")
    counted = named.agg(pl.col("count").sum(), pl.col("style").n_unique().alias("styles"))
    kept = counted.filter((pl.col("count") >= least) & (pl.col("styles") >= _SEVERAL))
    names = kept.sort("count", "object", descending=[True, False])["object"].to_list()
    return [Entry(name, found=(OBJECT,)) for name in dict.fromkeys(entries(names)) if name]


def _heads(objects: Sequence[Entry], forms: Sequence[str]) -> list[Entry]:
    """The objects that do not describe a class, or another object, by more words ("red car" beside "car")."""
    ends = {pattern(form).lstrip(" ") for form in (*forms, *(entry.name for entry in objects))}
    inside = {pattern(form) for form in forms}

    def more(name: str) -> bool:
        words = pattern(name)
        tails = (words[at + len(GAP) :] for at in range(len(words)) if words.startswith(GAP, at))
        return any(form in words for form in inside) or any(tail in ends for tail in tails)

    return [entry for entry in objects if not more(entry.name)]


def _marked(entry: Entry, others: Sequence[Entry]) -> Entry:
    """An entry that also stands where those of the other role stand has both in `found`: it is ambiguous."""
    both = [other.found[0] for other in others if other.name in entry.said]
    return replace(entry, found=tuple(dict.fromkeys((*entry.found, *both))))
