"""Caption codes of open_clip models without the padding behind the longest caption."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor


def unit_text_codes(model: Any, tokens: Int[Tensor, "n length"]) -> Float[Tensor, "n d"]:
    """`model.encode_text(tokens, normalize=True)`, without the padding that no code depends on.

    Behind a causal mask no token sees what follows it, so that the code read off the end mark is the same without the
    padding behind the longest text of a batch; where the model is not known to be so, texts go whole. Differentiable.
    """
    causal = type(model).__name__ == "CLIP" and getattr(model, "attn_mask", None) is not None
    if not causal or model.text_pool_type != "argmax":
        return model.encode_text(tokens, normalize=True)
    longest = int(tokens.argmax(dim=1).max()) + 1
    cut = {
        "positional_embedding": model.positional_embedding[:longest],
        "attn_mask": model.attn_mask[:longest, :longest],
    }
    found = torch.func.functional_call(model, cut, (None, tokens[:, :longest]))
    return found["text_features"] if isinstance(found, dict) else found[1]
