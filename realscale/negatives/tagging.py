"""Part-of-speech tags from TextBlob's lexicon and rules, which ship in its wheel."""

import warnings
from collections.abc import Callable, Sequence

from realscale.data.errors import MissingData
from scm.composition.captions.words import is_markup

Tagger = Callable[[Sequence[str]], Sequence[str]]  # words -> Penn part-of-speech tags, one each

MARKUP_SEEN = ","  # what the tagger sees of a word that is none
INSTALL = "pip install 'token-scm[negatives]'"


def tagger() -> Tagger:
    """A tagger of English words: TextBlob's port of Pattern's tagger (lexicon, suffix rules, Brill's contextual rules).

    A capital that only the first place gives a word does not make it a name.

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
        plain = [MARKUP_SEEN if is_markup(word) else word for word in words]
        if len(plain[0]) > 1 and plain[0].istitle():
            plain[0] = plain[0].lower()
        found = [tag for _, tag in pattern.tag(" ".join(plain), tokenize=False)]
        if len(found) != len(words):
            raise ValueError(
                f"the tagger gave {len(found)} tags for the {len(words)} words of {' '.join(words)[:80]!r}"
            )
        return found

    return tags
