"""Examples as the conversations that policies are given, in the form that trl makes of its rows."""

import json
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from realscale.reasoning.policies.loading import Policy
from realscale.reasoning.tasks.example import Example


def rows(examples: Sequence[Example]) -> Any:
    """A `datasets.Dataset` for trl: prompt (a conversation without image marks), answer, environment, facts, image.

    `facts` is JSON text, because facts of different tasks have different names; `image` is there if examples have one.

    Raises:
        ValueError: no example, or images in some of them alone.
    """
    import datasets

    if not examples or len({example.image is None for example in examples}) > 1:
        seen = sum(example.image is not None for example in examples)
        raise ValueError(
            f"{seen} of {len(examples)} examples have an image; expected one at least, and images in all or in none, "
            "because a batch goes through the image processor as a whole"
        )
    return datasets.Dataset.from_list(
        [
            {
                "prompt": [{"role": "user", "content": example.question}],
                "answer": example.answer,
                "environment": example.environment,
                "facts": json.dumps(dict(example.facts)),
                **({} if example.image is None else {"image": example.image}),
            }
            for example in examples
        ]
    )


def encoded(policy: Policy, examples: Sequence[Example]) -> dict[str, Tensor]:
    """What the model takes to answer the examples: their conversations up to the answer, padded on the left."""
    texts = [
        policy.processor.apply_chat_template(_conversation(policy, example), add_generation_prompt=True, tokenize=False)
        for example in examples
    ]
    images = [[example.image] for example in examples if example.image is not None]
    pictures = {"images": images} if images and policy.sees else {}
    return dict(policy.processor(text=texts, padding=True, padding_side="left", return_tensors="pt", **pictures))


def _conversation(policy: Policy, example: Example) -> list[dict[str, Any]]:
    if not policy.sees:
        return [{"role": "user", "content": example.question}]
    pictures = [] if example.image is None else [{"type": "image", "image": example.image}]
    return [{"role": "user", "content": [*pictures, {"type": "text", "text": example.question}]}]
