"""Penn tags of captions mended by what stands around a word: taggers take "a girl kisses her" for a kind of kisses."""

from collections.abc import Sequence

from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.words import Word

FINITE = frozenset({"VBZ", "VBP", "VBD", "MD"})
_SINGULAR = frozenset({"a", "an", "one", "this", "that", "each", "every", "another"})
_OBJECT_FOLLOWS = frozenset({"DT", "PRP$", "PRP"})
_VERB_FOLLOWS = _OBJECT_FOLLOWS | {"IN", "TO", "RB", "RP"}
_CLAUSE = frozenset({"that", "which", "who"})
_COUNTED = frozenset({"couple", "few", "dozen", "pair", "bunch", "sports", "arts", "clothes", "goods", "games"})


def mended(words: list[Word], lexicon: Lexicon) -> list[Word]:
    """The words with the tags of nouns and verbs that the neighbours contradict put right, in place.

    A word in -ing behind a noun is an action, unless the lexicon has it as a noun and no determiner follows. A plural
    is a verb behind "which"; behind a noun it is one before a determiner or a pronoun, behind "a ..." (no plural ends
    what "a" begins), and, if the lexicon has it as a verb, behind a living thing or a vehicle, or in a
    sentence that has no other. A verb's base form behind a determiner or an adjective is a noun. "Woman's" is a
    determiner. A unit behind a number counts with it ("3 cm"), and so does what begins with a digit ("3cm").
    """
    for place in range(1, len(words)):
        tag, before = words[place].tag, words[place - 1].tag
        if tag[:2] == "NN":
            if words[place].text[-2:] in {"'s", "’s", "'S", "’S"}:
                words[place] = words[place]._replace(tag="POS")
            elif _measures(words, place, lexicon):
                words[place] = words[place]._replace(tag="CD")
            elif tag == "NNS" and words[place - 1].text.lower() in _CLAUSE and words[place].text.endswith("s"):
                words[place] = words[place]._replace(tag="VBZ")
            elif before[:2] == "NN" and (right := _verb(words, place, lexicon)):
                words[place] = words[place]._replace(tag=right)
        elif tag == "JJ" and words[place].text in lexicon.nouns and words[place].text not in lexicon.attributes:
            words[place] = words[place]._replace(tag="NN")  # "kitchen"
        elif tag == "VB" and (before[:2] in {"DT", "JJ"} or before == "PRP$" or _ends_noun(words, place, lexicon)):
            words[place] = words[place]._replace(tag="NN")
    return words


def _verb(words: Sequence[Word], place: int, lexicon: Lexicon) -> str:
    """The tag of a verb that a noun behind a noun is; empty if it is none."""
    word, before = words[place], words[place - 1]
    sentence = words[-1].text == "." and not any(other.tag in FINITE or other.tag == "VB" for other in words)
    name = word.text.lower()
    following = words[place + 1].tag if place + 1 < len(words) else ""
    if word.tag == "NN":
        if name.endswith("ing"):
            return "VBG" if name not in lexicon.nouns or following in {"DT", "PRP$", "CD"} else ""
        plural = before.tag == "NNS" and before.text.lower() in lexicon.singular
        joined = sentence and words[place - 2].tag == "DT" and words[place - 3].tag == "CC"
        return "VBP" if (plural or joined) and name in lexicon.verbs and following in _VERB_FOLLOWS else ""
    if not name.endswith("s") or (name in lexicon.nouns and name not in lexicon.singular):
        return ""
    if following in _OBJECT_FOLLOWS:
        return "VBZ"
    other = before.text.lower()
    if other in _COUNTED or f"{other} {lexicon.singular.get(name, name)}" in lexicon.nouns:
        return ""
    start = place - 1
    while start and words[start - 1].tag[:2] in {"NN", "JJ"}:
        start -= 1
    determiner = words[start - 1].text.lower() if start else ""
    if determiner in _SINGULAR and other not in lexicon.singular:
        return "VBZ"
    if name not in lexicon.verbs or any(earlier.tag in FINITE for earlier in words[:place]):
        return ""
    if sentence:  # which needs a verb
        return "VBZ"
    entry = lexicon.nouns.get(other)
    moves = entry is not None and (entry.category == "vehicle" or lexicon.roles.get(entry.category) == "living")
    return "VBZ" if moves or (other in lexicon.singular and following in _VERB_FOLLOWS) else ""


def _measures(words: Sequence[Word], place: int, lexicon: Lexicon) -> bool:
    """Whether a noun is a unit behind a number, or both in one word."""
    text, before = words[place].text, words[place - 1].text
    if text[0].isdigit():
        return not text.isdigit()
    return text.lower() in lexicon.units and (before[0].isdigit() or before.lower() in lexicon.numbers)


def _ends_noun(words: Sequence[Word], place: int, lexicon: Lexicon) -> bool:
    """Whether a base form behind a noun ends a compound: "a bus stop", not "a man and a dog walk"."""
    if words[place - 1].tag != "NN" or words[place].text.lower() not in lexicon.nouns:
        return False
    start = place - 1
    while start and words[start - 1].tag[:2] in {"NN", "JJ"}:
        start -= 1
    if start == 0:
        return True
    following = words[place + 1].tag if place + 1 < len(words) else ""
    joined = start > 1 and words[start - 2].tag == "CC" and following in _VERB_FOLLOWS
    return words[start - 1].tag in {"DT", "PRP$", "IN"} and not joined
