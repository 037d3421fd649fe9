"""What iterated operators reach: equivalence classes, balls around a sentence, and the sizes of these balls."""

from collections.abc import Iterable, Mapping
from functools import cache
from math import comb

from networkx.utils import UnionFind

from scm.composition.operators import Operator
from scm.composition.sentences import Sentence


def classes(sentences: Iterable[Sentence], operators: Iterable[Operator]) -> Mapping[Sentence, int]:
    """Number of the equivalence class that the steps of all the operators together generate, for each sentence.

    Only steps between the given sentences count: give a set that is closed under the operators (all sequences of the
    lengths in question) for the relation itself. Classes are numbered in the order of the sentences.
    """
    listed = list(sentences)
    sets = UnionFind(listed)
    known = set(listed)
    applied = list(operators)
    for sentence in listed:
        for operator in applied:
            sets.union(sentence, *(other for other in operator.steps(sentence) if other in known))
    numbers: dict[Sentence, int] = {}
    return {sentence: numbers.setdefault(sets[sentence], len(numbers)) for sentence in listed}


def spheres(sentence: Sentence, operators: Iterable[Operator], steps: int) -> list[set[Sentence]]:
    """Sentences at distance 0, 1, ..., `steps` (fewest applications of the operators), by breadth-first search.

    The ball of radius k, the sentence left out, is what an encoder blind to the operators cannot tell from it after k
    iterations: N_k = |union of the spheres 1..k|; balls grow with k and stop at the equivalence class.
    """
    applied = list(operators)
    found = [{sentence}]
    seen = {sentence}
    for _ in range(steps):
        ring = {other for near in found[-1] for operator in applied for other in operator.steps(near)} - seen
        seen |= ring
        found.append(ring)
    return found


def hamming_sphere(length: int, tokens: int, distance: int) -> int:
    """Sentences that REPLACE over one class of `tokens` tokens reaches in exactly `distance` steps.

    C(length, distance) (tokens - 1)^distance, the sphere of the Hamming metric.
    """
    return comb(length, distance) * (tokens - 1) ** distance


def transposition_sphere(length: int, distance: int) -> int:
    """Orders of `length` different tokens that are exactly `distance` swaps away.

    c(length, length - distance), the unsigned Stirling number of the first kind: permutations with length - distance
    cycles. None beyond length - 1 swaps.
    """
    return _permutations_with_cycles(length, length - distance) if 0 <= distance <= length else 0


@cache
def _permutations_with_cycles(size: int, cycles: int) -> int:
    if size == 0 or cycles <= 0:
        return int(size == cycles == 0)
    return _permutations_with_cycles(size - 1, cycles - 1) + (size - 1) * _permutations_with_cycles(size - 1, cycles)
