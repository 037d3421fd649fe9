"""Part-of-speech tags from TextBlob's lexicon and rules, which ship in its wheel."""

import warnings
from collections.abc import Callable, Sequence

from realscale.data.errors import MissingData

Tagger = Callable[[Sequence[str]], Sequence[str]]  # words -> Penn part-of-speech tags, one each

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
        first = words[0].lower() if len(words[0]) > 1 and words[0].istitle() else words[0]
        found = [tag for _, tag in pattern.tag(" ".join([first, *words[1:]]), tokenize=False)]
        if len(found) != len(words):
            raise ValueError(
                f"the tagger gave {len(found)} tags for the {len(words)} words of {' '.join(words)[:80]!r}"
            )
        return found

    return tags
