"""X_{y/e} of real captions: environment words go, and with them the words that would be left hanging."""

import re
from collections.abc import Sequence

import polars as pl

from realscale.vocabulary.grammar import function_words, words
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.normal import GAP, lowered, separated
from scm.composition.captions.words import article, cased_like

_ARTICLES, _PREPOSITIONS = frozenset(words("articles")), frozenset(words("prepositions"))
_PLACERS = frozenset(words("placers"))  # "in front of"
_LINKS = frozenset(words("links"))  # between a style and what is shown in it
_JOINERS = frozenset(words("joiners"))
_DESCRIBING = 2  # words between an article and an environment that go with it: "on the sunny sandy beach"


def prune(caption: str, written: Sequence[str], roles: str) -> str:
    """The caption without its environment words, as a person would write it.

    An environment that ends a phrase takes the phrase along: preposition, article and what describes the place ("a dog
    on the sunny beach" -> "a dog"); a style takes what links it to its object ("a rough sketch of a dog" -> "a dog");
    one that describes another word goes alone ("a beach umbrella" -> "an umbrella"). Class words always stay.

    Args:
        caption: as written.
        written: its words, in order.
        roles: one letter a word: "c" for a class, "e" for an environment, "-" for neither.
    """
    places, position = [], 0
    for word in written:
        start = caption.index(word, position)
        position = start + len(word)
        places.append((start, position))
    phrase = _Phrase(caption, [word.lower() for word in written], places, roles)
    for first, last in [match.span() for match in re.finditer("e+", roles)]:
        phrase.erase(first, last)
    return phrase.text()


class _Phrase:
    """The words of a caption, and which of them go."""

    def __init__(self, caption: str, lower: Sequence[str], places: Sequence[tuple[int, int]], roles: str) -> None:
        self.caption, self.words, self.places, self.roles = caption, lower, places, roles
        self.gone = [role == "e" for role in roles]
        self.describing: set[int] = set()  # environments that describe the word after them: "beach" of an umbrella

    def joined(self, index: int) -> bool:
        """Whether only white space stands between word `index` and the next."""
        return self.caption[self.places[index][1] : self.places[index + 1][0]].isspace()

    def erase(self, first: int, last: int) -> None:
        """Erase what the environment words `first .. last - 1` leave hanging."""
        ends = last == len(self.words) or not self.joined(last - 1) or self._follows(last)
        if not (ends or (self.roles[last] == "-" and self.words[last].endswith("ing"))):
            self.describing.update(range(first, last))
            return
        start = self._beginning(first)
        style = last < len(self.words) and self.joined(last - 1) and self.words[last] in _LINKS
        before = self.words[start - 1] if start and self.joined(start - 1) else ""
        if style and before not in _PREPOSITIONS:
            self._go(start, last + 1)
        elif before in _PREPOSITIONS:
            while start and self.joined(start - 1) and self._leads(start - 1, start):
                start -= 1
            self._go(start, last)
        else:
            self._go(start, last)

    def _follows(self, index: int) -> bool:
        """Whether the word begins what follows a noun: a function word, or "next" in "next to"."""
        after = self.words[index + 1] if index + 1 < len(self.words) and self.joined(index) else ""
        return self.words[index] in function_words() or (self.words[index] in _PLACERS and after in ("of", "to"))

    def _leads(self, index: int, start: int) -> bool:
        """Whether the word belongs to the preposition that begins at `start`."""
        word, after = self.words[index], self.words[start]
        if self.roles[index] != "-":
            return False
        if word in _PREPOSITIONS:
            return after not in _PREPOSITIONS or after in ("of", "to")
        return (word in _PLACERS and after in ("of", "to")) or (word in _ARTICLES and after in _PLACERS)

    def _beginning(self, first: int) -> int:
        """Where the noun phrase begins that ends in the environment at `first`."""
        for index in range(first - 1, max(first - 2 - _DESCRIBING, -1), -1):
            if not self.joined(index) or self.roles[index] != "-" or self.words[index] in _JOINERS:
                return first
            if self.words[index] in _PREPOSITIONS:
                return index + 1
            if self.words[index] in _ARTICLES:
                return index
        return first

    def _go(self, start: int, stop: int) -> None:
        for index in range(start, stop):
            self.gone[index] = True

    def text(self) -> str:
        """What is left, tidied."""
        self._loose()
        parts, position, before_gone, article_of = [], 0, False, -1
        for index, (start, end) in enumerate(self.places):
            gone = self.gone[index]
            between = self.caption[position:start]
            if not (gone and before_gone and between.isspace()):
                parts.append(between)
            if not gone:
                if article_of >= 0 and before_gone:  # another word follows the article now
                    parts[article_of] = cased_like(article(self.words[index]), parts[article_of])
                parts.append(self.caption[start:end])
                article_of = len(parts) - 1 if self.words[index] in ("a", "an") else -1
            position, before_gone = end, gone
        if all(self.gone):
            return ""
        text = "".join(parts) + self.caption[position:]
        return cased_like(_tidied(text), self.caption.lstrip("\"'“‘(")[:1])

    def _loose(self) -> None:
        """Joiners and prepositions that have lost what they joined go too."""
        first = True  # no word is left before this one
        for index, word in enumerate(self.words):
            if self.gone[index]:
                continue
            if word in _JOINERS or word in _PREPOSITIONS:
                last = index + 1 == len(self.words) or (self.gone[index + 1] and index + 1 not in self.describing)
                hangs = first and index > 0
                if self.roles[index] == "-" and (hangs or (last and word in _JOINERS)):
                    self.gone[index] = True
                    continue
            first = False


_EMPTY = re.compile(r"\(\s*\)|\[\s*\]|“\s*”|\"\s*\"")
_LATE = re.compile(r"\s+([,;:.!?])")
_RUNS = re.compile(r"[,;:|](?:\s*[,;:|])+")
_LAST = re.compile(r"[,;:|](?=[.!?]|$)")
_OUTER = re.compile(r"^[\s,;:.!?|–—-]+|[\s,;:|–—-]+$")
_DASHES = re.compile(r"(?<=\s)[–—|-]\s+(?=[–—|-])")
_MARK = re.compile(r"[^\w\s'’]")


def _tidied(text: str) -> str:
    """Single spaces, no empty brackets, no marks that separate nothing."""
    text = " ".join(text.split())
    if _MARK.search(text) is None:
        return text
    text = " ".join(_EMPTY.sub(" ", text).split())
    text = _RUNS.sub(lambda run: run.group()[0], _LATE.sub(r"\1", text))
    return _DASHES.sub("", _OUTER.sub("", _LAST.sub("", text)))


def pruned(frame: pl.DataFrame, matcher: Matcher) -> pl.Series:
    """The column `pruned` of a matched frame: X_{y/e} of each caption, itself where it has no environment."""
    texts = frame.select("caption", "found", "context", written=separated(pl.col("caption")))
    texts = texts.with_columns(lowered(pl.col("written")).alias("normal"))
    result = [
        caption if context < 0 else prune(caption, written.strip(" ").split(GAP), matcher.roles(normal, found))
        for caption, found, context, written, normal in texts.iter_rows()
    ]
    return pl.Series("pruned", result, dtype=pl.String)


def pruned_caption(caption: str, matcher: Matcher) -> str:
    """X_{y/e} of one caption."""
    return str(pruned(matcher.match(pl.DataFrame({"caption": [caption]})), matcher)[0])
