"""Sentences as sequences of tokens, and all of them up to a length: what the composition operators act on."""

from collections.abc import Iterable
from itertools import product

Sentence = tuple[int, ...]  # token ids, in order

MAXIMUM_SENTENCES = 10**6


def all_sentences(tokens: int, lengths: Iterable[int]) -> list[Sentence]:
    """Every sequence over the tokens 0 .. tokens - 1 of the given lengths, shorter ones first.

    Raises:
        ValueError: no token, a negative length, or more than MAXIMUM_SENTENCES sequences.
    """
    wanted = sorted(set(lengths))
    if tokens < 1 or any(length < 0 for length in wanted):
        raise ValueError(f"{tokens} tokens and lengths {wanted}; expected at least one token and lengths >= 0")
    count = sum(tokens**length for length in wanted)
    if count > MAXIMUM_SENTENCES:
        raise ValueError(
            f"{tokens} tokens make {count} sequences of lengths {wanted}; at most {MAXIMUM_SENTENCES} are enumerated"
        )
    return [sentence for length in wanted for sentence in product(range(tokens), repeat=length)]
