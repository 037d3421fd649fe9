"""Examples as the conversations that policies are given, in the form that trl makes of its rows."""

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from PIL import Image
from torch import Tensor

from realscale.reasoning.policies.loading import Policy
from realscale.reasoning.tasks.example import Example


def rows(examples: Iterable[Example]) -> Any:
    """A `datasets.Dataset` for trl: prompt (a conversation without image marks), answer, environment, facts, image.

    `facts` is JSON text, because facts of different tasks have different names; `image` is there if examples have one,
    and is kept as PNG, so that large sets fit into memory.

    Raises:
        ValueError: no example, or images in some of them alone.
    """
    import datasets

    found, seen = [], 0
    for example in examples:
        row: dict[str, Any] = {
            "prompt": [{"role": "user", "content": example.question}],
            "answer": example.answer,
            "environment": example.environment,
            "facts": json.dumps(dict(example.facts)),
        }
        if example.image is not None:
            row["image"], seen = {"bytes": _png(example.image), "path": None}, seen + 1
        found.append(row)
    if not found or seen not in (0, len(found)):
        raise ValueError(
            f"{seen} of {len(found)} examples have an image; expected one at least, and images in all or in none, "
            "because a batch goes through the image processor as a whole"
        )
    dataset = datasets.Dataset.from_list(found)
    return dataset.cast_column("image", datasets.Image()) if seen else dataset


def _png(image: Image.Image) -> bytes:
    kept = io.BytesIO()
    image.save(kept, format="PNG")
    return kept.getvalue()


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
