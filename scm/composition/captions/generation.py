"""Hard negatives of a caption by SWAP, REPLACE and ADD, in one step or several, recorded to be replayed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from scm.composition.captions.adding import add, additions
from scm.composition.captions.context import named, stays_the_same
from scm.composition.captions.lexicon import Lexicon
from scm.composition.captions.meaning import Meaning, meaning, ordered, sense, sense_of
from scm.composition.captions.parsing import Caption, Concept, parsed
from scm.composition.captions.proposals import OperatorName, Proposal, Refusal, Site
from scm.composition.captions.replacing import replace, replacements
from scm.composition.captions.swapping import swap, swaps
from scm.composition.captions.words import Change, Edit, agreed, applied, edits_of, moved

Item = TypeVar("Item")
Pools = Mapping[tuple[int, str], Sequence[Site]]  # sites of one operator by rank and type

OPERATORS: Mapping[
    OperatorName, tuple[Callable[[Caption, Lexicon], list[Site]], Callable[..., list[Change] | Refusal]]
] = {
    "swap": (swaps, swap),
    "replace": (replacements, replace),
    "add": (additions, add),
}


TYPES = ("object", "attribute", "relation", "number", "negation")


@runtime_checkable
class Uniform(Protocol):
    """A source of random numbers, such as numpy's Generator."""

    def random(self) -> float:
        """A uniform draw from [0, 1)."""
        ...


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

    def path(self) -> tuple[str, ...]:
        """The caption, and what it is after each of the recorded steps."""
        texts = [self.caption]
        for step in self.steps:
            texts.append(applied(texts[-1], step.edits))
        return tuple(texts)

    def replayed(self) -> str:
        """The negative as the recorded steps make it from the caption."""
        return self.path()[-1]


def negatives(
    caption: Caption,
    lexicon: Lexicon,
    *,
    rng: Uniform,
    operators: Sequence[OperatorName] = ("swap", "replace", "add"),
    most: int = 3,
    steps: int = 1,
    types: Collection[str] = TYPES,
    refusals: Counter[tuple[str, str]] | None = None,
) -> list[Negative]:
    """At most `most` negatives of each number of steps 1..steps, different from each other and from the caption.

    All steps are of some of the `types`.

    One-step negatives take the operators in turn, and their types in turn, in an order drawn by `rng`, and a random
    proposal of each; longer ones draw operator, type and proposal anew on what the step before made, never on words
    that an earlier step put there. Nothing that means the same as the caption or as an earlier step of its path is a
    negative, and nothing behind a negation is touched: "not under" may be true where "not on" is false. Refused
    proposals are counted in `refusals` by operator and reason.

    Source: arXiv 2510.26302, Algorithm 1.
    """
    counted: Counter[tuple[str, str]] = Counter() if refusals is None else refusals
    source = _State(caption, types)
    seen = {caption.text}
    result: list[Negative] = []
    for depth in range(1, steps + 1):
        outcomes = (
            _single(source, lexicon, operators, rng, counted)
            if depth == 1
            else _paths(source, lexicon, operators, depth, most, rng, counted)
        )
        found = 0
        for outcome in outcomes:
            negative = Negative(caption.text, outcome.text, outcome.steps)
            if negative.negative in seen:
                counted[negative.operator, Refusal.DUPLICATE] += 1
                continue
            seen.add(negative.negative)
            result.append(negative)
            found += 1
            if found == most:
                break
    return result


