"""Multinomial logistic regression on codes, its penalty chosen on validation images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy

PENALTIES = tuple(10.0**power for power in range(0, -7, -1))  # of half the squared weights, beside the mean loss
_ITERATIONS = 100  # of each penalty: ill-conditioned codes are not carried to the last digit


@dataclass(frozen=True, eq=False)
class SoftmaxRegression:
    """log p(k | x) = log softmax_k(offset + weights^T (x - centre) / scale + intercept)."""

    centre: Float[np.ndarray, " d"]
    scale: Float[np.ndarray, " d"]
    weights: Float[np.ndarray, "d k"]
    intercept: Float[np.ndarray, " k"]
    penalty: float

    def scores(
        self, codes: Float[np.ndarray, "n d"], offset: Float[np.ndarray, "n k"] | float = 0.0
    ) -> Float[np.ndarray, "n k"]:
        """Logits of each class."""
        return (codes - self.centre) / self.scale @ self.weights + self.intercept + offset


@dataclass(frozen=True, eq=False)
class Samples:
    """Codes with their labels; offset: known logits that the regression adds to."""

    codes: Float[np.ndarray, "n d"]
    labels: Int[np.ndarray, " n"]
    offset: Float[np.ndarray, "n k"] | None = None

    def loss(self, fit: SoftmaxRegression) -> float:
        """Mean cross-entropy of a fit here."""
        return mean_loss(fit.scores(self.codes, 0.0 if self.offset is None else self.offset), self.labels)


def chosen_fit(
    train: Samples,
    validation: Samples,
    classes: int,
    *,
    penalties: Sequence[float] = PENALTIES,
    device: torch.device | None = None,
) -> SoftmaxRegression:
    """The fit of least validation loss, penalties tried from the strongest on until the loss rises.

    Raises:
        ValueError: nothing to train on, or nothing to validate with.
    """
    if not len(train.codes) or not len(validation.codes):
        raise ValueError(
            f"{len(train.codes)} images to train on and {len(validation.codes)} for validation; expected one each at "
            "least, because without them no penalty can be chosen: evaluate more images of each context"
        )
    path = fit_path(train, classes, penalties=penalties, device=device)
    best = next(path)
    least = validation.loss(best)
    for fit in path:
        loss = validation.loss(fit)
        if loss >= least:
            break
        best, least = fit, loss
    return best


def fit_path(
    train: Samples, classes: int, *, penalties: Sequence[float] = PENALTIES, device: torch.device | None = None
) -> Iterator[SoftmaxRegression]:
    """The fit of each penalty in turn, begun at the one before.

    Minimises mean cross-entropy + penalty / 2 |weights|^2 on inputs standardised by their own mean and deviation; the
    intercept is free. L-BFGS, in float64 on a CPU.
    """
    place = device or torch.device("cpu")
    kind = torch.float64 if place.type == "cpu" else torch.float32
    centre, scale = (values.astype(np.float64) for values in (train.codes.mean(axis=0), train.codes.std(axis=0)))
    scale = np.where(scale > 1e-6 * max(1e-12, float(scale.max())), scale, 1.0)
    x = torch.from_numpy((train.codes - centre) / scale).to(place, kind)
    target = torch.from_numpy(train.labels).to(place)
    offset = torch.zeros(()) if train.offset is None else torch.from_numpy(train.offset)
    offset = offset.to(place, kind)
    weights = torch.zeros(x.shape[1], classes, dtype=kind, device=place, requires_grad=True)
    intercept = torch.zeros(classes, dtype=kind, device=place, requires_grad=True)
    for penalty in penalties:
        _descend(x, target, offset, weights, intercept, penalty)
        matrix, free = (tensor.detach().cpu().double().numpy().copy() for tensor in (weights, intercept))
        yield SoftmaxRegression(centre, scale, matrix, free, penalty)


def _descend(x: Tensor, target: Tensor, offset: Tensor, weights: Tensor, intercept: Tensor, penalty: float) -> None:
    optimizer = torch.optim.LBFGS(
        [weights, intercept],
        max_iter=_ITERATIONS,
        tolerance_grad=1e-5,
        tolerance_change=1e-7,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = cross_entropy(x @ weights + intercept + offset, target) + penalty / 2 * weights.square().sum()
        value.backward()
        return value

    optimizer.step(loss)


def mean_loss(scores: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> float:
    """Mean cross-entropy in nats."""
    return float(-log_softmax(scores)[np.arange(len(labels)), labels].mean())


def log_softmax(scores: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
    """Logarithms of the softmax of each row, in float64."""
    return torch.log_softmax(torch.from_numpy(scores).double(), dim=1).numpy()
