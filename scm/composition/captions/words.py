"""Captions as words with character offsets and tags, and edits of them that keep both."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# numbers with a point, words with inner marks ("t-shirt", "dog's", "H&E"), and single marks
_WORD = re.compile(r"\d+(?:[.,]\d+)+\w*|\w+(?:(?:['’\-]|&amp;|&(?!#?\w+;))\w+)*|[^\w\s]")
_PLAIN_MARKS = re.escape(".,:;!?'\"()[]-‐‑–—…‘’“”")
_SYMBOL = re.compile(rf"[^\w\s{_PLAIN_MARKS}]")
_SUSPECT = re.compile(_SYMBOL.pattern + r"|www\.|\.\w")  # there may be markup
_MARKUP = re.compile(
    r"</?[a-zA-Z!][^<>]*>|&#?\w+;|(?:https?://|www\.)\S+|[\w.+\-]+@[\w\-]+\.\w[\w.]*|[#@]\w[\w\-]*"
    r"|\w[\w.\-]*\.(?:com|org|net|jpe?g|png|gif|webp|html?)\b|" + _WORD.pattern
)
_OPENING = frozenset("\"“'‘(")
_ENDING = frozenset(".!?")
MARKUP = "SYM"  # tag of markup, whatever a tagger says
_AND = frozenset({"&", "&amp;"})
_LIKE_YOU = (
    "uni",
    "use",
    "usu",
    "uti",
    "eu",
    "ewe",
    "one",
    "once",
    "ufo",
    "uku",
)  # begin with the sound of "you", "won"
_SILENT_H = ("hour", "honest", "honor", "honour", "heir")


class Word(NamedTuple):
    """One word or mark of a caption: its text is caption[start:end]; `tag` is its Penn part-of-speech tag.

    `fresh` says that an edit put it there.
    """

    text: str
    start: int
    end: int
    tag: str
    fresh: bool = False


_word = tuple.__new__  # of a Word, in half the time


class Edit(NamedTuple):
    """Put `new` in the place of `old` = caption[start:end]; old is empty for an insertion."""

    start: int
    end: int
    old: str
    new: str


class Change(NamedTuple):
    """An edit on its way: characters start..end become `text`, whose words carry `tags`."""

    start: int
    end: int
    text: str
    tags: tuple[str, ...]


def split(text: str) -> list[str]:
    """Words (with inner hyphens and apostrophes), single marks, and markup of a caption, in order.

    Tags of HTML, its entities, addresses, file names, hashtags and @mentions are one word each; so are "H&E" and "6.7".
    """
    return _pattern(text).findall(text)


def is_markup(word: str) -> bool:
    """Whether one of the words of `split` is markup, or a symbol such as an emoji; "&" is a word."""
    return word not in _AND and (_WORD.fullmatch(word) is None or _SYMBOL.fullmatch(word) is not None)


def plain(word: str) -> str:
    """The word in lower case, "and" for its sign."""
    return "and" if word in _AND else word.lower()


def _pattern(text: str) -> re.Pattern[str]:
    return _MARKUP if _SUSPECT.search(text) else _WORD


def tagged(text: str, tags: Sequence[str]) -> tuple[Word, ...]:
    """The words of `split(text)` with their places and tags; markup and symbols are tagged as such, "&" as "and".

    Raises:
        ValueError: not one tag a word.
    """
    pattern = _pattern(text)
    found = list(pattern.finditer(text))
    if len(found) != len(tags):
        raise ValueError(
            f"{len(tags)} tags for the {len(found)} words of {text[:80]!r}; expected one a word, because tags decide "
            "what is an object, an attribute or a relation"
        )
    if pattern is _MARKUP:
        tags = [
            "CC" if m.group() in _AND else MARKUP if is_markup(m.group()) else tag
            for m, tag in zip(found, tags, strict=True)
        ]
    return tuple([_word(Word, (m[0], m.start(), m.end(), tag, False)) for m, tag in zip(found, tags, strict=True)])


def article(following: str) -> str:
    """`a` or `an` before a word, by its sound as its first letters tell it."""
    word = following.lower()
    if word.startswith(_LIKE_YOU):
        return "a"
    return "an" if word[:1] in tuple("aeiou") or word.startswith(_SILENT_H) else "a"


def cased_like(text: str, model: str) -> str:
    """The text with a capital first letter where the model has one."""
    return text[:1].upper() + text[1:] if model[:1].isupper() else text


def begins(words: Sequence[Word], place: int) -> bool:
    """Whether a word is the first of a sentence; markup and opening quotes do not count."""
    while place and (words[place - 1].tag == MARKUP or words[place - 1].text in _OPENING):
        place -= 1
    return place == 0 or words[place - 1].text in _ENDING


def lowered(words: Sequence[Word], place: int) -> str:
    """The word as it stands inside a sentence: a capital that only the first place gave it is taken away."""
    text = words[place].text
    if not text[:1].isupper() or words[place].tag.startswith("NNP") or not text[1:].islower():
        return text
    return text[0].lower() + text[1:] if begins(words, place) else text


def cased_for(text: str, words: Sequence[Word], place: int) -> str:
    """The text for the place of a word inside a sentence: a capital, or capitals alone, where the word has them."""
    model = words[place].text
    if not model[:1].isupper() or begins(words, place):
        return text
    return text.upper() if len(model) > 1 and model.isupper() else cased_like(text, model)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text after all the edits, whose places are those in the text before any of them.

    Raises:
        ValueError: edits that overlap, or one whose old text does not stand there.
    """
    parts, position = [], 0
    for edit in sorted(edits):
        if edit.start < position or text[edit.start : edit.end] != edit.old:
            raise ValueError(
                f"edit of {edit.old!r} at {edit.start}..{edit.end} does not fit {text[:80]!r}; edits of one step do "
                "not overlap and name the text that they take out"
            )
        parts += [text[position : edit.start], edit.new]
        position = edit.end
    return "".join([*parts, text[position:]])


