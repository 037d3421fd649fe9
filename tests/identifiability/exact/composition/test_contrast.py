"""Contrasting captions in a batch and hard negatives: what each costs a blind encoder."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from identifiability.exact.composition.contrast import (
    contrasting_gap,
    contrasting_law,
    contrasting_limit,
    hard_negative_excess,
)
from identifiability.exact.composition.quotient import composition_gap, orbit_law
from identifiability.exact.infonce import infonce_loss


@pytest.mark.parametrize(("share", "k"), [(0.1, 2), (0.3, 3), (0.5, 4)])
def test_the_gap_is_that_of_enumerated_batches(share: float, k: int) -> None:
    """Critics that score every mismatch -inf: blind ones match bags, the others captions."""
    law = contrasting_law(3, share)
    joint = np.diag(law.ravel())
    same_bag = np.kron(np.eye(3), np.ones((2, 2)))
    losses = [infonce_loss(joint, np.where(match > 0, 0.0, -np.inf), k) for match in (same_bag, np.eye(6))]
    assert losses[0] - losses[1] == pytest.approx(contrasting_gap(law, k), abs=1e-12)


def test_the_limit_is_the_composition_gap() -> None:
    law = contrasting_law(4, 0.2)
    joint = np.diag(law.ravel())
    assert contrasting_limit(law) == pytest.approx(composition_gap(joint, [0, 0, 1, 1, 2, 2, 3, 3]), abs=1e-12)
    assert contrasting_gap(law, 20_000) == pytest.approx(contrasting_limit(law), abs=1e-3)
    assert contrasting_limit(contrasting_law(4, 0.0)) == 0


def test_the_gap_grows_with_the_batch() -> None:
    gaps = [contrasting_gap(contrasting_law(10, 0.1), k) for k in (2, 16, 256, 4096)]
    assert all(a < b for a, b in itertools.pairwise(gaps))


def test_hard_negative_excess_is_the_difference_of_the_losses() -> None:
    others, negatives = np.array([0.2, 0.05]), 3
    blind = np.log(1 + negatives + others.sum())
    assert hard_negative_excess(negatives, others.sum()) == pytest.approx(blind - np.log1p(others.sum()), abs=1e-15)
    assert hard_negative_excess(3, 0.0) == pytest.approx(np.log(4))
    assert hard_negative_excess(0, 5.0) == 0


@pytest.mark.parametrize(("bags", "share"), [(0, 0.1), (3, 0.6), (3, -0.1)])
def test_a_law_of_two_orders_needs_a_rarer_one(bags: int, share: float) -> None:
    with pytest.raises(ValueError, match=f"{bags} bags, share {share}"):
        contrasting_law(bags, share)


def test_a_batch_holds_the_positive_and_weights_are_not_negative() -> None:
    with pytest.raises(ValueError, match="batch size 0; expected at least 1, because the positive"):
        contrasting_gap(contrasting_law(3, 0.2), 0)
    for negatives, others in ((-2, 1.0), (1, -0.5), (1, float("nan"))):
        with pytest.raises(ValueError, match=f"{negatives} hard negatives beside others of weight {others}"):
            hard_negative_excess(negatives, others)
    assert hard_negative_excess(2, float("inf")) == 0


@pytest.mark.parametrize("function", [composition_gap, orbit_law])
def test_each_caption_has_a_class(function: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="3 classes for the 4 captions of a law of shape"):
        function(np.eye(4) / 4, [0, 0, 1])
