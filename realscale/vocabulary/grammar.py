"""Closed lists of English words: function words, what names a style, a time, the weather."""

import json
from functools import cache
from importlib.resources import files


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of the list `name` of grammar.json, in its order."""
    text = files("realscale.vocabulary").joinpath("grammar.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)[name].split())


@cache
def function_words() -> frozenset[str]:
    """Words that name nothing."""
    return frozenset(
        word for name in ("articles", "prepositions", "links", "joiners", "others") for word in words(name)
    )