def agreed(words: Sequence[Word], changes: Iterable[Change]) -> list[Change]:
    """The changes in order of place, with those of `a` and `an` that they ask for.

    Capital letters stay with the place: what comes to stand first in a sentence is capitalised if the sentence began
    so, and a first word that something is put before loses its capital. Captions in capitals stay so.
    """
    result: list[Change] = []
    place = end = 0
    for change in sorted(changes):
        while place < len(words) and words[place].end <= change.start:
            place += 1
        if place and words[place - 1].start >= end and (agreeing := _agreeing(words[place - 1], change.text)):
            result.append(agreeing)
        result.append(change)
        if place < len(words) and words[place].text[:1].isupper() and begins(words, place):
            first, inner = words[place], lowered(words, place)
            result[-1] = change._replace(text=change.text[:1].upper() + change.text[1:])
            if change.end == first.start and inner != first.text:
                result.append(Change(change.end, first.end, inner, (first.tag,)))
        end = change.end
    return [change._replace(text=change.text.upper()) for change in result] if in_capitals(words) else result


def in_capitals(words: Sequence[Word]) -> bool:
    """Whether all letters of a caption are capitals, those of markup aside; a single word says nothing."""
    capitals = ""
    for word in words:
        if word.tag != MARKUP:
            if word.text != word.text.upper():
                return False
            capitals += " " * word.text.isupper() + word.text * word.text.isupper()
    return len(capitals.split()) > 1 and len(max(capitals.split(), key=len)) > 1


def edits_of(text: str, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """The changes as they are recorded."""
    return tuple([Edit(change.start, change.end, text[change.start : change.end], change.text) for change in changes])


def _agreeing(before: Word, text: str) -> Change | None:
    """The change of an article that no longer agrees with what follows it."""
    if before.text.lower() not in {"a", "an"}:
        return None
    right = cased_like(article(text), before.text)
    return Change(before.start, before.end, right, (before.tag,)) if right != before.text else None


def moved(words: Sequence[Word], changes: Sequence[Change]) -> tuple[Word, ...]:
    """The words after changes, which stand in order of place."""
    result: list[Word] = []
    index = shift = 0
    for change in changes:
        while index < len(words) and words[index].end <= change.start:
            text, start, end, tag, fresh = word = words[index]
            result.append(Word(text, start + shift, end + shift, tag, fresh) if shift else word)
            index += 1
        while index < len(words) and words[index].start < change.end:
            index += 1
        origin = change.start + shift
        for match, tag in zip(_WORD.finditer(change.text), change.tags, strict=True):
            result.append(Word(match.group(), origin + match.start(), origin + match.end(), tag, True))
        shift += len(change.text) - (change.end - change.start)
    if not shift:
        return (*result, *words[index:])
    result += [Word(text, start + shift, end + shift, tag, fresh) for text, start, end, tag, fresh in words[index:]]
    return tuple(result)
