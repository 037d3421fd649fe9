"""Hard negatives of a caption by SWAP, REPLACE and ADD, in one step or several, recorded to be replayed."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from scm.composition.captions.adding import add, additions
from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.meaning import Meaning, meaning
from scm.composition.captions.parsing import Caption, Concept, parsed
from scm.composition.captions.proposals import OperatorName, Proposal, Refusal
from scm.composition.captions.replacing import replace, replacements
from scm.composition.captions.swapping import swap, swaps
from scm.composition.captions.words import Change, Edit, applied, changed

OPERATORS: Mapping[
    OperatorName, tuple[Callable[[Caption, Lexicon], list[Proposal]], Callable[..., list[Change] | Refusal]]
] = {
    "swap": (swaps, swap),
    "replace": (replacements, replace),
    "add": (additions, add),
}


class Step(NamedTuple):
    """One application: its operator, the type of concept, and its edits with places in the caption before it."""

    operator: OperatorName
    type: str
    edits: tuple[Edit, ...]


class Negative(NamedTuple):
    """A caption that says something else, and the steps that made it."""

    caption: str
    negative: str
    steps: tuple[Step, ...]

    @property
    def operator(self) -> str:
        """Operators of the steps, joined by "+"."""
        return "+".join(step.operator for step in self.steps)

    @property
    def type(self) -> str:
        """Types of the steps, joined by "+"."""
        return "+".join(step.type for step in self.steps)

    def replayed(self) -> str:
        """The negative as the recorded steps make it from the caption."""
        text = self.caption
        for step in self.steps:
            text = applied(text, step.edits)
        return text


def negatives(
    caption: Caption,
    lexicon: Lexicon,
    *,
    rng: random.Random,
    operators: Sequence[OperatorName] = ("swap", "replace", "add"),
    most: int = 3,
    steps: int = 1,
    refusals: Counter[tuple[str, str]] | None = None,
) -> list[Negative]:
    """At most `most` negatives of each number of steps 1..steps, different from each other and from the caption.

    One-step negatives take the operators in turn, and their types in turn, in an order drawn by `rng`, and a random
    proposal of each; longer ones draw operator, type and proposal anew on what the step before made, never on words
    that an earlier step put there. Nothing that means the same as the caption or as an earlier step of its path is a
    negative, and nothing behind a negation is touched: "not under" may be true where "not on" is false. Refused
    proposals are counted in `refusals` by operator and reason.

    Source: arXiv 2510.26302, Algorithm 1.
    """
    counted: Counter[tuple[str, str]] = Counter() if refusals is None else refusals
    source = _State(caption, (), (meaning(caption, lexicon),))
    seen = {caption.text}
    result: list[Negative] = []
    for depth in range(1, steps + 1):
        found = 0
        for state in (
            _single(source, lexicon, operators, rng, counted)
            if depth == 1
            else _paths(source, lexicon, operators, depth, most, rng, counted)
        ):
            negative = Negative(caption.text, state.caption.text, state.steps)
            if negative.negative in seen:
                counted[negative.operator, Refusal.DUPLICATE] += 1
                continue
            seen.add(negative.negative)
            result.append(negative)
            found += 1
            if found == most:
                break
    return result


class _State(NamedTuple):
    """A caption on a path, the steps that led to it, and the meanings met on the way."""

    caption: Caption
    steps: tuple[Step, ...]
    meanings: tuple[Meaning, ...]


def _paths(
    source: _State,
    lexicon: Lexicon,
    operators: Sequence[OperatorName],
    depth: int,
    most: int,
    rng: random.Random,
    counted: Counter[tuple[str, str]],
) -> Iterator[_State]:
    """`most` random paths of exactly `depth` steps, those that end early left out."""
    for _ in range(most):
        state: _State | None = source
        for _ in range(depth):
            state = next(_single(state, lexicon, operators, rng, counted), None) if state else None
        if state:
            yield state


def _single(
    state: _State,
    lexicon: Lexicon,
    operators: Sequence[OperatorName],
    rng: random.Random,
    counted: Counter[tuple[str, str]],
) -> Iterator[_State]:
    """All that one step makes of a state, operators and types in turn, in random order."""
    for proposal in _drawn(state.caption, lexicon, operators, rng):
        after = _applied(state, proposal, lexicon)
        if isinstance(after, Refusal):
            counted[proposal.operator, after] += 1
        else:
            yield after


def _drawn(
    caption: Caption, lexicon: Lexicon, operators: Sequence[OperatorName], rng: random.Random
) -> Iterator[Proposal]:
    """Every proposal once: operators in turn, the types of each in turn with its more natural proposals first."""
    waiting: list[list[list[Proposal]]] = []
    for operator in operators:
        pools: dict[tuple[int, str], list[Proposal]] = {}
        for proposal in OPERATORS[operator][0](caption, lexicon):
            pools.setdefault((proposal.rank, proposal.type), []).append(proposal)
        if pools:
            ordered = list(pools.items())
            rng.shuffle(ordered)
            waiting.append([pool for _, pool in sorted(ordered, key=lambda item: item[0][0])])
    rng.shuffle(waiting)
    while waiting:
        for turn in list(waiting):
            pool = turn.pop(0)
            place = int(rng.random() * len(pool))
            pool[place], pool[-1] = pool[-1], pool[place]
            yield pool.pop()
            if pool:
                turn.append(pool)
            elif not turn:
                waiting.remove(turn)


def _applied(state: _State, proposal: Proposal, lexicon: Lexicon) -> _State | Refusal:
    caption = state.caption
    if state.steps and all(_fresh(caption, concept) for concept in proposal.concepts):
        return Refusal.STEP_AGAIN
    if 0 <= caption.negator < max(concept.last for concept in proposal.concepts) and not _lifts(proposal, caption):
        return Refusal.NEGATED
    changes = OPERATORS[proposal.operator][1](caption, proposal, lexicon)
    if isinstance(changes, Refusal):
        return changes
    text, words, edits = changed(caption.text, caption.words, changes)
    if text == caption.text:
        return Refusal.SAME_TEXT
    after = parsed(text, words, lexicon)
    said = meaning(after, lexicon)
    if said in state.meanings:
        return Refusal.SAME_MEANING
    step = Step(proposal.operator, proposal.type, tuple(edits))
    return _State(after, (*state.steps, step), (*state.meanings, said))


def _lifts(proposal: Proposal, caption: Caption) -> bool:
    """Whether a proposal takes the place of the negation itself ("without" becomes "with")."""
    return proposal.operator == "replace" and proposal.concepts[0].first == caption.negator


def _fresh(caption: Caption, concept: Concept) -> bool:
    """Whether an earlier step put a concept, or a part of it, there."""
    return any(word.fresh for word in caption.words[concept.first : concept.last])
