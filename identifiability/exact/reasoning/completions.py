"""All completions of a small vocabulary up to a number of tokens: what is optimal at each prefix, and exact gradients.

A completion is words and then an end token, or `horizon` words without one (cut off). The words so far, the prefix, are
the state; a policy is a law of the next token at each prefix, a softmax of one table of logits.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import log_softmax

MAXIMUM = 100_000


@dataclass(frozen=True, eq=False)
class Completions:
    """Every completion over `words` words; rows of all arrays, in the order of their lengths.

    Attributes:
        words: size of the vocabulary; its words are 0, 1, ..., the end token is the number `words`.
        horizon: tokens of the longest completion, T.

    Raises:
        ValueError: no word, no token, or more completions than can be enumerated.
    """

    words: int
    horizon: int

    def __post_init__(self) -> None:
        if self.words < 1 or self.horizon < 1 or self.words**self.horizon > MAXIMUM:
            raise ValueError(
                f"{self.words} words and {self.horizon} tokens; expected at least one of each and at most {MAXIMUM} "
                "completions of full length: they are enumerated"
            )

    @cached_property
    def tokens(self) -> Int[np.ndarray, "N T"]:
        """Numbers of the tokens; -1 behind the end."""
        rows = [
            [*prefix, *[self.words, *[-1] * self.horizon][: self.horizon - length]]
            for length in range(self.horizon + 1)
            for prefix in product(range(self.words), repeat=length)
        ]
        return np.array(rows, dtype=np.int64)

    @cached_property
    def mask(self) -> Bool[np.ndarray, "N T"]:
        """Which places hold a token, the end token included."""
        return self.tokens >= 0

    @cached_property
    def wrote(self) -> Bool[np.ndarray, "N T"]:
        """Which places hold a word."""
        return self.mask & (self.tokens < self.words)

    @cached_property
    def ended(self) -> Bool[np.ndarray, " N"]:
        """Whether the completion has its end token; the others were cut off."""
        return (self.tokens == self.words).any(axis=1)

    @cached_property
    def prefixes(self) -> Int[np.ndarray, "N T"]:
        """Number of the prefix in front of each token, the empty one 0; -1 behind the end."""
        code = np.zeros(len(self.tokens), dtype=np.int64)
        found = np.full(self.tokens.shape, -1)
        for place in range(self.horizon):
            start = sum(self.words**length for length in range(place))
            found[:, place] = np.where(self.mask[:, place], start + code, -1)
            code = code * self.words + np.where(self.wrote[:, place], self.tokens[:, place], 0)
        return found

    @cached_property
    def prefix_count(self) -> int:
        """How many prefixes a next token is chosen at."""
        return int(self.prefixes.max()) + 1

    def at_prefixes(self, values: Float[np.ndarray, "N T"]) -> Float[np.ndarray, "prefixes tokens"]:
        """Sum of the values over the completions that choose a token at a prefix."""
        table = np.zeros((self.prefix_count, self.words + 1))
        np.add.at(table, (self.prefixes[self.mask], self.tokens[self.mask]), values[self.mask])
        return table

    def action_values(self, returns: Float[np.ndarray, " N"]) -> Float[np.ndarray, "prefixes tokens"]:
        """The best return of a completion through each prefix and next token."""
        table = np.full((self.prefix_count, self.words + 1), -np.inf)
        every = np.broadcast_to(returns[:, None], self.mask.shape)
        np.maximum.at(table, (self.prefixes[self.mask], self.tokens[self.mask]), every[self.mask])
        return table

    def optimal_tokens(
        self, returns: Float[np.ndarray, " N"], *, tolerance: float = 1e-9
    ) -> Bool[np.ndarray, "prefixes tokens"]:
        """The tokens at each prefix, reached or not, that lead to the best return from there."""
        values = self.action_values(returns)
        return values >= values.max(axis=1, keepdims=True) - tolerance

    def log_probabilities(self, logits: Float[np.ndarray, "prefixes tokens"]) -> Float[np.ndarray, " N"]:
        """log pi(completion) of the policy with these logits."""
        chosen = log_softmax(logits, axis=1)[self.prefixes, self.tokens]
        return np.where(self.mask, chosen, 0.0).sum(axis=1)

    def policy_gradient(
        self, logits: Float[np.ndarray, "prefixes tokens"], advantages: Float[np.ndarray, "N T"]
    ) -> Float[np.ndarray, "prefixes tokens"]:
        """E sum_k A_k grad log pi(token k | prefix), the expectation over all completions."""
        chances = np.exp(self.log_probabilities(logits))
        gained = self.at_prefixes(chances[:, None] * advantages)
        return gained - np.exp(log_softmax(logits, axis=1)) * gained.sum(axis=1, keepdims=True)
