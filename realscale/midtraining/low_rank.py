"""Partial training: the matrices of the towers stay as they are, and a product of two thin ones is added to each.

Where a layer applies its matrix itself, x goes through the thin ones beside it, and the gradient of the matrix is never
formed. torch's attention takes its matrices whole: there the sum is formed in every pass, and its gradient too.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear
from torch.nn.utils import parametrize

_BRANCH, _BESIDE = "parametrizations", "low_rank_change"


class LowRank(nn.Module):
    """W + B A with A (rank, columns) random and B (rows, rank) zero, so that training starts from W.

    Source: Hu et al. 2021 (arXiv 2106.09685), with alpha = rank.
    """

    def __init__(self, weight: Float[Tensor, "rows columns"], rank: int, *, generator: torch.Generator) -> None:
        super().__init__()
        rows, columns = weight.shape
        drawn = torch.randn(rank, columns, generator=generator, device=generator.device) / math.sqrt(columns)
        self.across = nn.Parameter(drawn.to(weight))
        self.back = nn.Parameter(weight.new_zeros(rows, rank))

    def forward(self, weight: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows columns"]:
        """The changed matrix."""
        return weight + self.back @ self.across

    def beside(self, layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
        """W x + B (A x), of a layer that has made W x."""
        return output + linear(linear(inputs[0], self.across), self.back)


def train_low_rank(model: nn.Module, rank: int, *, seed: int) -> int:
    """Freeze the model but for changes of this rank to the matrices of its blocks; the number of matrices.

    Those are the weights of linear maps and of attention (queries, keys and values in one), of parameters that were
    trained before the call: a frozen tower remains frozen. Embeddings and projections between the modalities stay.
    """
    generator = torch.Generator("cpu").manual_seed(seed % 2**63)
    chosen = []
    for module in model.modules():
        names = ("in_proj_weight",) if isinstance(module, nn.MultiheadAttention) else ()
        names = ("weight",) if isinstance(module, nn.Linear) else names
        chosen += [(module, name) for name in names if getattr(module, name).requires_grad]
    model.requires_grad_(False)
    for module, name in chosen:
        change = LowRank(getattr(module, name), rank, generator=generator)
        if type(module) is nn.Linear:  # and not attention's own, whose weight is used and which is never called
            module.add_module(_BESIDE, change)
            module.register_forward_hook(change.beside)
        else:
            parametrize.register_parametrization(module, name, change)
    return len(chosen)


def merged_state(model: nn.Module) -> dict[str, Tensor]:
    """The state of the model as it was before `train_low_rank`, with the changes added to the matrices."""
    added = {_BRANCH, _BESIDE}
    state = {name: tensor for name, tensor in model.state_dict().items() if not added & set(name.split("."))}
    with torch.no_grad():
        for prefix, module in model.named_modules():
            if parametrize.is_parametrized(module):
                for name in module.parametrizations:
                    state[f"{prefix}.{name}".lstrip(".")] = getattr(module, name).detach()
            if hasattr(module, _BESIDE):
                state[f"{prefix}.weight".lstrip(".")] = getattr(module, _BESIDE)(module.weight).detach()
    return state
