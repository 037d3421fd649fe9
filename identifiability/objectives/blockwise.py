"""Value and exact gradient of the contrastive loss of a factored score matrix, one block of rows in memory at a time."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

BLOCK_ENTRIES = 2**18  # scores held at once: one megabyte in single precision, about a second-level cache


class BlockwiseContrast(torch.autograd.Function):
    r"""Contrastive loss of the scores t = P^T Q, whose value and gradient are both computed in the forward pass.

    L = sum_i a_i [c R_i + (1 - c) C_i - t_ii],   R_i = log sum_j e^{t_ij},   C_j = log sum_i e^{t_ij},
    dL/dt_ij = c a_i e^{t_ij - R_i} + (1 - c) a_j e^{t_ij - C_j} - a_i [i = j],   c = 1/2 (symmetric) or 1 (rows only).

    A first pass over row blocks finds R and C, a second multiplies each block of dL/dt into both factors; with one block
    the exponentials of the first pass serve the second. Beside the factors, memory is that of a few blocks.
    Factors are stored transposed, (m, K): the thin matrix products below are up to five times faster that way round.

    Once differentiable: the backward pass only scales the stored gradient, so a second derivative is refused, not wrong.
    """

    @staticmethod
    def forward(
        ctx: Any,
        row_factor: Float[Tensor, "m K"],
        column_factor: Float[Tensor, "m K"],
        anchor: Float[Tensor, "K"],
        bound: float,
        rows: int,
        symmetric: bool,
        differentiate: bool,
    ) -> Float[Tensor, ""]:
        """Loss; no score exceeds `bound`, a block has `rows` rows, `anchor` holds the a_i."""
        row_share, column_share = (0.5, 0.5) if symmetric else (1.0, 0.0)
        positive = (row_factor * column_factor).sum(0)
        comfort = math.log(torch.finfo(positive.dtype).max) * 2 / 3
        spread = bound - positive.min().item()
        scores: _SharedExponential | _SeparateExponentials
        if spread <= 2 * comfort:
            scores = _SharedExponential(row_factor, column_factor, rows, bound - max(0.0, spread - comfort))
        else:
            scores = _SeparateExponentials(row_factor, column_factor, rows)
        row_normaliser, column_normaliser = scores.log_normalisers()
        loss = anchor @ (row_share * row_normaliser + column_share * column_normaliser - positive)
        if differentiate:
            row_gradient = torch.empty_like(row_factor)
            column_gradient = torch.zeros_like(column_factor)
            for block, weight in scores.softmaxes(row_share * anchor, column_share * anchor):
                row_gradient[:, block] = column_factor @ weight.T
                column_gradient.addmm_(row_factor[:, block], weight)
            row_gradient.addcmul_(column_factor, anchor, value=-1)
            column_gradient.addcmul_(row_factor, anchor, value=-1)
            ctx.save_for_backward(row_gradient, column_gradient)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Float[Tensor, ""]) -> tuple[Tensor | None, ...]:
        """Stored gradients times the upstream scalar."""
        row_gradient, column_gradient = ctx.saved_tensors
        return row_gradient * upstream, column_gradient * upstream, None, None, None, None, None


class _Scores:
    """The scores t = P^T Q as blocks of rows that reuse one buffer."""

    def __init__(self, row_factor: Tensor, column_factor: Tensor, rows: int) -> None:
        count = row_factor.shape[1]
        self.row_factor, self.column_factor = row_factor.T.contiguous(), column_factor
        self.blocks = [slice(start, min(start + rows, count)) for start in range(0, count, rows)]
        self.buffer = row_factor.new_empty((min(rows, count), count))

    def block(self, block: slice) -> Float[Tensor, "rows K"]:
        """The rows of t in `block`, in the buffer."""
        return torch.mm(self.row_factor[block], self.column_factor, out=self.buffer[: block.stop - block.start])


class _SharedExponential(_Scores):
    """One e^{t - shift} serves both directions: right when every row and column sum stays in range under one shift."""

    def __init__(self, row_factor: Tensor, column_factor: Tensor, rows: int, shift: float) -> None:
        super().__init__(row_factor, column_factor, rows)
        self.shift = shift
        self.row_sum: Tensor
        self.column_sum: Tensor

    def exponential(self, block: slice) -> Float[Tensor, "rows K"]:
        """e^{t - shift} of the rows in `block`, in the buffer."""
        scores = self.block(block)
        return (scores.sub_(self.shift) if self.shift else scores).exp_()

    def log_normalisers(self) -> tuple[Float[Tensor, "K"], Float[Tensor, "K"]]:
        """R and C."""
        self.row_sum = self.column_factor.new_empty(self.column_factor.shape[1])
        self.column_sum = torch.zeros_like(self.row_sum)
        for block in self.blocks:
            exponential = self.exponential(block)
            self.row_sum[block] = exponential.sum(1)
            self.column_sum += exponential.sum(0)
        return self.row_sum.log() + self.shift, self.column_sum.log() + self.shift

    def softmaxes(
        self, row_weight: Float[Tensor, "K"], column_weight: Float[Tensor, "K"]
    ) -> Iterator[tuple[slice, Float[Tensor, "rows K"]]]:
        """Blocks of row_weight_i e^{t_ij - R_i} + column_weight_j e^{t_ij - C_j}."""
        row_scale, column_scale = row_weight / self.row_sum, column_weight / self.column_sum
        for block in self.blocks:
            exponential = self.buffer if len(self.blocks) == 1 else self.exponential(block)
            yield block, exponential.mul_(row_scale[block, None] + column_scale)


class _SeparateExponentials(_Scores):
    """Each direction with its own shift and its own exponential: right for every range of scores, about twice the work."""

    def log_normalisers(self) -> tuple[Float[Tensor, "K"], Float[Tensor, "K"]]:
        """R and C."""
        self.row_normaliser = self.column_factor.new_empty(self.column_factor.shape[1])
        self.column_normaliser = torch.full_like(self.row_normaliser, -math.inf)
        for block in self.blocks:
            scores = self.block(block)
            self.row_normaliser[block] = scores.logsumexp(1)
            self.column_normaliser = torch.logaddexp(self.column_normaliser, scores.logsumexp(0))
        return self.row_normaliser, self.column_normaliser

    def softmaxes(
        self, row_weight: Float[Tensor, "K"], column_weight: Float[Tensor, "K"]
    ) -> Iterator[tuple[slice, Float[Tensor, "rows K"]]]:
        """Blocks of row_weight_i e^{t_ij - R_i} + column_weight_j e^{t_ij - C_j}."""
        for block in self.blocks:
            scores = self.block(block)
            by_row = (scores - self.row_normaliser[block, None]).exp_().mul_(row_weight[block, None])
            yield block, by_row.add_((scores - self.column_normaliser).exp_().mul_(column_weight))
