"""How often a discrete latent is named rightly from a code, linear and by kernel, beside its majority frequency."""

import warnings

import numpy as np
from jaxtyping import Float, Int
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from identifiability.metrics.kernel_ridge import Scaling, kernel_ridge_predict
from identifiability.metrics.samples import checked, constant, same_columns, same_rows


def accuracy_linear(
    train_x: Float[np.ndarray, "n p"],
    train_labels: Int[np.ndarray, "n"],
    test_x: Float[np.ndarray, "m p"],
    test_labels: Int[np.ndarray, "m"],
) -> float:
    """Accuracy on test of multinomial logistic regression with intercept, on inputs standardised by train.

    Raises:
        ValueError: not finite, too few samples, shapes that do not fit, labels not whole numbers, one class in train.
    """
    train_x, test_x = _classification_samples(train_x, train_labels, test_x, test_labels)
    kept = ~constant(train_x)
    if not kept.any():
        return float(np.mean(test_labels == _majority(train_labels)))
    centre, scale = train_x[:, kept].mean(0), train_x[:, kept].std(0)
    with warnings.catch_warnings():
        # Separable classes have no finite optimum; the weak penalty ends the descent, if not the count of iterations.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=100.0, max_iter=200).fit((train_x[:, kept] - centre) / scale, train_labels)
    return float(np.mean(model.predict((test_x[:, kept] - centre) / scale) == test_labels))


def accuracy_kernel(
    train_x: Float[np.ndarray, "n p"],
    train_labels: Int[np.ndarray, "n"],
    test_x: Float[np.ndarray, "m p"],
    test_labels: Int[np.ndarray, "m"],
    *,
    scaling: Scaling = "whiten",
) -> float:
    """Accuracy on test of the class with the largest kernel ridge prediction of its indicator.

    The regression estimates the class probabilities, so the largest is the Bayes choice in the limit.

    Raises:
        ValueError: as `accuracy_linear`.
    """
    train_x, test_x = _classification_samples(train_x, train_labels, test_x, test_labels)
    prediction = kernel_ridge_predict(train_x, indicators(train_labels), test_x, scaling=scaling)
    return float(np.mean(np.unique(train_labels)[prediction.argmax(1)] == test_labels))


def chance_accuracy(train_labels: Int[np.ndarray, "n"], test_labels: Int[np.ndarray, "m"]) -> float:
    """Accuracy on test of naming the class that is most frequent in train, whatever the code."""
    return float(np.mean(np.asarray(test_labels) == _majority(train_labels)))


def indicators(labels: Int[np.ndarray, "n"]) -> Float[np.ndarray, "n classes"]:
    """One column a class in ascending order, 1 where a sample is of it."""
    return (np.asarray(labels)[:, None] == np.unique(labels)).astype(np.float64)


def _majority(labels: Int[np.ndarray, "n"]) -> int:
    classes, counts = np.unique(labels, return_counts=True)
    return int(classes[counts.argmax()])


def _classification_samples(
    train_x: np.ndarray, train_labels: np.ndarray, test_x: np.ndarray, test_labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs in float64, refused where no classification is defined."""
    for name, labels in (("train_labels", train_labels), ("test_labels", test_labels)):
        if np.ndim(labels) != 1 or not np.issubdtype(np.asarray(labels).dtype, np.integer):
            raise ValueError(
                f"{name} has shape {np.shape(labels)} and type {np.asarray(labels).dtype}; expected one whole number a "
                "sample, because a class is a name and not a quantity"
            )
    train_x, test_x = checked("train_x", train_x, minimum=30), checked("test_x", test_x, minimum=2)
    same_columns(train_x=train_x, test_x=test_x)
    same_rows(train_x=train_x, train_labels=train_labels)
    same_rows(test_x=test_x, test_labels=test_labels)
    classes = np.unique(train_labels)
    if len(classes) < 2:
        raise ValueError(
            f"train_labels hold only class {classes.tolist()}; expected two or more, or there is no question"
        )
    return train_x, test_x