@dataclass
class _State:
    """A caption on a path: the steps that led to it, and the states before it.

    `content` counts the senses that the steps put in (1) and took out (-1), those left out that they did both with.
    """

    caption: Caption
    types: Collection[str]
    steps: tuple[Step, ...] = ()
    before: tuple["_State", ...] = ()
    content: Mapping[str, int] = field(default_factory=dict)
    own: Meaning | None = None
    own_pools: dict[OperatorName, Pools] = field(default_factory=dict)
    own_order: bool | None = None

    def pools(self, operator: OperatorName, lexicon: Lexicon) -> Pools:
        """Where an operator can be applied, by rank and type."""
        pools = self.own_pools.get(operator)
        if pools is None:
            pools = self.own_pools[operator] = _pools(OPERATORS[operator][0](self.caption, lexicon), self.types)
        return pools

    def ordered(self, lexicon: Lexicon) -> bool:
        """Whether all order in the caption counts."""
        if self.own_order is None:
            self.own_order = ordered(self.caption, lexicon)
        return self.own_order

    def meaning(self, lexicon: Lexicon) -> Meaning:
        """What the caption says."""
        if self.own is None:
            self.own = meaning(self.caption, lexicon)
        return self.own


class _Outcome(NamedTuple):
    """What one more step makes; `after` and what it says where it had to be compared."""

    text: str
    steps: tuple[Step, ...]
    changes: Sequence[Change]
    content: Mapping[str, int]
    after: Caption | None
    said: Meaning | None


def _paths(
    source: _State,
    lexicon: Lexicon,
    operators: Sequence[OperatorName],
    depth: int,
    most: int,
    rng: Uniform,
    counted: Counter[tuple[str, str]],
) -> Iterator[_Outcome]:
    """`most` random paths of exactly `depth` steps, those that end early left out."""
    for _ in range(most):
        state = source
        for step in range(1, depth + 1):
            outcome = next(_single(state, lexicon, operators, rng, counted), None)
            if outcome is None:
                break
            if step == depth:
                yield outcome
            else:
                after = outcome.after
                if after is None:
                    after = parsed(outcome.text, moved(state.caption.words, outcome.changes), lexicon)
                state = _State(after, state.types, outcome.steps, (*state.before, state), outcome.content, outcome.said)


def _single(
    state: _State,
    lexicon: Lexicon,
    operators: Sequence[OperatorName],
    rng: Uniform,
    counted: Counter[tuple[str, str]],
) -> Iterator[_Outcome]:
    """All that one step makes of a state, operators and types in turn, in random order."""
    for proposal in _drawn(state, lexicon, operators, rng):
        outcome = _outcome(state, proposal, lexicon)
        if isinstance(outcome, Refusal):
            counted[proposal.operator, outcome] += 1
        else:
            yield outcome


def _pools(sites: Sequence[Site], types: Collection[str]) -> Pools:
    """The sites of one operator that are of some of the types, by rank and type."""
    pools: dict[tuple[int, str], list[Site]] = {}
    for site in [site for site in sites if site.type in types]:
        pools.setdefault((site.rank, site.type), []).append(site)
    return pools


def _drawn(state: _State, lexicon: Lexicon, operators: Sequence[OperatorName], rng: Uniform) -> Iterator[Proposal]:
    """Every option of every site once: operators in turn, and the types of each in turn, the lower ranks first.

    Within a type a random site, and a random option of it. An operator's sites are looked for when its turn comes.
    """
    turns: dict[OperatorName, list[list[Site]]] = {}
    waiting = shuffled(list(operators), rng)
    while waiting:
        for name in list(waiting):
            turn = turns.get(name)
            if turn is None:
                pools = state.pools(name, lexicon)
                kinds = shuffled(list(pools), rng)
                if len(kinds) > 1:
                    kinds.sort(key=_rank)
                turn = turns[name] = [list(pools[kind]) for kind in kinds]
            if not turn:
                waiting.remove(name)
                continue
            pool = turn.pop(0)
            place = int(rng.random() * len(pool))
            operator, kind, concepts, options, rank = pool[place]
            option = int(rng.random() * len(options))
            yield Proposal(operator, kind, concepts, options[option])
            if len(options) > 1:
                pool[place] = Site(operator, kind, concepts, options[:option] + options[option + 1 :], rank)
            else:
                del pool[place]
            if pool:
                turn.append(pool)


