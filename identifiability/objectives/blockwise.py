"""Contrastive value and exact gradient of a factored score matrix, with a few blocks of its rows in memory."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

BLOCK_ENTRIES = 2**18  # scores in a block: one megabyte in single precision, about a second-level cache
SINGLE_BLOCK_ENTRIES = 2**20  # up to here one block of all rows is faster, since its exponentials need not be redone
FEWEST_ROWS = 16  # below, matrix products over 2^15 columns lose a digit in single precision


def contrast(
    row_factor: Float[Tensor, "K m"],
    column_factor: Float[Tensor, "K m"],
    anchor: Float[Tensor, "K"],
    *,
    positive: Float[Tensor, "K"] | None,
    bound: float,
    extra: Float[Tensor, "K"] | None = None,
    rows: int | None = None,
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    r"""Contrast of every diagonal score with its row and its column, for scores t_ij = <row_factor_i, column_factor_j>.

    N = sum_i a_i [c R_i + (1 - c) C_i - t_ii],   R_i = log(e^{x_i} + sum_j e^{t_ij}),   C_j = log sum_i e^{t_ij},
    dN/dt_ij = c a_i e^{t_ij - R_i} + (1 - c) a_j e^{t_ij - C_j} - a_i [i = j],   dN/dx_i = c a_i e^{x_i - R_i},
    c = 1/2 (symmetric) or 1 (rows only).

    One pass over blocks of rows finds R and C, a second multiplies each block of dN/dt into both factors; with a single
    block the exponentials of the first pass serve the second. Memory beside the factors is that of a few blocks.
    Gradients flow to both factors and to x, once: a second derivative is refused, not wrong.

    Args:
        row_factor: one vector a row.
        column_factor: one vector a column.
        anchor: the a_i, not negative.
        positive: the t_ii, computed with less rounding than the product of the factors has. None leaves t_ii out of the
            value and of every sum: what remains compares each point of one sample with the others.
        bound: a number that no score exceeds.
        extra: the x_i, one more candidate of each row: the log-sum-exp of scores that no other row has. None for none.
        rows: rows in a block; by default about 2^18 scores' worth, or all where those are at most 2^20 scores.
        symmetric: False for c = 1.
    """
    inputs = (row_factor, column_factor, extra)
    differentiate = torch.is_grad_enabled() and any(tensor is not None and tensor.requires_grad for tensor in inputs)
    count = len(anchor)
    rows = rows or (count if count**2 <= SINGLE_BLOCK_ENTRIES else max(FEWEST_ROWS, BLOCK_ENTRIES // count))
    with torch.autocast(anchor.device.type, enabled=False):
        return _Contrast.apply(*inputs, anchor, positive, bound, rows, symmetric, differentiate)


class _Contrast(torch.autograd.Function):
    """Value and gradient in the forward pass; the backward pass only scales the stored gradient."""

    @staticmethod
    def forward(
        ctx: Any,
        row_factor: Tensor,
        column_factor: Tensor,
        extra: Tensor | None,
        anchor: Tensor,
        positive: Tensor | None,
        bound: float,
        rows: int,
        symmetric: bool,
        differentiate: bool,
    ) -> Tensor:
        # Transposed, (m, K), the thin products below are up to five times faster.
        row_factor, column_factor = row_factor.T.contiguous(), column_factor.T.contiguous()
        blocks = _Blocks(row_factor, column_factor, rows, positive)
        comfort = math.log(torch.finfo(anchor.dtype).max) / 3
        if extra is not None:
            bound = max(bound, extra.max().item())
        # The largest score of every row and column lies between bound - spread and bound: at least at its positive.
        spread = math.inf if positive is None else bound - positive.min().item()
        if spread > 2 * comfort and len(blocks.rows) == 1:
            scores = blocks.scores(blocks.rows[0])
            spread = bound - torch.minimum(scores.amax(0), scores.amax(1)).min().item()
        softmaxes: _SharedExponential | _SeparateExponentials
        if spread <= 2 * comfort:
            softmaxes = _SharedExponential(blocks, bound - max(0.0, spread - comfort), extra)
        else:
            softmaxes = _SeparateExponentials(blocks, symmetric, extra)
        row_share, column_share = (0.5, 0.5) if symmetric else (1.0, 0.0)
        row_weight, column_weight = row_share * anchor, column_share * anchor
        value = row_weight @ softmaxes.row_normaliser
        if symmetric:
            value += column_weight @ softmaxes.column_normaliser
        if positive is not None:
            value -= anchor @ positive
        if differentiate:
            row_gradient, column_gradient = torch.empty_like(row_factor), torch.zeros_like(column_factor)
            for block, gradient in softmaxes.weighted(row_weight, column_weight):
                if positive is not None:
                    gradient[:, block].diagonal().sub_(anchor[block])
                row_gradient[:, block] = column_factor @ gradient.T
                column_gradient.addmm_(row_factor[:, block], gradient)
            extra_gradient = None if extra is None else row_weight * (extra - softmaxes.row_normaliser).exp()
            ctx.save_for_backward(row_gradient.T, column_gradient.T, extra_gradient)
        return value

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        # The stored gradient is a constant to autograd: a graph of it would give second derivatives that miss a term.
        if torch.is_grad_enabled():
            raise RuntimeError(
                "the blockwise contrast is differentiable once and create_graph=True asks for a second derivative; for "
                "a loss that differentiates a gradient take cross entropies of `similarity_matrix`"
            )
        scaled = [None if gradient is None else gradient * upstream for gradient in ctx.saved_tensors]
        return *scaled, *[None] * 6


class _Blocks:
    """The scores, one block of rows at a time in one buffer."""

    def __init__(self, row_factor: Tensor, column_factor: Tensor, rows: int, positive: Tensor | None) -> None:
        count = row_factor.shape[1]
        self.rows = [slice(start, min(start + rows, count)) for start in range(0, count, rows)]
        self.row_factor, self.column_factor, self.positive = row_factor, column_factor, positive
        self.buffer = row_factor.new_empty((min(rows, count), count))

    def scores(self, block: slice) -> Float[Tensor, "rows K"]:
        """The rows in `block`, in the buffer."""
        scores = self.buffer[: block.stop - block.start]
        torch.mm(self.row_factor[:, block].T, self.column_factor, out=scores)
        diagonal = scores[:, block].diagonal()
        if self.positive is None:
            diagonal.fill_(-math.inf)
        else:
            diagonal.copy_(self.positive[block])
        return scores


class _SharedExponential:
    """One e^{t - shift} for both directions: right while every row and column sum stays in range under one shift."""

    def __init__(self, blocks: _Blocks, shift: float, extra: Tensor | None) -> None:
        self.blocks, self.shift = blocks, shift
        self.row_sum = blocks.buffer.new_empty(blocks.buffer.shape[1])
        self.column_sum = torch.zeros_like(self.row_sum)
        for block in blocks.rows:
            exponential = self._exponential(block)
            self.row_sum[block] = exponential.sum(1)
            self.column_sum += exponential.sum(0)
        if extra is not None:
            self.row_sum += (extra - shift).exp()
        self.row_normaliser = self.row_sum.log() + shift
        self.column_normaliser = self.column_sum.log() + shift

    def weighted(self, row_weight: Tensor, column_weight: Tensor) -> Iterator[tuple[slice, Float[Tensor, "rows K"]]]:
        """Blocks of row_weight_i e^{t_ij - R_i} + column_weight_j e^{t_ij - C_j}."""
        row_scale, column_scale = row_weight / self.row_sum, column_weight / self.column_sum
        only = len(self.blocks.rows) == 1
        for block in self.blocks.rows:
            exponential = self.blocks.buffer if only else self._exponential(block)
            yield block, exponential.mul_(row_scale[block, None] + column_scale)

    def _exponential(self, block: slice) -> Float[Tensor, "rows K"]:
        scores = self.blocks.scores(block)
        return _exponential(scores.sub_(self.shift) if self.shift else scores)


class _SeparateExponentials:
    """Each direction with its own shift and exponential: right for any range of scores, about twice the work."""

    def __init__(self, blocks: _Blocks, symmetric: bool, extra: Tensor | None) -> None:
        self.blocks, self.symmetric = blocks, symmetric
        self.row_normaliser = blocks.buffer.new_empty(blocks.buffer.shape[1])
        self.column_normaliser = torch.full_like(self.row_normaliser, -math.inf)
        for block in blocks.rows:
            scores = blocks.scores(block)
            self.row_normaliser[block] = _log_sum_exp(scores, 1)
            if symmetric:
                self.column_normaliser = torch.logaddexp(self.column_normaliser, _log_sum_exp(scores, 0))
        if extra is not None:
            self.row_normaliser = torch.logaddexp(self.row_normaliser, extra)

    def weighted(self, row_weight: Tensor, column_weight: Tensor) -> Iterator[tuple[slice, Float[Tensor, "rows K"]]]:
        """Blocks of row_weight_i e^{t_ij - R_i} + column_weight_j e^{t_ij - C_j}."""
        for block in self.blocks.rows:
            scores = self.blocks.scores(block)
            by_row = _exponential(scores - self.row_normaliser[block, None]).mul_(row_weight[block, None])
            if self.symmetric:
                by_row += _exponential(scores - self.column_normaliser).mul_(column_weight)
            yield block, by_row


def _exponential(scores: Tensor) -> Tensor:
    """e^scores in place, but at least e^(2/3 log of the least normal number).

    Processors take about ten times as long for what underflows, as most pairs of a trained code would, both here and in
    every product with it: hence the third of the range left for those. What the bound adds to a sum is below the sum's
    rounding: every sum here is at least e^-(1/3 log max).
    """
    return scores.clamp_(min=math.log(torch.finfo(scores.dtype).tiny) * 2 / 3).exp_()


def _log_sum_exp(scores: Tensor, dim: int) -> Tensor:
    top = scores.amax(dim, keepdim=True).clamp_(min=torch.finfo(scores.dtype).min)
    return _exponential(scores - top).sum(dim).log_() + top.squeeze(dim)
