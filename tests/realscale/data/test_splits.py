"""Splits of a labelled set: sizes by context, nothing lost or twice, groups whole, classes numbered anew."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Int, UInt8

from realscale.data.labelled import part
from realscale.data.splits import base_and_new, few_shots, split_each_context


@dataclass(frozen=True)
class Toy:
    classes: Int[np.ndarray, " n"]
    contexts: Int[np.ndarray, " n"]
    groups: Int[np.ndarray, " n"]
    class_names: tuple[str, ...]
    context_names: tuple[str, ...] = ("photo", "sketch", "unused")
    name: str = "toy"

    @property
    def captions(self) -> list[str]:
        return [self.class_names[label] for label in self.classes]

    def __len__(self) -> int:
        return len(self.classes)

    def pictures(self, rows: Int[np.ndarray, " m"], *, size: int) -> UInt8[np.ndarray, "m {size} {size} 3"]:
        return np.zeros((len(rows), size, size, 3), dtype=np.uint8)


def toy(count: int, classes: int = 5, seed: int = 0) -> Toy:
    rng = np.random.default_rng(seed)
    return Toy(
        classes=rng.integers(0, classes, count),
        contexts=rng.integers(0, 2, count),
        groups=np.arange(count),
        class_names=tuple(f"thing {number}" for number in range(classes)),
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.floats(0.01, 0.99), st.integers(0, 1000))
def test_every_context_holds_out_its_share_and_nothing_is_lost(count: int, share: float, seed: int) -> None:
    whole = toy(count, seed=seed)
    rest, held_out = split_each_context(whole, held_out=share, rng=np.random.default_rng(seed))
    assert sorted([*rest.rows, *held_out.rows]) == list(range(count))
    for context in range(2):
        assert (held_out.contexts == context).sum() == int(share * (whole.contexts == context).sum())


def test_the_split_follows_its_generator() -> None:
    first, again, other = (split_each_context(toy(50), rng=np.random.default_rng(seed))[1].rows for seed in (1, 1, 2))
    assert (first == again).all()
    assert first.tolist() != other.tolist()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(0, 1000))
def test_no_group_is_on_both_sides_whatever_its_contexts(groups: list[int], seed: int) -> None:
    whole = replace(toy(len(groups), seed=seed), groups=np.array(groups))
    rest, held_out = split_each_context(whole, held_out=0.5, rng=np.random.default_rng(seed))
    assert not set(rest.groups.tolist()) & set(held_out.groups.tolist())
    for context in range(2):
        assert (held_out.contexts == context).sum() <= (whole.contexts == context).sum() / 2


def test_things_that_every_context_shows_are_held_out_of_all_of_them() -> None:
    """As emoji: 10 things in both contexts, so 2 of them are the share of either."""
    whole = replace(toy(20), contexts=np.repeat([0, 1], 10), groups=np.tile(np.arange(10), 2))
    _, held_out = split_each_context(whole, rng=np.random.default_rng(0))
    assert sorted(held_out.contexts) == [0, 0, 1, 1]
    assert len(set(held_out.groups.tolist())) == 2


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_share_outside_the_unit_interval_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"held_out is .* inside \(0, 1\)"):
        split_each_context(toy(5), held_out=share, rng=np.random.default_rng(0))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 60), st.integers(1, 9), st.integers(0, 1000))
def test_few_shots_of_every_class(count: int, shots: int, seed: int) -> None:
    whole = toy(count, seed=seed)
    few = few_shots(whole, shots, rng=np.random.default_rng(seed))
    assert len(set(few.rows.tolist())) == len(few)
    there, chosen = (np.bincount(labels, minlength=5) for labels in (whole.classes, few.classes))
    assert (chosen == np.minimum(there, shots)).all()


def test_no_shots_are_refused() -> None:
    with pytest.raises(ValueError, match="shots is 0, expected at least 1"):
        few_shots(toy(5), 0, rng=np.random.default_rng(0))


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 9), st.integers(0, 30), st.integers(0, 1000))
def test_base_is_the_larger_half_and_both_are_numbered_anew(classes: int, count: int, seed: int) -> None:
    whole = toy(count, classes, seed)
    base, new = base_and_new(whole)
    assert (len(base.class_names), len(new.class_names)) == (-(-classes // 2), classes // 2)
    assert base.class_names + new.class_names == whole.class_names
    assert sorted([*base.rows, *new.rows]) == list(range(count))
    for half in (base, new):
        assert [half.class_names[label] for label in half.classes] == list(half.captions)


def test_a_part_of_a_half_keeps_the_new_numbers() -> None:
    _, new = base_and_new(toy(30))
    chosen = part(new, np.array([1, 0]))
    assert chosen.class_names == new.class_names
    assert chosen.classes.tolist() == new.classes[[1, 0]].tolist()


def test_one_class_has_no_halves() -> None:
    with pytest.raises(ValueError, match="has 1 classes, expected at least 2"):
        base_and_new(toy(3, 1))
