"""Accuracy by context: against hand counts, ties shared, whole groups drawn."""

import numpy as np
import pytest

from realscale.data.dataset import ImageTextSet
from realscale.evaluation.accuracy import accuracy_table, choice_credits


def test_ties_are_shared_among_the_classes_that_are_tied() -> None:
    scores = np.array([[0.5, 0.5, 0.1], [0.2, 0.9, 0.1], [0.3, 0.3, 0.3], [0.1, 0.4, 0.4]])
    assert choice_credits(scores, np.array([0, 1, 2, 0])).tolist() == [0.5, 1.0, 1 / 3, 0.0]


def test_each_context_counts_once_and_the_worst_is_named(images: ImageTextSet) -> None:
    rows = np.concatenate([np.flatnonzero(images.contexts == 0), np.flatnonzero(images.contexts == 1)[:20]])
    some = images.take(rows)  # 40 photos, 20 night scenes of the first two classes
    credit = np.where(some.contexts == 0, 1.0, (some.classes == 0) * 1.0)
    found = accuracy_table(credit, some, rng=np.random.default_rng(0))
    assert found["mean"]["accuracy"] == pytest.approx((1 + 0.5) / 2)
    assert (found["worst_context"], found["worst"]["accuracy"]) == ("night scene", 0.5)
    assert found["images"]["accuracy"] == pytest.approx(50 / 60)
    assert found["balanced"]["accuracy"] == pytest.approx((1 + 0.5 + 1 + 1) / 4)
    assert found["contexts"]["night scene"]["balanced"] == 0.5
    assert found["contexts"]["photo"]["interval"][0] < 1 == found["contexts"]["photo"]["accuracy"]
    for name in ("mean", "worst", "images", "balanced"):
        low, high = found[name]["interval"]
        assert low <= found[name]["accuracy"] <= high


def test_a_bootstrap_of_groups_is_wider_where_their_images_agree(images: ImageTextSet) -> None:
    rng = np.random.default_rng(1)
    of_group = rng.integers(0, 2, size=images.groups.max() + 1).astype(np.float64)
    alike = accuracy_table(of_group[images.groups], images, rng=np.random.default_rng(0))
    apart = accuracy_table(rng.permutation(of_group[images.groups]), images, rng=np.random.default_rng(0))
    width = [found["images"]["interval"][1] - found["images"]["interval"][0] for found in (alike, apart)]
    assert width[0] > 1.2 * width[1]  # in the limit by the root of 2, the size of a group
