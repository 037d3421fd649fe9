"""Kernel ridge regression for probes: bandwidth and penalty chosen for each target, one decomposition for all."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.spatial.distance import cdist

from identifiability.metrics.samples import constant

Scaling = Literal["whiten", "standardise"]

BANDWIDTHS = (0.01, 0.05, 0.25, 1.0)
PENALTIES = (100.0, 10.0, 1.0, 0.1, 1e-2, 1e-4, 1e-6)
TOLERANCE = 1.01  # errors this near the least count as equal
SELECTION_SAMPLES = 1200  # of train, to choose bandwidth and penalty on: a decomposition costs the cube of their number
TEST_BLOCK = 1000  # test samples whose kernel is held at once


def kernel_ridge_predict(
    train_x: Float[np.ndarray, "n p"],
    train_y: Float[np.ndarray, "n q"],
    test_x: Float[np.ndarray, "m p"],
    *,
    scaling: Scaling = "whiten",
) -> Float[np.ndarray, "m q"]:
    """Predictions of y on test_x by ridge regression with the kernel exp(-b |x - x'|^2 / E|x - x'|^2) and an intercept.

    yhat(x) = mean y + k(x)' (K + r I)^-1 (y - mean y). Inputs are whitened or standardised by train statistics, targets
    stay as they are. Bandwidth b and penalty r are chosen for each target by its error on every third of at most 1,200
    samples spread over train, where one eigendecomposition a bandwidth serves all penalties and targets. Inputs
    that do not vary say nothing: without any that does, the prediction is the mean.

    Raises:
        ValueError: unknown scaling.
    """
    if scaling not in ("whiten", "standardise"):
        raise ValueError(f"scaling {scaling!r} is unknown; expected 'whiten' or 'standardise'")
    y_mean = train_y.mean(0)
    train_y = train_y - y_mean
    train_x, test_x = _scaled(train_x, test_x, whiten=scaling == "whiten")
    if train_x.shape[1] == 0:
        return np.tile(y_mean, (len(test_x), 1))
    selection = np.linspace(0, len(train_x) - 1, min(len(train_x), SELECTION_SAMPLES)).astype(int)
    bandwidth, penalty = _select(train_x[selection], train_y[selection])
    dual = np.empty_like(train_y)
    distance = _relative_distance(train_x, train_x)
    for width, targets in _groups(bandwidth):
        kernel = np.exp(-width * distance)
        for value, subset in _groups(np.where(targets, penalty, np.nan)):
            ridge = kernel.copy()
            ridge[np.diag_indices_from(ridge)] += value
            dual[:, subset] = cho_solve(cho_factor(ridge, lower=True, overwrite_a=True), train_y[:, subset])
    prediction = np.empty((len(test_x), train_y.shape[1]))
    for start in range(0, len(test_x), TEST_BLOCK):
        block = slice(start, start + TEST_BLOCK)
        distance = _relative_distance(test_x[block], train_x)
        for width, targets in _groups(bandwidth):
            prediction[block, targets] = np.exp(-width * distance) @ dual[:, targets]
    return prediction + y_mean


def _select(
    x: Float[np.ndarray, "n p"], y: Float[np.ndarray, "n q"]
) -> tuple[Float[np.ndarray, "q"], Float[np.ndarray, "q"]]:
    """Bandwidth and penalty of each target, by squared error on every third sample.

    Of those within one percent of the least error, the largest penalty and then the widest kernel: less variance, and
    targets that nothing predicts agree on one choice instead of each taking its own.
    """
    held_out = np.arange(len(x)) % 3 == 2
    fit_distance = _relative_distance(x[~held_out], x[~held_out])
    held_out_distance = _relative_distance(x[held_out], x[~held_out])
    errors = np.empty((len(PENALTIES), len(BANDWIDTHS), y.shape[1]))
    for j, bandwidth in enumerate(BANDWIDTHS):
        values, vectors = eigh(np.exp(-bandwidth * fit_distance), driver="evd")
        coordinates = vectors.T @ y[~held_out]
        basis = np.exp(-bandwidth * held_out_distance) @ vectors
        for i, penalty in enumerate(PENALTIES):
            prediction = basis @ (coordinates / (np.maximum(values, 0.0) + penalty)[:, None])
            errors[i, j] = np.square(y[held_out] - prediction).mean(0)
    near_least = errors <= TOLERANCE * errors.min((0, 1))
    first = near_least.reshape(-1, y.shape[1]).argmax(0)
    return np.array(BANDWIDTHS)[first % len(BANDWIDTHS)], np.array(PENALTIES)[first // len(BANDWIDTHS)]


def _groups(choice: Float[np.ndarray, "q"]) -> Iterator[tuple[float, Bool[np.ndarray, "q"]]]:
    """Each value chosen (NaN: none), and the targets that chose it."""
    for value in np.unique(choice[~np.isnan(choice)]):
        yield value, choice == value


def _relative_distance(x: Float[np.ndarray, "n r"], y: Float[np.ndarray, "m r"]) -> Float[np.ndarray, "n m"]:
    """|x_i - y_j|^2 over its expectation, which is 2 r for inputs of unit variance."""
    return cdist(x, y, "sqeuclidean") / (2 * x.shape[1])


def _scaled(
    train: Float[np.ndarray, "n p"], test: Float[np.ndarray, "m p"], *, whiten: bool
) -> tuple[Float[np.ndarray, "n r"], Float[np.ndarray, "m r"]]:
    """Both, centred and brought to unit (co)variance by train statistics; directions without variance are dropped."""
    kept = ~constant(train)
    centre, scale = train[:, kept].mean(0), train[:, kept].std(0)
    train, test = (train[:, kept] - centre) / scale, (test[:, kept] - centre) / scale
    if whiten and kept.any():
        _, singular, axes = np.linalg.svd(train, full_matrices=False)
        rank = singular > singular[0] * 1e-10
        rotation = axes[rank].T / (singular[rank] / np.sqrt(len(train)))
        train, test = train @ rotation, test @ rotation
    return train, test
