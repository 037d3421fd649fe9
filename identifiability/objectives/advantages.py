r"""Advantages relative to a group of completions of one prompt: of whole completions, and of every token.

Rows come in groups: `group_size` completions of the first prompt, then of the second. (B, T) are completions by tokens,
`mask` is true on the tokens of a completion.

Source: group-relative advantages: Shao et al. 2024 (arXiv 2402.03300), section 4.1.
"""

from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Scale = Literal["group", "none"]
Combination = Literal["separate", "summed"]
Credit = Literal["to_go", "whole"]

SCALES: tuple[Scale, ...] = get_args(Scale)
COMBINATIONS: tuple[Combination, ...] = get_args(Combination)
CREDITS: tuple[Credit, ...] = get_args(Credit)
EPSILON = 1e-4  # beside the deviation, as trl's GRPOTrainer has it


def group_advantages(rewards: Float[Tensor, "B"], group_size: int, *, scale: Scale = "group") -> Float[Tensor, "B"]:
    """(R_i - mean) / (deviation + 1e-4) within each group, the deviation with n - 1; scale "none": R_i - mean.

    A group of equal rewards gives exactly 0.

    Raises:
        ValueError: rows that make no whole groups, rewards that are not finite, an unknown scale.
    """
    _check(rewards, group_size, scale)
    grouped = rewards.view(-1, group_size)
    centred = _centred(grouped)
    return (centred / _divisor(centred.square().sum(1), group_size, scale)[:, None]).view(-1)


def returns_to_go(rewards: Float[Tensor, "B T"], *, discount: float = 1.0) -> Float[Tensor, "B T"]:
    """G_k = sum_{j >= k} discount^{j - k} r_j: what the tokens from k on earn."""
    if discount == 1:
        return rewards.flip(1).cumsum(1).flip(1)
    found = [torch.zeros_like(rewards[:, 0])]
    for reward in rewards.flip(1).unbind(1):
        found.append(reward + discount * found[-1])
    return torch.stack(found[:0:-1], dim=1)


def token_advantages(
    task: Float[Tensor, "B"],
    process: Float[Tensor, "B T"],
    mask: Bool[Tensor, "B T"],
    group_size: int,
    *,
    weight: float,
    combination: Combination = "separate",
    credit: Credit = "to_go",
    scale: Scale = "group",
    discount: float = 1.0,
) -> Float[Tensor, "B T"]:
    r"""Advantage of every token from the completion's reward and the process rewards of its tokens; 0 beside.

    With G_k the process returns to go (of a completion that has ended: 0), or the whole process return of the
    completion at every k, and means over the group:

    separate:  [R - mean R] / sd(R) + weight * [G_k - mean G_k] / sd(G);
    summed:    [R + weight G_k - mean (R + weight G_k)] / sd(R + weight G).

    sd^2 sums over the group, with n - 1, the mean over a completion's own tokens of the squared numerator: for values
    that do not vary along a completion it is their variance. Both are `group_advantages(R)` at weight 0. With scale
    "none" both are the same, and their expected policy gradient is (1 - 1 / group_size) times that of R + weight G.

    Separate deviations change what is optimal: close to a policy that repeats itself, a group of n with one other
    completion has advantages +-(n - 1) / sqrt(n) of either source, however small the difference in its reward.

    Args:
        task: R, one number a completion, paid whatever token it depends on.
        process: r_k, `process_rewards`, 0 beside the completion.
        mask: the tokens of the completions.
        group_size: completions of one prompt.
        weight: lambda_proc.
        combination: one deviation for each source, or one for their sum.
        credit: "to_go": a token has what follows it, which takes rewards that no later token changes; "whole": all of
            the completion's, for form `mean`.
        scale: "none" leaves the deviations out.
        discount: of the process returns.

    Raises:
        ValueError: shapes that differ, an unknown combination or credit, and as `group_advantages`.
    """
    if process.shape != mask.shape or process.ndim != 2 or len(process) != len(task):
        raise ValueError(
            f"process and mask have shapes {tuple(process.shape)} and {tuple(mask.shape)} for {len(task)} task "
            "rewards; expected (B, T) twice for (B,): row i is of completion i"
        )
    if combination not in COMBINATIONS:
        raise ValueError(f"combination {combination!r} is unknown; expected one of {', '.join(COMBINATIONS)}")
    if credit not in CREDITS:
        raise ValueError(f"credit {credit!r} is unknown; expected one of {', '.join(CREDITS)}")
    _check(process, group_size, scale)
    _check(task, group_size, scale)
    if weight == 0:
        return group_advantages(task, group_size, scale=scale)[:, None] * mask
    returns = returns_to_go(process, discount=discount)
    if credit == "whole":
        returns = returns[:, :1].expand_as(returns)
    outcome = task[:, None].expand_as(returns)
    if combination == "summed":
        return _relative(outcome + weight * returns, mask, group_size, scale)
    return _relative(outcome, mask, group_size, scale) + weight * _relative(returns, mask, group_size, scale)


def _relative(
    values: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"], group_size: int, scale: Scale
) -> Float[Tensor, "B T"]:
    length = values.shape[1]
    centred = _centred(values.reshape(-1, group_size, length)) * mask.view(-1, group_size, length)
    own = centred.square().sum(2) / mask.view(-1, group_size, length).sum(2).clamp(min=1)
    return (centred / _divisor(own.sum(1), group_size, scale)[:, None, None]).view(-1, length)


def _centred(grouped: Float[Tensor, "groups members *tokens"]) -> Float[Tensor, "groups members *tokens"]:
    """Less the mean of the group; exactly 0 where all members agree, whatever the mean's rounding."""
    agree = (grouped == grouped[:, :1]).all(dim=1, keepdim=True)
    return torch.where(agree, torch.zeros_like(grouped), grouped - grouped.mean(dim=1, keepdim=True))


def _divisor(squares: Float[Tensor, " groups"], group_size: int, scale: Scale) -> Float[Tensor, " groups"]:
    if scale == "none":
        return torch.ones_like(squares)
    return (squares / max(group_size - 1, 1)).sqrt() + EPSILON


def _check(rewards: Tensor, group_size: int, scale: str) -> None:
    if group_size < 1 or len(rewards) % group_size:
        raise ValueError(
            f"{len(rewards)} completions in groups of {group_size}; expected a whole number of groups, because an "
            "advantage is relative to the other completions of its prompt"
        )
    if scale not in SCALES:
        raise ValueError(f"scale {scale!r} is unknown; expected one of {', '.join(SCALES)}")
    if not bool(rewards.isfinite().all()):
        raise ValueError(
            f"{int((~rewards.isfinite()).sum())} of {rewards.numel()} rewards are not finite; expected numbers, "
            "because one of them would spoil its whole group"
        )
