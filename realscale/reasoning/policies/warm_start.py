"""A supervised start: a policy learns to write the reference solutions."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from identifiability.learning import Diverged
from realscale.reasoning.policies.conversation import encoded
from realscale.reasoning.policies.loading import Policy
from realscale.reasoning.tasks.example import Example
from scm.streams import stream_seed

OF_TOKENS = ("attention_mask", "mm_token_type_ids")  # a number for each token, beside their ids


def warm_start(
    policy: Policy,
    examples: Sequence[Example],
    steps: int,
    *,
    batch: int = 32,
    rate: float = 2e-3,
    warmup: int = 20,
    seed: int = 0,
) -> list[float]:
    """Train the policy on `Example.solution` and the end mark behind it, in place; the loss of each step.

    The loss is the mean cross-entropy of the solutions' tokens. AdamW (decay 0.01), gradients cut at norm 1, a linear
    warm-up, then a straight line down to a tenth of the rate. Examples come in orders that `seed` decides; the model
    has no dropout.

    Raises:
        ValueError: an example without a solution, or numbers that are not positive.
        Diverged: the loss is not a finite number.
    """
    if missing := sum(not example.solution for example in examples):
        raise ValueError(
            f"{missing} of {len(examples)} examples have no solution; expected one each, because the policy learns to "
            "write them"
        )
    if not examples or steps < 1 or batch < 1 or not rate > 0:
        raise ValueError(
            f"there are {len(examples)} examples, {steps} steps, a batch of {batch} and a rate of {rate}; expected "
            "positive numbers"
        )
    model = policy.model
    generator = torch.Generator().manual_seed(stream_seed(seed, "warm start") % (1 << 63))
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    before = model.training
    losses: list[float] = []
    waiting: list[int] = []
    model.train()
    for step in range(steps):
        while len(waiting) < batch:
            waiting += torch.randperm(len(examples), generator=generator).tolist()
        part, waiting = [examples[number] for number in waiting[:batch]], waiting[batch:]
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / max(1, warmup)) * (1 - 0.9 * step / steps)
        loss = _loss(policy, part)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise Diverged(f"the loss of the supervised start is {losses[-1]} at step {step}")
    model.train(before)
    return losses


def _loss(policy: Policy, examples: Sequence[Example]) -> Tensor:
    """Mean cross-entropy of the tokens of the solutions behind their prompts, laid out as the trainer does."""
    tokenizer, device = policy.tokenizer, policy.model.device
    prompts = encoded(policy, examples)
    solutions = tokenizer(
        [example.solution + tokenizer.eos_token for example in examples],
        padding=True,
        padding_side="right",
        return_tensors="pt",
    )
    ids, mask = solutions["input_ids"], solutions["attention_mask"]
    inputs = {**prompts, "input_ids": torch.cat([prompts["input_ids"], ids], dim=1)}
    for name in OF_TOKENS:
        if name in prompts:
            beside = mask if name == "attention_mask" else torch.zeros_like(ids)
            inputs[name] = torch.cat([prompts[name], beside], dim=1)
    length = ids.shape[1]
    logits = policy.model(**{name: value.to(device) for name, value in inputs.items()}, logits_to_keep=length + 1)
    found = cross_entropy(logits.logits[:, :-1].float().transpose(1, 2), ids.to(device), reduction="none")
    return (found * mask.to(device)).sum() / mask.sum().to(device)
