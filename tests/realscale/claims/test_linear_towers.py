"""A linear map and free caption codes on made-up features."""

from pathlib import Path

import numpy as np
import torch

from identifiability.claims.claim import Context
from identifiability.learning.invariance.captions import Captions
from identifiability.objectives.tokens import Tokens
from realscale.claims.linear_towers import FeaturePairs, LinearTowers, train_towers
from realscale.claims.once import once

CAPTIONS = Captions(("dog", "cat"), ("red", "green", "blue"))
FEATURES = torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
CONTEXTS = np.arange(12) % 3


def towers(objective: str) -> LinearTowers:
    tokens = Tokens(torch.arange(12) % 2, torch.from_numpy(CONTEXTS))
    pairs = FeaturePairs(FEATURES, tokens)
    return train_towers(objective, CAPTIONS, lambda step: pairs, steps=3, seed=101)


def test_a_context_that_training_has_not_is_not_asked_for() -> None:
    trained = towers("full")
    known = np.array([0, 2])
    matched = trained.scores(FEATURES, "matched", CONTEXTS, known)
    every = trained.scores(FEATURES, "matched", np.where(CONTEXTS == 1, 0, CONTEXTS))
    np.testing.assert_allclose(matched, every, rtol=1e-6)
    mean, of_all = (trained.scores(FEATURES, "mean", CONTEXTS, asked) for asked in (known, None))
    assert not np.allclose(mean, of_all)


def test_objectives_start_alike() -> None:
    """Class and context are independent in these pairs: the weights are one."""
    pruned, balanced = (towers(name).codes(FEATURES) for name in ("pruned", "balanced"))
    np.testing.assert_allclose(pruned, balanced, rtol=1e-3)
    assert not np.allclose(towers("full").codes(FEATURES), pruned, rtol=1e-3)


def test_what_was_measured_is_read_by_the_next_check(tmp_path: Path) -> None:
    calls: list[float] = []

    def measure() -> dict[str, float]:
        calls.append(0.1 + 0.2)
        return {"value": calls[-1]}

    shared = Context(shared=tmp_path)
    assert once(shared, ("task", 1), measure) == once(shared, ("task", 1), measure) == {"value": 0.1 + 0.2}
    once(shared, ("task", 2), measure)
    assert len(calls) == 2
    assert len(list(tmp_path.iterdir())) == 2
    once(Context(), ("task", 1), measure)
    assert len(calls) == 3
