"""Operators together: the join of their relations, and a normal form of it where they fit together."""

from collections.abc import Iterator
from dataclasses import dataclass

from scm.composition.operators import Add, Operator, Replace, Swap
from scm.composition.sentences import Sentence


@dataclass(frozen=True)
class Join:
    """SWAP, REPLACE and ADD at once: what no sequence of their steps tells apart.

    The canonical form deletes optional tokens, then puts representatives, then sorts. It is a normal form of the join
    if the operators fit together: all tokens of one class of REPLACE, and all of one kind of SWAP, are optional or none
    is (else a token that stays can take the place of one that goes), and tokens of one class are of one kind (else
    REPLACE changes what SWAP may do). Joint blindness is more than each operator's own: REPLACE over all tokens
    together with ADD makes one class of everything.

    Raises:
        ValueError: no operator, or operators that do not fit together, with two tokens that show it.
    """

    swap: Swap | None = None
    replace: Replace | None = None
    add: Add | None = None
    name = "JOIN"

    def __post_init__(self) -> None:
        if not self.operators:
            raise ValueError("a join of no operators; expected SWAP, REPLACE or ADD at least")
        optional = self.add.optional if self.add else frozenset()
        for kind, groups in (
            ("kind of SWAP", self.swap and self.swap.kinds),
            ("class", self.replace and self.replace.classes),
        ):
            if groups and (pair := _differing(groups, [token in optional for token in range(len(groups))])):
                raise ValueError(
                    f"tokens {pair[0]} and {pair[1]} are of one {kind}, but only one of them is optional; expected all "
                    "or none, because a deletion after an exchange moves the place of the token that stays"
                )
        if self.swap and self.replace and (pair := _differing(self.replace.classes, list(self.swap.kinds))):
            raise ValueError(
                f"tokens {pair[0]} and {pair[1]} are of one class but of kinds {self.swap.kinds[pair[0]]} and "
                f"{self.swap.kinds[pair[1]]}; expected one kind, because a replacement would change what can be swapped"
            )

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Those that take part."""
        return tuple(operator for operator in (self.swap, self.replace, self.add) if operator is not None)

    def steps(self, sentence: Sentence) -> Iterator[Sentence]:
        """One step of one operator; a sentence that two operators make comes once."""
        yield from dict.fromkeys(other for operator in self.operators for other in operator.steps(sentence))

    def canonical(self, sentence: Sentence) -> Sentence:
        """Without optional tokens, each token its class's representative, kinds sorted."""
        for operator in (self.add, self.replace, self.swap):
            sentence = operator.canonical(sentence) if operator else sentence
        return sentence


def _differing(groups: tuple[int, ...], quality: list[int] | list[bool]) -> tuple[int, int] | None:
    """Two members of one group whose quality differs."""
    first: dict[int, int] = {}
    for token, group in enumerate(groups):
        other = first.setdefault(group, token)
        if quality[other] != quality[token]:
            return other, token
    return None
