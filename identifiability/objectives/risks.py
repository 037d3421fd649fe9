"""Losses of single examples with their slopes in the scale of the score: what risk-based baselines are made of."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from identifiability.objectives.similarity import Similarity, similarity_matrix
from identifiability.objectives.tokens import Tokens


@dataclass(frozen=True, eq=False)
class Risks:
    """Losses of K examples, grouped into environments. Differentiable any number of times.

    Attributes:
        losses: l_i, shape (K,).
        slopes: d l_i(w * score) / dw at w = 1, shape (K,), in closed form.
        environments: number of each example's environment, int64 of shape (K,).
        weights: importance of each example, not negative, (K,); None for equal weights. They get no gradient.

    Raises:
        ValueError: shapes that differ, environments that are not int64 from 0 on, bad weights.
    """

    losses: Tensor
    slopes: Tensor
    environments: Tensor
    weights: Tensor | None = None

    def __post_init__(self) -> None:
        count = len(self.losses)
        shapes = {name: tuple(column.shape) for name, column in vars(self).items() if column is not None}
        if set(shapes.values()) != {(count,)} or not count:
            raise ValueError(f"shapes are {shapes}; expected one (K,) with K >= 1, because entry i is of example i")
        if self.environments.dtype != torch.int64 or self.environments.min() < 0:
            raise ValueError(
                f"environments are {self.environments.dtype} from {self.environments.min().item()} on; expected "
                "torch.int64 from 0 on, because they number laws"
            )
        if self.weights is not None:
            wrong = int((~torch.isfinite(self.weights) | (self.weights < 0)).sum())
            if wrong or not self.weights.sum() > 0:
                raise ValueError(
                    f"{wrong} of {count} weights are negative or not finite and their sum is "
                    f"{self.weights.sum().item():.6g}; expected finite ones, none negative, not all 0: each is a ratio "
                    "of two laws"
                )

    @property
    def mean(self) -> Float[Tensor, ""]:
        """sum_i w_i l_i / sum_i w_i over all examples, whatever their environment."""
        weights = self._weights()
        return (weights * self.losses).sum() / weights.sum()

    @property
    def by_environment(self) -> Float[Tensor, " environments"]:
        """R_e, the weighted mean loss of each environment in `groups`."""
        return torch.stack([(share * self.losses[index]).sum() for index, share in self.groups().values()])

    def groups(self) -> dict[int, tuple[Int[Tensor, " examples"], Float[Tensor, " examples"]]]:
        """Examples of each environment that is present, by its number, and their shares a_i = w_i / sum w of it.

        Present is what has some weight; examples of weight 0 are in no group.
        """
        weights = self._weights()
        groups = {}
        for environment in self.environments[weights > 0].unique().tolist():
            index = ((self.environments == environment) & (weights > 0)).nonzero()[:, 0]
            groups[environment] = (index, weights[index] / weights[index].sum())
        return groups

    def _weights(self) -> Float[Tensor, "K"]:
        return torch.ones_like(self.losses) if self.weights is None else self.weights.detach().to(self.losses)


def class_risks(
    f: Float[Tensor, "K d"],
    g: Float[Tensor, "C d"],
    tokens: Tokens,
    weights: Float[Tensor, "K"] | None = None,
    *,
    temperature: float | Tensor = 1.0,
    similarity: Similarity = "dot",
    log_prior: Float[Tensor, "C"] | None = None,
) -> Risks:
    r"""Cross entropies of the zero-shot classifier with scores z_iv = sim(f_i, g_v) / temperature + log_prior_v.

    l_i = -z_iy + log sum_v e^{z_iv},   slope_i = sum_v softmax(z_i)_v z_iv - z_iy:   w multiplies the whole z.

    Half-precision codes are scored in single precision, under autocast too.

    Args:
        f: image codes.
        g: codes of the class vocabulary, row v the caption of class v.
        tokens: classes y and environments; without environments all examples are of environment 0.
        weights: importance of each example.
        temperature: as in `symmetric_infonce`.
        similarity: as in `symmetric_infonce`.
        log_prior: log p(v), which turns the optimum of pruned InfoNCE into the posterior of the class.

    Raises:
        ValueError: tokens of other shapes or of classes beyond the vocabulary, and as `Risks`, `similarity_factors`.
    """
    if len(f) != len(tokens) or tokens.classes.max() >= len(g):
        raise ValueError(
            f"{len(f)} images and {len(g)} class captions with {len(tokens)} tokens up to class "
            f"{int(tokens.classes.max())}; expected one token an image, and a caption for each class"
        )
    precision = torch.promote_types(torch.promote_types(f.dtype, g.dtype), torch.float32)
    with torch.autocast(f.device.type, enabled=False):
        scores = similarity_matrix(f.to(precision), g.to(precision), similarity=similarity, temperature=temperature)
    if log_prior is not None:
        scores = scores + log_prior
    log_posterior = scores.log_softmax(1)
    of_label = one_hot(tokens.classes, len(g)).to(scores)
    losses = -(of_label * log_posterior).sum(1)
    slopes = ((log_posterior.exp() - of_label) * scores).sum(1)
    environments = torch.zeros_like(tokens.classes) if tokens.environments is None else tokens.environments
    return Risks(losses, slopes, environments, weights)


def squared_risks(
    prediction: Float[Tensor, "K"],
    target: Float[Tensor, "K"],
    environments: Int[Tensor, "K"],
    weights: Float[Tensor, "K"] | None = None,
) -> Risks:
    """Squared errors l_i = (p_i - y_i)^2, without 1/2; slope_i = 2 (p_i - y_i) p_i.

    Raises:
        ValueError: as `Risks`.
    """
    residual = prediction - target
    return Risks(residual.square(), 2 * residual * prediction, environments, weights)


def logistic_risks(
    logit: Float[Tensor, "K"],
    target: Float[Tensor, "K"],
    environments: Int[Tensor, "K"],
    weights: Float[Tensor, "K"] | None = None,
) -> Risks:
    """Cross entropies of a binary y with logit z: l_i = log(1 + e^{z_i}) - y_i z_i; slope_i = z_i (sigmoid(z_i) - y_i).

    Raises:
        ValueError: targets outside [0, 1], and as `Risks`.
    """
    if target.min() < 0 or target.max() > 1:
        raise ValueError(
            f"targets run from {target.min().item():.6g} to {target.max().item():.6g}; expected probabilities in "
            "[0, 1], 0 and 1 for labels: with others the loss has no minimum"
        )
    losses = binary_cross_entropy_with_logits(logit, target, reduction="none")
    return Risks(losses, logit * (logit.sigmoid() - target), environments, weights)
