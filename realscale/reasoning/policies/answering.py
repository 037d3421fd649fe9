"""What a policy answers."""

from collections.abc import Sequence

import torch

from realscale.reasoning.policies.conversation import encoded
from realscale.reasoning.policies.loading import Policy
from realscale.reasoning.tasks.example import Example


def answered(
    policy: Policy,
    examples: Sequence[Example],
    *,
    length: int = 64,
    batch: int = 64,
    temperature: float = 0.0,
    seed: int = 0,
) -> list[str]:
    """A completion of each example: the likeliest token at each step, or, with a temperature, tokens drawn by `seed`.

    Raises:
        ValueError: a length or batch below 1, or a negative temperature.
    """
    if length < 1 or batch < 1 or temperature < 0:
        raise ValueError(
            f"length is {length}, batch {batch} and temperature {temperature}; expected numbers from 1 on, and a "
            "temperature from 0 on"
        )
    found: list[str] = []
    choice = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature > 0 else {"do_sample": False}
    before = policy.model.training
    policy.model.eval()
    with torch.random.fork_rng(), torch.no_grad():
        torch.default_generator.manual_seed(seed)
        for start in range(0, len(examples), batch):
            inputs = encoded(policy, examples[start : start + batch])
            known = inputs["input_ids"].shape[1]
            on_device = {name: value.to(policy.model.device) for name, value in inputs.items()}
            ids = policy.model.generate(**on_device, max_new_tokens=length, **choice)[:, known:]
            found += policy.tokenizer.batch_decode(ids, skip_special_tokens=True)
    policy.model.train(before)
    return found
