"""Part-of-speech tags from TextBlob's lexicon and rules, which ship in its wheel; names are told by capitals."""

import warnings
from collections.abc import Callable, Sequence

from realscale.data.errors import MissingData
from scm.composition.captions.words import is_markup, plain

Tagger = Callable[[Sequence[str]], Sequence[str]]  # words -> Penn part-of-speech tags, one each

MARKUP_SEEN = ","  # what the tagger sees of a word that is none
_TITLES = "a an the and or nor but of in on at to by for from with without into onto over under up down off near behind"
_SMALL = frozenset([*_TITLES.split(), "as", "is", "are", "was", "were"])  # words that titles write small
_NO_NAMES = frozenset(["I", "TV", "TVs", "SUV", "SUVs", "T-shirt", "T-shirts", "OK", "UFO", "UFOs"])
_ENDING = frozenset(".!?:\"“‘'")  # a capital behind these may be that of a sentence
INSTALL = "pip install 'token-scm[negatives]'"


def tagger() -> Tagger:
    """A tagger of English words: TextBlob's port of Pattern's tagger (lexicon, suffix rules, Brill's contextual rules).

    Tags of names (NNP) are those of `names` alone; of other words the tagger sees no capital.

    Raises:
        MissingData: TextBlob is not installed; the message names the extra.
    """
    try:
        from textblob.taggers import PatternTagger
    except ModuleNotFoundError as error:
        raise MissingData(
            f"no part-of-speech tagger: {error.name} is not installed; TextBlob finds the nouns, adjectives and verbs "
            f"of captions. Install it with: {INSTALL}"
        ) from error
    pattern = PatternTagger()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its lexicon's file to the collector
        pattern.tag("ready", tokenize=False)

    def tags(words: Sequence[str]) -> list[str]:
        if not words:
            return []
        named = names(words)
        seen = [
            MARKUP_SEEN if is_markup(word) else word if place in named or word in _NO_NAMES else plain(word)
            for place, word in enumerate(words)
        ]
        found = [tag.replace("NNP", "NN") for _, tag in pattern.tag(" ".join(seen), tokenize=False)]
        if len(found) != len(words):
            raise ValueError(
                f"the tagger gave {len(found)} tags for the {len(words)} words of {' '.join(words)[:80]!r}"
            )
        for place in named:
            found[place] = "NNP"
        return found

    return tags


def names(words: Sequence[str]) -> frozenset[int]:
    """Places of the words of a caption that are written as names.

    They have a capital amid a sentence, or behind the first letter ("iPhone"), in a caption that writes other words
    small; a title or a caption in capitals tells nothing. Digits beside a name belong to it ("iPhone 12 Pro").
    """
    letters = {place: word for place, word in enumerate(words) if word[0].isalpha() and not is_markup(word)}
    inner = {place: word for place, word in letters.items() if place and not _begins(words, place)}
    if not any(word.islower() and word not in _SMALL for word in inner.values()):
        return frozenset()
    found = {place for place, word in letters.items() if word not in _NO_NAMES and word[1:] != word[1:].lower()}
    found |= {place for place, word in inner.items() if word not in _NO_NAMES and word[0].isupper()}
    for place, word in enumerate(words):
        if word.isdigit() and not found.isdisjoint((place - 1, place + 1)):
            found.add(place)
    return frozenset(found)


def _begins(words: Sequence[str], place: int) -> bool:
    """Whether a capital at a place may be that of a sentence; markup says nothing."""
    while place and is_markup(words[place - 1]):
        place -= 1
    return place == 0 or words[place - 1] in _ENDING
