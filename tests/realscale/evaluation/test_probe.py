"""Probes: the regression against scikit-learn, splits that do not leak, leakage found where it is and only there."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from realscale.data.dataset import ImageTextSet
from realscale.data.labelled import part
from realscale.data.splits import base_and_new
from realscale.evaluation.leakage import context_leakage
from realscale.evaluation.probe import linear_probe, rows_within
from realscale.evaluation.softmax_regression import Samples, chosen_fit, fit_path, mean_loss


def test_the_regression_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)) * [1, 2, 3, 4] + 5
    y = (x @ rng.normal(size=(4, 3)) / 3 + rng.gumbel(size=(200, 3))).argmax(axis=1)
    fits = list(fit_path(Samples(x, y), 3, penalties=(0.1, 0.01)))
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    for fit in fits:
        reference = LogisticRegression(C=1 / (200 * fit.penalty), tol=1e-10, max_iter=1000).fit(standard, y)
        scores = fit.scores(x)
        expected = reference.decision_function(standard)
        assert scores - scores.mean(axis=1, keepdims=True) == pytest.approx(
            expected - expected.mean(axis=1, keepdims=True), abs=5e-3
        )


def test_the_penalty_of_least_validation_loss_is_chosen() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 10))
    noise, signal = rng.integers(0, 2, size=300), (x[:, 0] > 0).astype(np.int64)
    for labels, strong in ((noise, True), (signal, False)):
        known, unseen = Samples(x[:200], labels[:200]), Samples(x[200:], labels[200:])
        fit = chosen_fit(known, unseen, 2)
        assert (fit.penalty > 0.05) == strong
        losses = [mean_loss(other.scores(x[200:]), labels[200:]) for other in fit_path(known, 2)]
        assert unseen.loss(fit) == pytest.approx(min(losses), abs=1e-6)
    with pytest.raises(ValueError, match="0 for validation"):
        chosen_fit(known, Samples(x[:0], labels[:0]), 2)


def _coded(images: ImageTextSet, *, context: float, rng: np.random.Generator) -> np.ndarray:
    """Codes with the class, the context as strongly as said, and noise."""
    codes = rng.normal(size=(len(images), 8)) * 0.3
    codes[np.arange(len(images)), images.classes] += 2
    codes[:, 4] += context * (2 * images.contexts - 1)
    return codes.astype(np.float32)


def test_a_probe_reads_the_class_within_and_across_contexts(images: ImageTextSet) -> None:
    codes = _coded(images, context=0.0, rng=np.random.default_rng(0))
    codes[images.contexts == 1] = -codes[images.contexts == 1]  # night scenes are coded the other way round
    found = linear_probe(images, codes)
    assert found["within"]["mean"]["accuracy"] > 0.9
    assert found["left_out"]["mean"]["accuracy"] < 0.3
    assert found["left_out"]["n"] == len(images)
    assert found["within"]["n"] == 16  # a fifth of each context
    assert found["left_out"]["seen_groups"] > 0.5
    assert found["chance"] == 0.25
    same = linear_probe(images, _coded(images, context=0.0, rng=np.random.default_rng(0)))
    assert same["left_out"]["mean"]["accuracy"] > 0.9


def test_rows_of_a_part_of_a_part_are_positions_in_it(images: ImageTextSet) -> None:
    some = part(images, np.arange(1, 80, 2))
    assert rows_within(some, part(some, np.array([0, 7, 39]))).tolist() == [0, 7, 39]
    assert rows_within(images, part(images, np.array([4, 9]))).tolist() == [4, 9]
    with pytest.raises(ValueError, match="is no part of"):
        rows_within(images, part(base_and_new(images)[0], np.arange(2)))


def test_rows_of_a_part_of_some_classes_are_positions_in_it(images: ImageTextSet) -> None:
    _, new = base_and_new(images)  # its classes have other numbers, and its first picture is not the first of the set
    chosen = part(new, np.array([3, 17, 39]))
    assert rows_within(new, chosen).tolist() == [3, 17, 39]
    assert chosen.classes.tolist() == new.classes[[3, 17, 39]].tolist() == [0, 0, 1]
    assert rows_within(chosen, part(chosen, np.array([1, 2]))).tolist() == [1, 2]


def test_leakage_is_found_where_codes_hold_the_context_and_only_there(images: ImageTextSet) -> None:
    rng = np.random.default_rng(2)
    leaks, clean = (context_leakage(images, _coded(images, context=c, rng=rng)) for c in (1.0, 0.0))
    assert leaks["accuracy"] > 0.9
    assert leaks["information"] > 0.4
    assert leaks["information"] < np.log(2) + 0.1  # no code says more than all of it, up to sampling
    assert abs(clean["accuracy"] - 0.5) < 0.25
    assert clean["information"] < 0.05
    for found in (leaks, clean):
        assert found["chance"] == 0.5  # both contexts of every class alike: a tie
        assert found["shuffled"]["information"] < 0.1


def test_the_context_is_found_beside_classes_that_lie_farther_apart(images: ImageTextSet) -> None:
    noise = np.random.default_rng(4).normal(size=len(images))
    line = (
        3 * images.classes + 0.8 * images.contexts + 0.1 * noise
    )  # only against its class does a code tell the context
    assert context_leakage(images, line[:, None])["accuracy"] > 0.9


def test_what_the_class_tells_of_the_context_is_no_leakage(images: ImageTextSet) -> None:
    uneven = images.take(np.flatnonzero((images.classes < 2) == (images.contexts == 0)))  # the class tells all of it
    found = context_leakage(uneven, _coded(uneven, context=0.0, rng=np.random.default_rng(3)))
    assert found["accuracy"] == found["chance"] == 1
    assert abs(found["information"]) < 0.1
    with pytest.raises(ValueError, match="single context"):
        context_leakage(images.take(images.contexts == 0), np.ones((40, 2), dtype=np.float32))
