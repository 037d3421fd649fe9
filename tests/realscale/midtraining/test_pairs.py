"""Batches D and D_V: captions are exchanged within a class, lose their context, and wrong ones are wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realscale.midtraining.pairs import PairSet, another, distinct, exchanged


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(0, 99))
def test_an_exchange_is_a_permutation_within_classes(classes: list[int], seed: int) -> None:
    column = np.array(classes)
    order = exchanged(column, rng=np.random.default_rng(seed))
    assert sorted(order) == list(range(len(classes)))
    assert (column[order] == column).all()


def test_an_exchange_moves_captions() -> None:
    orders = {tuple(exchanged(np.zeros(3, dtype=np.int64), rng=np.random.default_rng(seed))) for seed in range(60)}
    assert len(orders) == 6


def test_captions_of_a_batch(pairs: PairSet) -> None:
    batch = pairs.batch(40, rng=np.random.default_rng(0), wrong=True)
    family = {"apple": 0, "pear": 0, "dog": 1, "cat": 1, "car": 2, "bus": 2}
    moved = 0
    for k, (full, pruned, wrong) in enumerate(zip(batch.full, batch.pruned, batch.negatives, strict=True)):
        name = full.split()[-1]
        phrase = pairs.phrases[int(batch.tokens.column("contexts")[k])]
        assert full.startswith(f"{phrase} of a")
        assert family[name] == int(batch.tokens.classes[k]) == family[pruned.split()[-1]]
        assert not any(word in pruned for word in ("picture", "bright", "dark"))
        moved += name != pruned.split()[-1]
        other, elsewhere = wrong
        assert other.startswith(phrase)
        assert other.split()[-1] != name
        assert elsewhere.split()[-1] == name
        assert not elsewhere.startswith(phrase)
    assert moved > 5
    assert pairs.law.sum() == pytest.approx(1)
    assert pairs.law.shape == (3, 2)


def test_a_batch_is_of_its_stream_alone(pairs: PairSet) -> None:
    first, again, other = (pairs.batch(8, rng=np.random.default_rng(seed), wrong=True) for seed in (1, 1, 2))
    assert np.array_equal(first.images, again.images)
    assert (first.full, first.pruned, first.negatives) == (again.full, again.pruned, again.negatives)
    assert first.full != other.full
    assert len({image.tobytes() for image in pairs.batch(48, rng=np.random.default_rng(0)).images}) == 48


def test_batches_that_cannot_be_are_refused(pairs: PairSet) -> None:
    with pytest.raises(ValueError, match=r"a batch of 49 pairs from a set of 48.*its own negative"):
        pairs.batch(49, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="1 values; expected at least 2"):
        another(0, 1, np.random.default_rng(0))


def test_another_value_is_any_other_one() -> None:
    rng = np.random.default_rng(0)
    assert {another(2, 4, rng) for _ in range(200)} == {0, 1, 3}


def test_strings_are_encoded_once() -> None:
    texts, rows = distinct([("a", "b", "a"), ("c", "b")])
    assert texts == ("a", "b", "c")
    assert [place.tolist() for place in rows] == [[0, 1, 0], [2, 1]]


def test_the_fingerprint_tells_sets_apart(pairs: PairSet) -> None:
    images = pairs.images.copy()
    images[3, 2, 1, 0] ^= 1
    columns = (pairs.names, pairs.classes, pairs.contexts, pairs.phrases)
    assert PairSet(pairs.images, *columns).fingerprint == pairs.fingerprint
    assert PairSet(images, *columns).fingerprint != pairs.fingerprint
    assert PairSet(pairs.images, *columns[:2], 1 - pairs.contexts, columns[3]).fingerprint != pairs.fingerprint
