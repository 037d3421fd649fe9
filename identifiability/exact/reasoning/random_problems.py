"""Random decision problems of a few tokens, in dyadic numbers: sums are exact, and ties are ties."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from identifiability.exact.reasoning.completions import Completions
from identifiability.objectives.process_reward import Form, process_rewards


@dataclass(frozen=True, eq=False)
class Problem:
    """An outcome for each completion, and a score at the steps that the prefix decides.

    Attributes:
        completions: all of them.
        outcome: R of each completion, a multiple of 1/4 in [0, 1].
        scores: of the steps, multiples of 1/8 in [-2, -1/8]; the words so far decide them.
        steps: which tokens are steps; the words so far decide it.
        weight: of the process reward.
    """

    completions: Completions
    outcome: np.ndarray
    scores: np.ndarray
    steps: np.ndarray
    weight: float

    def process(self, form: Form, *, discount: float = 1.0) -> Float[np.ndarray, "N T"]:
        """`process_rewards` of all completions."""
        arrays = (torch.from_numpy(array) for array in (self.scores, self.steps, self.completions.mask))
        return process_rewards(*arrays, form=form, discount=discount).numpy()

    def returns(self, process: Float[np.ndarray, "N T"], *, discount: float = 1.0) -> Float[np.ndarray, " N"]:
        """sum_k discount^k weight r_k, and the outcome, paid with the last token."""
        powers = discount ** np.arange(self.completions.horizon)
        last = self.completions.mask.sum(axis=1) - 1
        return self.outcome * powers[last] + self.weight * process @ powers

    @property
    def last_scores(self) -> Float[np.ndarray, "N T"]:
        """The score of each completion's last step, at its last token; 0 elsewhere."""
        found = np.zeros_like(self.scores)
        for row, steps in enumerate(self.steps):
            if steps.any():
                found[row, self.completions.mask[row].sum() - 1] = self.scores[row, np.flatnonzero(steps)[-1]]
        return found


def random_problem(*, rng: np.random.Generator, words: int | None = None, horizon: int | None = None) -> Problem:
    """Two or three words, three or four tokens (if not told), outcomes with ties, steps at about three quarters of the
    prefixes."""
    completions = Completions(words or int(rng.integers(2, 4)), horizon or int(rng.integers(3, 5)))
    count, prefixes = len(completions.tokens), completions.prefix_count
    after = np.column_stack([completions.prefixes[:, 1:], np.full(count, -1)])
    leaf = prefixes + np.arange(count)[:, None]  # behind its last token a completion is a state of its own
    state = np.where(after >= 0, after, leaf)
    scores = -rng.integers(1, 17, size=prefixes + count)[state] / 8
    steps = (rng.random(prefixes + count) < 0.75)[state] & completions.mask
    outcome = rng.integers(0, 5, size=count) / 4
    return Problem(completions, outcome, scores, steps, float(rng.choice([0.25, 1.0, 2.0])))
