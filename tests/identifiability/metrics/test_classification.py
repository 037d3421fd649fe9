"""Accuracy of reading a discrete latent: what each classifier can see, chance, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from identifiability.metrics import accuracy_kernel, accuracy_linear, chance_accuracy, indicators

CLASSIFIERS = [accuracy_linear, accuracy_kernel]


def clusters(seed, classes=4, samples=400, noise=0.1):
    """Codes around one corner of a simplex a class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=samples)
    return np.eye(classes)[labels] + noise * rng.normal(size=(samples, classes)), labels


def halves(x, y):
    middle = len(x) // 2
    return x[:middle], y[:middle], x[middle:], y[middle:]


@pytest.mark.parametrize("accuracy", CLASSIFIERS)
def test_separated_classes_are_named(accuracy):
    assert accuracy(*halves(*clusters(0))) == 1.0


@pytest.mark.parametrize("accuracy", CLASSIFIERS)
def test_noisy_classes_reach_the_bayes_accuracy(accuracy, false_alarm):
    """Two classes at +-1 with unit noise: the best possible accuracy is Phi(1)."""
    rng = np.random.default_rng(1)
    y = rng.integers(2, size=4000)
    x = (2 * y - 1 + rng.normal(size=4000))[:, None]
    samples = x[:1000], y[:1000], x[1000:], y[1000:]
    bayes = norm.cdf(1)
    spread = np.sqrt(bayes * (1 - bayes) / 3000)
    assert abs(accuracy(*samples) - bayes) < norm.isf(false_alarm / 2) * spread + 0.01


def test_exclusive_or_needs_the_kernel():
    x = np.random.default_rng(2).normal(size=(600, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    assert accuracy_linear(*halves(x, y)) < 0.7
    assert accuracy_kernel(*halves(x, y)) > 0.9


@settings(max_examples=5)
@given(st.integers(0, 2**31))
def test_names_of_classes_and_affine_maps_change_nothing(seed):
    x, y = clusters(seed, noise=0.6, samples=200)
    matrix = np.linalg.qr(np.random.default_rng(seed).normal(size=(4, 4)))[0]
    named = np.array([7, -3, 100, 2])[y]
    assert accuracy_kernel(*halves(x, y)) == accuracy_kernel(*halves(5 * x @ matrix - 1, named))
    assert accuracy_linear(*halves(x, y)) == accuracy_linear(*halves(5 * x - 1, named))


@pytest.mark.parametrize("accuracy", CLASSIFIERS)
def test_a_collapsed_code_has_chance_accuracy(accuracy):
    y = np.array([0, 1, 1, 2] * 20)
    assert accuracy(np.ones((80, 2)), y, np.ones((80, 2)), y) == chance_accuracy(y, y) == 0.5


def test_chance_is_the_frequency_in_test_of_the_majority_of_train():
    assert chance_accuracy(np.array([3, 3, 1]), np.array([1, 1, 1, 3])) == 0.25


def test_a_class_of_test_alone_is_never_named():
    x, y = clusters(3, samples=200)
    unseen = np.where(np.arange(100) < 25, 9, y[100:])
    assert accuracy_kernel(x[:100], y[:100], x[100:], unseen) == 0.75
    assert accuracy_linear(x[:100], y[:100], x[100:], unseen) == 0.75


def test_indicators_are_one_column_a_class():
    np.testing.assert_array_equal(indicators(np.array([5, 2, 5])), [[0, 1], [1, 0], [0, 1]])


@pytest.mark.parametrize("accuracy", CLASSIFIERS)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(100, dtype=int), r"only class \[0\]; expected two or more"),
        (np.linspace(0, 1, 100), "type float64; expected one whole number a sample, because a class is a name"),
        (np.arange(99) % 2, "numbers of samples differ: {'train_x': 100, 'train_labels': 99}"),
    ],
)
def test_bad_labels_are_refused_with_their_reason(accuracy, labels, message):
    x, y = clusters(4, samples=100)
    with pytest.raises(ValueError, match=message):
        accuracy.__wrapped__(x, labels, x, y)
