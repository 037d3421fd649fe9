"""Test of "V_IRM = V_ERM" on sampled counts with more predictions than all partitions can be enumerated of."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee
from scipy.stats import chi2

from identifiability.exact.invariance.sampling import SamplingTest, g_test, least_expected

MAXIMUM_STEPS = 1_000_000  # of the search over mergings: some seconds


class _Part(NamedTuple):
    """Blocks of predictions (by their bits), the sum of their statistics and of their degrees of freedom."""

    statistic: float
    freedom: int
    blocks: tuple[int, ...] = ()


class _TooManyError(Exception):
    """The search has more steps than it may."""


def g_test_of_mergings(counts: Float[np.ndarray, "y e k"], level: float) -> tuple[SamplingTest, bool | None]:
    r"""Test of the hypothesis that V_IRM = V_ERM over mergings of the predictions, and whether it stands.

    V_IRM = V_ERM iff Y is independent of E given the partition of the predictions by their posterior. First every pair
    of predictions is tested for one posterior, at level/2 in all (Bonferroni): with probability 1 - level/2 no pair of
    one posterior is told apart, so that the partition is one into sets without a pair told apart. Then Y must be
    independent of E given some such partition Phi. Under the true one G is asymptotically chi-squared, so the
    hypothesis is rejected if p(Phi) <= level/2 for every Phi, an intersection-union test: no false "no" with
    probability above `level`. If all pairs are told apart nothing can be merged, and the threshold is `level`.

    The least G for given degrees of freedom is found by dynamic programming over the sets of predictions that are left
    to be merged, never by a heuristic: a rejection is a rejection of every Phi. If that takes more than `MAXIMUM_STEPS`
    steps, two partitions alone are tested, nothing merged and everything merged that is not told apart.

    Args:
        counts: samples of (class, context, prediction), every prediction occurring.
        level: probability of a false rejection.

    Returns:
        The test on the partition that fits best of those that were looked at (`p_value` is already doubled), and the
        answer: True, not rejected; False, rejected; None, undecided, because those looked at are rejected and the
        others are too many.
    """
    mergeable = _not_told_apart(counts, level / 2)
    factor = 2.0 if mergeable.any() else 1.0
    order = reverse_cuthill_mckee(csr_matrix(mergeable), symmetric_mode=True).tolist()
    search = _Search(counts[:, :, order], mergeable[np.ix_(order, order)])
    try:
        candidates, complete = search.best(), True
    except _TooManyError:
        candidates, complete = search.extremes(), False
    best = max(candidates, key=_tail)
    p_value = min(1.0, factor * _tail(best))
    labels = np.zeros(len(order), dtype=np.int64)
    for number, block in enumerate(best.blocks):
        labels[[order[k] for k in _members(block)]] = number
    blocks = np.stack([counts[:, :, labels == number].sum(axis=2).T for number in range(len(best.blocks))])
    test = SamplingTest(
        best.statistic, best.freedom, p_value, tuple(_by_first(labels.tolist())), least_expected(blocks)
    )
    return test, True if p_value > level else False if complete else None


def _not_told_apart(counts: Float[np.ndarray, "y e k"], level: float) -> Bool[np.ndarray, "k k"]:
    """Pairs of predictions whose posteriors are one as far as tests at level / (number of pairs) can tell."""
    pooled = counts.sum(axis=1).T
    first, second = np.triu_indices(len(pooled), 1)
    statistic, freedom = g_test(np.stack([pooled[first], pooled[second]], axis=1))
    tails = np.where(freedom > 0, chi2.sf(statistic, np.maximum(freedom, 1)), 1.0)
    pairs = np.zeros((len(pooled), len(pooled)), dtype=bool)
    pairs[first, second] = tails > level / len(first)
    return pairs | pairs.T


class _Search:
    """Partitions of the predictions into blocks of mutually mergeable ones, by bits."""

    def __init__(self, counts: Float[np.ndarray, "y e k"], mergeable: Bool[np.ndarray, "k k"]) -> None:
        self.columns = np.transpose(counts, (2, 1, 0))
        self.neighbours = [_bits(row) for row in mergeable]
        number, labels = connected_components(csr_matrix(mergeable), directed=False)
        self.components = [_bits(labels == label) for label in range(number)]
        self.tested: dict[int, _Part] = {}
        self.steps = 0

    def best(self) -> list[_Part]:
        """For all predictions, the least statistic at each number of degrees of freedom that has one worth having.

        Raises:
            _TooManyError: more than `MAXIMUM_STEPS` steps.
        """
        found = [_Part(0.0, 0)]
        for component in self.components:
            own = self._best_of(component)
            self._count(len(own) * len(found))
            found = _worth_having([_join(part, rest) for part in own for rest in found])
        return found

    def _best_of(self, component: int) -> list[_Part]:
        """The same for the predictions of a component, taken off in order, each with the block that it is the first of.

        As the tail grows with the degrees of freedom, a part with fewer of them and no smaller statistic is never part
        of the best whole.
        """
        fronts: dict[int, list[_Part]] = {0: [_Part(0.0, 0)]}
        pending = [component]
        while pending:
            left = pending[-1]
            if left in fronts:
                pending.pop()
                continue
            blocks = list(self._first_blocks(left))
            missing = [left & ~block for block in blocks if left & ~block not in fronts]
            if missing:
                pending += missing
                continue
            parts = zip(self._test(blocks), blocks, strict=True)
            found = [_join(part, rest) for part, block in parts for rest in fronts[left & ~block]]
            self._count(len(found))
            fronts[left] = _worth_having(found)
            pending.pop()
        return fronts[component]

    def extremes(self) -> list[_Part]:
        """Nothing merged; and the components, where all predictions of each are mergeable with each other."""
        partitions = [[1 << k for k in range(len(self.columns))]]
        if all(self._mutual(block) for block in self.components):
            partitions.append(self.components)
        return [self._whole(blocks) for blocks in partitions]

    def _first_blocks(self, left: int) -> Iterator[int]:
        """Blocks within `left` that hold its first prediction."""
        first = left & -left
        waiting = [(first, self.neighbours[first.bit_length() - 1] & left)]
        while waiting:
            block, candidates = waiting.pop()
            self._count(1)
            yield block
            while candidates:
                bit = candidates & -candidates
                candidates ^= bit
                waiting.append((block | bit, candidates & self.neighbours[bit.bit_length() - 1]))

    def _count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAXIMUM_STEPS:
            raise _TooManyError

    def _mutual(self, block: int) -> bool:
        return all(not block & ~self.neighbours[k] & ~(1 << k) for k in _members(block))

    def _whole(self, blocks: Sequence[int]) -> _Part:
        parts = self._test(blocks)
        return _Part(math.fsum(p.statistic for p in parts), sum(p.freedom for p in parts), tuple(blocks))

    def _test(self, blocks: Sequence[int]) -> list[_Part]:
        """The tests of Y and E in each of the blocks, each made once."""
        new = [block for block in blocks if block not in self.tested]
        if new:
            statistics, freedoms = g_test(np.stack([self.columns[_members(block)].sum(axis=0) for block in new]))
            for block, statistic, freedom in zip(new, statistics.tolist(), freedoms.tolist(), strict=True):
                self.tested[block] = _Part(statistic, int(freedom), (block,))
        return [self.tested[block] for block in blocks]


def _join(block: _Part, rest: _Part) -> _Part:
    return _Part(block.statistic + rest.statistic, block.freedom + rest.freedom, block.blocks + rest.blocks)


def _worth_having(parts: Sequence[_Part]) -> list[_Part]:
    """The parts that no other has both a statistic as small and as many degrees of freedom as."""
    kept: list[_Part] = []
    for part in sorted(parts, key=lambda part: (part.statistic, -part.freedom)):
        if not kept or part.freedom > kept[-1].freedom:
            kept.append(part)
    return kept


def _tail(part: _Part) -> float:
    return float(chi2.sf(part.statistic, part.freedom)) if part.freedom else 1.0


def _bits(members: Bool[np.ndarray, " k"]) -> int:
    return sum(1 << int(k) for k in np.flatnonzero(members))


def _members(block: int) -> list[int]:
    return [k for k in range(block.bit_length()) if block >> k & 1]


def _by_first(labels: Sequence[int]) -> Iterator[int]:
    """The labels numbered by first appearance, as those of `set_partitions`."""
    numbers: dict[int, int] = {}
    for label in labels:
        yield numbers.setdefault(label, len(numbers))