def shuffled(items: list[Item], rng: Uniform) -> list[Item]:
    """The items in random order (Fisher and Yates)."""
    for last in range(len(items) - 1, 0, -1):
        place = int(rng.random() * (last + 1))
        items[place], items[last] = items[last], items[place]
    return items


def _rank(kind: tuple[int, str]) -> int:
    return kind[0]


def _outcome(state: _State, proposal: Proposal, lexicon: Lexicon) -> _Outcome | Refusal:
    caption = state.caption
    if state.steps and all([_fresh(caption, concept) for concept in proposal.concepts]):
        return Refusal.STEP_AGAIN
    if 0 <= caption.negator < max([concept.last for concept in proposal.concepts]) and not _lifts(proposal, caption):
        return Refusal.NEGATED
    if any([stays_the_same(caption, concept) for concept in proposal.concepts]):
        return Refusal.SAME
    if _edits_names(proposal) and any([named(caption, concept) for concept in proposal.concepts]):
        return Refusal.NAME
    proposed = OPERATORS[proposal.operator][1](caption, proposal, lexicon)
    if isinstance(proposed, Refusal):
        return proposed
    changes = agreed(caption.words, proposed)
    edits = edits_of(caption.text, changes)
    text = applied(caption.text, edits)
    if text == caption.text:
        return Refusal.SAME_TEXT
    content = _content(state.content, proposal, lexicon)
    after = said = None
    if alike := [earlier for earlier in (*state.before, state) if earlier.content == content]:
        if alike[-1] is state and _reordered(state, proposal, lexicon):
            alike.pop()
        if alike:
            after = parsed(text, moved(caption.words, changes), lexicon)
            said = meaning(after, lexicon)
            if any([said == earlier.meaning(lexicon) for earlier in alike]):
                return Refusal.SAME_MEANING
    steps = (*state.steps, Step(proposal.operator, proposal.type, edits))
    return _Outcome(text, steps, changes, content, after, said)


def _edits_names(proposal: Proposal) -> bool:
    """Whether a proposal would change, move or describe its objects: not what is added beside them, nor another colour.

    A name keeps its attributes, each of which can be replaced.
    """
    if proposal.operator == "add":
        return proposal.type == "attribute"
    return proposal.operator == "swap" or proposal.type == "object"


def _content(before: Mapping[str, int], proposal: Proposal, lexicon: Lexicon) -> Mapping[str, int]:
    """What a step leaves of the senses put in and taken out; those of a relation and of its converse are one."""
    if proposal.operator == "swap":
        return before
    concept, counts = proposal.concepts[0], dict(before)
    if proposal.type == "relation":
        entries = lexicon.relations[proposal.new], lexicon.relations[concept.key]
        put, taken = [min(entry.sense, entry.converse or entry.sense) for entry in entries]
    else:
        put, taken = sense_of(proposal.type, proposal.new, lexicon), sense(concept, lexicon)
    changes = ((put, 1), (taken, -1)) if proposal.operator == "replace" else ((put, 1),)
    for name, count in changes:
        counts[name] = counts.get(name, 0) + count
        if not counts[name]:
            del counts[name]
    return counts


def _reordered(state: _State, proposal: Proposal, lexicon: Lexicon) -> bool:
    """Whether an exchange is sure to change the meaning: all order counts, and the two say different things."""
    if proposal.operator != "swap":
        return False
    one, other = proposal.concepts
    return state.ordered(lexicon) and sense(one, lexicon) != sense(other, lexicon)


def _lifts(proposal: Proposal, caption: Caption) -> bool:
    """Whether a proposal takes the place of the negation itself ("without" becomes "with")."""
    return proposal.operator == "replace" and proposal.concepts[0].first == caption.negator


def _fresh(caption: Caption, concept: Concept) -> bool:
    """Whether an earlier step put a concept, or a part of it, there."""
    return any([word.fresh for word in caption.words[concept.first : concept.last]])
