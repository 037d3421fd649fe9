"""SWAP, REPLACE and ADD over atomic concepts: one step of each, and the canonical form of what it cannot tell apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol, runtime_checkable

from scm.composition.sentences import Sentence


@runtime_checkable
class Operator(Protocol):
    """An edit of sentences that can be undone: the steps of an operator generate an equivalence relation."""

    @property
    def name(self) -> str:
        """SWAP, REPLACE or ADD."""
        ...

    def steps(self, sentence: Sentence) -> Iterator[Sentence]:
        """Every sentence that one application makes of this one; each differs from it, none comes twice."""
        ...

    def canonical(self, sentence: Sentence) -> Sentence:
        """The same sentence for all that applications of this operator, forth and back, turn into each other."""
        ...


@dataclass(frozen=True)
class Swap:
    """SWAP: exchange two tokens of the same kind, wherever they stand.

    `kinds[v]` is the kind of token v (object, attribute, relation, ...); all alike makes sentences bags of words. The
    canonical form sorts the tokens of each kind over the places that this kind holds: the quotient by a product of
    symmetric groups. Swapping twice undoes it.

    Raises:
        ValueError: a token without a kind, of `steps` and of `canonical`.

    Source: arXiv 2510.26302, Theorem 7.
    """

    kinds: tuple[int, ...]
    name = "SWAP"

    def steps(self, sentence: Sentence) -> Iterator[Sentence]:
        """Each exchange of two different tokens of one kind."""
        _check(sentence, self.kinds, "kind")
        found = set()
        for i, j in combinations(range(len(sentence)), 2):
            if sentence[i] != sentence[j] and self.kinds[sentence[i]] == self.kinds[sentence[j]]:
                swapped = list(sentence)
                swapped[i], swapped[j] = swapped[j], swapped[i]
                found.add(tuple(swapped))
        yield from sorted(found)

    def canonical(self, sentence: Sentence) -> Sentence:
        """The tokens of each kind in ascending order over the places of that kind."""
        _check(sentence, self.kinds, "kind")
        waiting: dict[int, list[int]] = {}
        for token in sorted(sentence, reverse=True):
            waiting.setdefault(self.kinds[token], []).append(token)
        return tuple(waiting[self.kinds[token]].pop() for token in sentence)


@dataclass(frozen=True)
class Replace:
    """REPLACE: put another token of the same class in the place of one token.

    `classes[v]` is the class of token v (its co-hyponyms, say); a token alone in its class is never replaced. The
    canonical form puts the least token of the class for each token: the quotient of the alphabet.

    Raises:
        ValueError: a token without a class, of `steps` and of `canonical`.

    Source: arXiv 2510.26302, Theorem 8.
    """

    classes: tuple[int, ...]
    name = "REPLACE"

    def steps(self, sentence: Sentence) -> Iterator[Sentence]:
        """Each change of one token to another one of its class."""
        _check(sentence, self.classes, "class")
        for place, token in enumerate(sentence):
            for other, group in enumerate(self.classes):
                if group == self.classes[token] and other != token:
                    yield (*sentence[:place], other, *sentence[place + 1 :])

    def canonical(self, sentence: Sentence) -> Sentence:
        """Each token's representative, the least of its class."""
        _check(sentence, self.classes, "class")
        return tuple(self.classes.index(self.classes[token]) for token in sentence)


@dataclass(frozen=True)
class Add:
    """ADD: insert an optional token anywhere, or take one out again; sentences never grow beyond `longest`.

    The canonical form has no optional token: the quotient by insertion. The bound on the length keeps the set of
    sentences finite and changes no class, because whatever can be inserted can be deleted first.

    Source: arXiv 2510.26302, Theorem 9.
    """

    optional: frozenset[int]
    longest: int
    name = "ADD"

    def steps(self, sentence: Sentence) -> Iterator[Sentence]:
        """Each insertion of one optional token, and each deletion of one."""
        found = {sentence[:i] + sentence[i + 1 :] for i, token in enumerate(sentence) if token in self.optional}
        if len(sentence) < self.longest:
            found |= {
                (*sentence[:place], token, *sentence[place:])
                for place in range(len(sentence) + 1)
                for token in self.optional
            }
        yield from sorted(found, key=lambda other: (len(other), other))

    def canonical(self, sentence: Sentence) -> Sentence:
        """The sentence without its optional tokens."""
        return tuple(token for token in sentence if token not in self.optional)


def _check(sentence: Sentence, groups: tuple[int, ...], name: str) -> None:
    """Refuse tokens that no group is known of, and words; Python would count negative ones from the end."""
    try:
        known = not sentence or 0 <= min(sentence) <= max(sentence) < len(groups)
    except TypeError:  # words
        known = False
    if not known:
        raise ValueError(
            f"sentence {sentence!r:.80} with a {name} for each of {len(groups)} tokens; expected token ids 0 to "
            f"{len(groups) - 1}, because the {name} decides what a token may become"
        )
