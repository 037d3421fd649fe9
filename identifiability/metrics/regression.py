"""How well one block of variables is predicted from another: R2 of linear and of kernel ridge regression, on unseen samples."""

from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.spatial.distance import cdist

from identifiability.metrics.samples import checked, constant, same_rows, varying

Scaling = Literal["whiten", "standardise"]

BANDWIDTHS = (0.01, 0.03, 0.1, 0.3, 1.0)
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)
SELECTION_SAMPLES = 1200


def r2_linear(
    train_x: Float[np.ndarray, "n p"],
    train_y: Float[np.ndarray, "n q"],
    test_x: Float[np.ndarray, "m p"],
    test_y: Float[np.ndarray, "m q"],
) -> Float[np.ndarray, "q"]:
    """R2 of each coordinate of y from x by least squares WITH intercept, fitted on train, scored on test.

    R2_k = 1 - sum_i (y_ik - yhat_ik)^2 / sum_i (y_ik - mean y_k)^2. Unchanged by any invertible affine map of x and by
    shift and scale of each coordinate of y; below 0 when the fit predicts worse than the mean.

    Raises:
        ValueError: not finite, too few samples, shapes that do not fit, or a target coordinate that is constant on test.
    """
    train_x, train_y, test_x, test_y = _checked(train_x, train_y, test_x, test_y)
    if len(train_x) < train_x.shape[1] + 2:
        raise ValueError(
            f"train_x has {len(train_x)} samples of {train_x.shape[1]} coordinates; expected at least "
            f"{train_x.shape[1] + 2}, because with fewer least squares interpolates"
        )
    x_mean, y_mean = train_x.mean(0), train_y.mean(0)
    x_scale = np.where(constant(train_x), 1.0, train_x.std(0))
    slope = np.linalg.lstsq((train_x - x_mean) / x_scale, train_y - y_mean)[0]
    return _r2(test_y, (test_x - x_mean) / x_scale @ slope + y_mean)


