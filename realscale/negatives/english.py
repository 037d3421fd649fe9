"""Whether a caption is English, as far as the lexicon and the commonest words tell."""

import unicodedata
from collections.abc import Sequence

from scm.composition.captions import Lexicon
from scm.composition.captions.words import is_markup

NOT_ENGLISH = "not English, as far as the lexicon knows"
_COMMON = (
    "a an the this that these those some any each every both all no not and or but of in on at to by for from with "
    "without into onto over under up down off out through across around along between among behind beside near above "
    "below after before while during against about as than is are was were be being been has have had do does did can "
    "will there it its he she they his her their him them i my me you your we our us who which what where when one two "
    "three very so just only other another few many several more most left right"
)
_FUNCTION_WORDS = frozenset(_COMMON.split())
_FOREIGN = (  # the commonest words of neighbours of English that are none of its own
    "der das und ein eine einen einem einer mit im auf von zu dem den le la les un une des du dans sur avec et est aux "
    "el los las en con una por del il lo gli di della che e um uma com os het een op met van ett och av til og"
)
_FOREIGN_WORDS = frozenset(_FOREIGN.split())


def is_english(words: Sequence[str], tags: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether at least half of the words, names left out, are of the lexicon or among the commonest of English.

    Half is not enough beside words of another language, which may not outnumber the common English ones either. A
    caption without any letter is of no language and passes; it has nothing to edit.
    """
    pairs = zip(words, tags, strict=True)
    letters = [(word.lower(), tag) for word, tag in pairs if word[0].isalpha() and not is_markup(word)]
    if sum(not _latin(word) for word, _ in letters) * 2 > len(letters):
        return False
    told = [word for word, tag in letters if tag != "NNP"]
    if not told:
        return True
    common = sum(word in _FUNCTION_WORDS for word in told)
    foreign = sum(word in _FOREIGN_WORDS for word in told)
    known = sum(_known(word, lexicon) for word in told)
    return foreign <= common and 2 * known >= len(told) + bool(foreign)


def _latin(word: str) -> bool:
    return word.isascii() or all(not char.isalpha() or unicodedata.name(char, "").startswith("LATIN") for char in word)


def _known(word: str, lexicon: Lexicon) -> bool:
    if word in _FUNCTION_WORDS or word in lexicon.numbers or word in lexicon.verbs:
        return True
    if any(word in entries for entries in (lexicon.nouns, lexicon.singular, lexicon.attributes, lexicon.relations)):
        return True
    if word in lexicon.longest_relation or word in lexicon.compounds:
        return True
    return word.isascii() and len(word) > 4 and word.endswith(("ing", "ed", "ly", "'s", "’s"))
