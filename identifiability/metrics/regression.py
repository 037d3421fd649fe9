"""R2 of predicting one block of variables from another, linear and by kernel, on samples the fit has not seen."""

import numpy as np
from jaxtyping import Float

from identifiability.metrics.kernel_ridge import Scaling, kernel_ridge_predict
from identifiability.metrics.samples import checked, constant, refuse_constant, same_columns, same_rows


def r2_linear(
    train_x: Float[np.ndarray, "n p"],
    train_y: Float[np.ndarray, "n q"],
    test_x: Float[np.ndarray, "m p"],
    test_y: Float[np.ndarray, "m q"],
) -> Float[np.ndarray, "q"]:
    """R2 of each coordinate of y from x by least squares WITH intercept, fitted on train, scored on test.

    Unchanged by any invertible affine map of x and by shift and scale of each coordinate of y; below 0 when the fit
    predicts worse than the mean. Inputs that do not vary say nothing: without any that does, R2 is about 0.

    Raises:
        ValueError: not finite, too few samples, shapes that do not fit, or a target constant on test.
    """
    train_x, train_y, test_x, test_y = _regression_samples(train_x, train_y, test_x, test_y, 3)
    needed = train_x.shape[1] + 2
    if len(train_x) < needed:
        raise ValueError(
            f"train_x has {len(train_x)} samples of {train_x.shape[1]} coordinates; expected at least {needed}, "
            "because with fewer least squares interpolates"
        )
    x_mean, y_mean = train_x.mean(0), train_y.mean(0)
    still = constant(train_x)
    x_scale = np.where(still, np.inf, train_x.std(0))
    slope = np.linalg.lstsq((train_x - x_mean) / x_scale, train_y - y_mean)[0]
    return r2_score(test_y, (test_x - x_mean) / x_scale @ slope + y_mean)


def r2_kernel(
    train_x: Float[np.ndarray, "n p"],
    train_y: Float[np.ndarray, "n q"],
    test_x: Float[np.ndarray, "m p"],
    test_y: Float[np.ndarray, "m q"],
    *,
    scaling: Scaling = "whiten",
) -> Float[np.ndarray, "q"]:
    """R2 of each coordinate of y from x by kernel ridge regression (see `kernel_ridge_predict`), scored on test.

    Whitened inputs make the score unchanged by invertible affine maps of x. Whitening also gives a direction of tiny
    variance as much say as any other: for a code with more coordinates than content look at both scalings. Targets are
    never whitened: the small directions of an over-complete code would then count as much as its content.

    Raises:
        ValueError: not finite, fewer than 30 train samples, shapes that do not fit, a target constant on test, or an
            unknown scaling.
    """
    train_x, train_y, test_x, test_y = _regression_samples(train_x, train_y, test_x, test_y, 30)
    return r2_score(test_y, kernel_ridge_predict(train_x, train_y, test_x, scaling=scaling))


def r2_score(truth: Float[np.ndarray, "m q"], prediction: Float[np.ndarray, "m q"]) -> Float[np.ndarray, "q"]:
    """1 - sum_i (y_ik - yhat_ik)^2 / sum_i (y_ik - mean y_k)^2 of each coordinate k."""
    return 1.0 - np.square(truth - prediction).sum(0) / np.square(truth - truth.mean(0)).sum(0)


def _regression_samples(
    train_x: np.ndarray, train_y: np.ndarray, test_x: np.ndarray, test_y: np.ndarray, minimum: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The four matrices in float64, refused where no regression from x to y is defined."""
    train_x, train_y = checked("train_x", train_x, minimum=minimum), checked("train_y", train_y, minimum=minimum)
    test_x, test_y = checked("test_x", test_x, minimum=2), checked("test_y", test_y, minimum=2)
    same_rows(train_x=train_x, train_y=train_y)
    same_rows(test_x=test_x, test_y=test_y)
    same_columns(train_x=train_x, test_x=test_x)
    same_columns(train_y=train_y, test_y=test_y)
    refuse_constant("test_y", test_y)
    return train_x, train_y, test_x, test_y