def r2_kernel(
    train_x: Float[np.ndarray, "n p"],
    train_y: Float[np.ndarray, "n q"],
    test_x: Float[np.ndarray, "m p"],
    test_y: Float[np.ndarray, "m q"],
    *,
    scaling: Scaling = "whiten",
) -> Float[np.ndarray, "q"]:
    """R2 of each coordinate of y from x by kernel ridge regression with k(x, x') = exp(-b |x - x'|^2 / E|x - x'|^2).

    Inputs are whitened (or standardised) by train statistics, targets are left raw but for their mean. Bandwidth b (one
    for all coordinates) and penalty (one a coordinate) are chosen by the score on every third sample of at most 1,200 train
    samples, where one eigendecomposition a bandwidth serves all penalties and targets; then all of train is fitted.

    Whitening makes the score unchanged by invertible affine maps of x; it also gives a direction of tiny variance
    (rounding apart) as much say as any other, so for a code with more coordinates than content use both scalings.

    Raises:
        ValueError: as `r2_linear`, fewer than 30 train samples, every input coordinate constant, or an unknown scaling.
    """
    train_x, train_y, test_x, test_y = _checked(train_x, train_y, test_x, test_y, minimum=30)
    train_x, test_x = _scaled(train_x, test_x, scaling)
    y_mean = train_y.mean(0)
    train_y = train_y - y_mean
    decay = 1.0 / (2.0 * train_x.shape[1])  # 1 / E|x - x'|^2 after scaling
    bandwidth, penalty = _select(train_x[:SELECTION_SAMPLES], train_y[:SELECTION_SAMPLES], decay)
    train_kernel = _kernel(train_x, train_x, bandwidth * decay)
    dual = np.empty_like(train_y)
    for value in np.unique(penalty):
        chosen = penalty == value
        ridge = train_kernel.copy()
        ridge[np.diag_indices_from(ridge)] += value
        dual[:, chosen] = cho_solve(cho_factor(ridge, lower=True, overwrite_a=True), train_y[:, chosen])
    del train_kernel
    prediction = np.concatenate(
        [_kernel(part, train_x, bandwidth * decay) @ dual for part in np.array_split(test_x, -(-len(test_x) // 1000))]
    )
    return _r2(test_y, prediction + y_mean)


def _select(
    x: Float[np.ndarray, "n p"], y: Float[np.ndarray, "n q"], decay: float
) -> tuple[float, Float[np.ndarray, "q"]]:
    """Bandwidth and the penalty of each target with the best score on every third sample."""
    held_out = np.arange(len(x)) % 3 == 2
    best_score, best_bandwidth, best_penalty = -np.inf, BANDWIDTHS[0], np.full(y.shape[1], PENALTIES[-1])
    for bandwidth in BANDWIDTHS:
        values, vectors = eigh(_kernel(x[~held_out], x[~held_out], bandwidth * decay), driver="evd")
        coordinates = vectors.T @ y[~held_out]
        basis = _kernel(x[held_out], x[~held_out], bandwidth * decay) @ vectors
        errors = np.stack(
            [
                np.square(y[held_out] - basis @ (coordinates / (np.maximum(values, 0.0) + penalty)[:, None])).mean(0)
                for penalty in PENALTIES
            ]
        )
        score = -(errors.min(0) / np.maximum(y[held_out].var(0), np.finfo(np.float64).tiny)).mean()
        if score > best_score:
            best_score, best_bandwidth, best_penalty = score, bandwidth, np.array(PENALTIES)[errors.argmin(0)]
    return best_bandwidth, best_penalty


def _kernel(
    x: Float[np.ndarray, "n p"], y: Float[np.ndarray, "m p"], decay: float
) -> Float[np.ndarray, "n m"]:
    return np.exp(-decay * cdist(x, y, "sqeuclidean"))


def _scaled(
    train: Float[np.ndarray, "n p"], test: Float[np.ndarray, "m p"], scaling: Scaling
) -> tuple[Float[np.ndarray, "n r"], Float[np.ndarray, "m r"]]:
    """Both, centred and brought to unit (co)variance by train statistics; directions without variance are dropped."""
    if scaling not in ("whiten", "standardise"):
        raise ValueError(f"scaling {scaling!r} is unknown; expected 'whiten' or 'standardise'")
    kept = ~constant(train)
    if not kept.any():
        raise ValueError("every coordinate of train_x is constant; expected one that varies, or there is nothing to fit on")
    centre, scale = train[:, kept].mean(0), train[:, kept].std(0)
    train, test = (train[:, kept] - centre) / scale, (test[:, kept] - centre) / scale
    if scaling == "whiten":
        _, singular, axes = np.linalg.svd(train, full_matrices=False)
        rank = singular > singular[0] * 1e-10
        rotation = axes[rank].T / (singular[rank] / np.sqrt(len(train)))
        train, test = train @ rotation, test @ rotation
    return train, test


def _r2(truth: Float[np.ndarray, "m q"], prediction: Float[np.ndarray, "m q"]) -> Float[np.ndarray, "q"]:
    return 1.0 - np.square(truth - prediction).sum(0) / np.square(truth - truth.mean(0)).sum(0)


def _checked(
    train_x: np.ndarray, train_y: np.ndarray, test_x: np.ndarray, test_y: np.ndarray, minimum: int = 3
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The four matrices in float64, refused where no regression from x to y is defined."""
    train_x, train_y = checked("train_x", train_x, minimum=minimum), checked("train_y", train_y, minimum=minimum)
    test_x, test_y = checked("test_x", test_x, minimum=2), checked("test_y", test_y, minimum=2)
    same_rows(train_x=train_x, train_y=train_y)
    same_rows(test_x=test_x, test_y=test_y)
    if train_x.shape[1] != test_x.shape[1] or train_y.shape[1] != test_y.shape[1]:
        raise ValueError(
            f"train maps {train_x.shape[1]} coordinates to {train_y.shape[1]}, test {test_x.shape[1]} to "
            f"{test_y.shape[1]}; expected the same, because the fit of one is scored on the other"
        )
    varying("test_y", test_y)
    return train_x, train_y, test_x, test_y
