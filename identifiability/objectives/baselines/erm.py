"""Empirical risk minimisation."""

from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.risks import Risks


def erm(risks: Risks) -> Float[Tensor, ""]:
    """sum_i w_i l_i / sum_i w_i over all examples: the risk under the pooled law, environments ignored."""
    return risks.mean
