"""Caption codes of open_clip models without the padding behind the longest caption."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


def ends_at_its_mark(model: Any) -> bool:
    """Whether the code of a caption does not depend on what follows its end mark, the greatest token.

    So it is behind a causal mask, where the code is read off the end mark; of other models it is not known.
    """
    causal = type(model).__name__ == "CLIP" and getattr(model, "attn_mask", None) is not None
    return causal and model.text_pool_type == "argmax"


# what else is made of the last hidden states (n, length, width) of texts of these lengths: (n, more)
OfStates = Callable[[Tensor, Tensor], Tensor]


def unit_text_codes(
    model: Any, tokens: Int[Tensor, "n length"], *, overhead: int | None = None, beside: OfStates | None = None
) -> Float[Tensor, "n d"]:
    """`model.encode_text(tokens, normalize=True)`, without the padding that no code depends on. Differentiable.

    Behind a causal mask no token sees what follows it, so that the code read off the end mark is the same without the
    padding behind the longest text that goes through the tower with it; where the model is not known to be so, texts
    go whole.

    Args:
        model: of open_clip.
        tokens: as its tokenizer makes them.
        overhead: tokens that cost as much as one more pass through the tower; texts of like lengths then go together.
            None: all go at once.
        beside: makes further columns, which are put beside the codes.

    Raises:
        ValueError: further columns of a model whose hidden states are not known.
    """
    if not ends_at_its_mark(model):
        if beside is not None:
            raise ValueError(
                f"the text tower of a {type(model).__name__} is not open_clip's own; expected that one, because the "
                "hidden states of its last layer are needed"
            )
        return model.encode_text(tokens, normalize=True)
    lengths = tokens.argmax(dim=1) + 1
    if overhead is None:
        return _cut(model, tokens, lengths, {}, beside)
    # One look-up for all passes, because the gradient of each is as large as the vocabulary. Numbers of the words that
    # occur keep their order, so that the end mark remains the greatest.
    words, numbers = tokens.unique(return_inverse=True)
    table = {"token_embedding.weight": model.token_embedding.weight[words]}
    groups = groups_of_one_pass(lengths.numpy(force=True), overhead=overhead)
    rows = [torch.from_numpy(group).to(tokens.device) for group in groups]
    codes = torch.cat([_cut(model, numbers[group], lengths[group], table, beside) for group in rows])
    return codes[torch.cat(rows).argsort()]


def _cut(
    model: Any,
    tokens: Int[Tensor, "n length"],
    lengths: Int[Tensor, " n"],
    replaced: Mapping[str, Tensor],
    beside: OfStates | None,
) -> Float[Tensor, "n d"]:
    longest = int(lengths.max())
    cut = {
        **replaced,
        "positional_embedding": model.positional_embedding[:longest],
        "attn_mask": model.attn_mask[:longest, :longest],
    }
    states: list[Tensor] = []
    handle = model.ln_final.register_forward_hook(lambda module, given, found: states.append(found))
    try:
        found = torch.func.functional_call(model, cut, (None, tokens[:, :longest]))
    finally:
        handle.remove()
    codes = found["text_features"] if isinstance(found, dict) else found[1]
    return codes if beside is None else torch.cat([codes, beside(states[0], lengths)], dim=1)


def groups_of_one_pass(lengths: Int[np.ndarray, " n"], *, overhead: int) -> Sequence[Int[np.ndarray, " m"]]:
    """Texts, by number, in groups that are padded to their own longest text: the groups that cost least in all.

    A group costs its size times its longest text, in tokens, and `overhead` tokens for a pass through the tower of its
    own; the least sum is found exactly, over the places between different lengths.
    """
    if not len(lengths):
        return []
    values, counts = np.unique(lengths, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)])
    least, cut = np.zeros(len(values) + 1), np.zeros(len(values) + 1, dtype=np.int64)
    for end in range(1, len(values) + 1):
        costs = least[:end] + (before[end] - before[:end]) * values[end - 1] + overhead
        cut[end] = costs.argmin()
        least[end] = costs[cut[end]]
    order, groups, end = lengths.argsort(kind="stable"), [], len(values)
    while end:
        groups.append(order[before[cut[end]] : before[end]])
        end = int(cut[end])
    return groups[::-1]
