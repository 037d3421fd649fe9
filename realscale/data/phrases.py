"""English articles for the names of things, so that a caption built around a name reads as a phrase."""

import re

_HEAD_END = re.compile(r" (?:with|without|in|on|of|behind|over|under|at|from|holding|wearing)\b|[:,(]")
_PLURAL = re.compile(r"(?:[^su]s|people|men|women|children)$", re.IGNORECASE)
_CONSONANT_SOUND = re.compile(r"(?:eu|ewe|one\b|uni)")  # a euro, a ewe, a one-piece, a unicorn
_VOWEL_SOUND = re.compile(r"[aeiou]|hour")


def with_article(label: str) -> str:
    """`a red apple`, `an olive`; plurals ("grapes"), names ("OK hand"), numbers and "no ..." stay without an article.

    The head of the label decides: its words before the first preposition ("busts in silhouette" is a plural).
    """
    head = _HEAD_END.split(label, maxsplit=1)[0]
    if not label[:1].islower() or label.startswith("no ") or _PLURAL.search(head):
        return label
    vowel = _VOWEL_SOUND.match(label) and not _CONSONANT_SOUND.match(label)
    return f"{'an' if vowel else 'a'} {label}"
