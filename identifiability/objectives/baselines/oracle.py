"""The oracle: ERM where the context says nothing, because it was shuffled. A change of the data, not of the loss."""

import torch
from jaxtyping import Int, Shaped
from torch import Tensor


def shuffled_contexts(
    contexts: Shaped[Tensor, "K *context"],
    environments: Int[Tensor, "K"] | None = None,
    *,
    generator: torch.Generator,
) -> Shaped[Tensor, "K *context"]:
    """The contexts (tokens, or the spurious part of images) of the examples, permuted; make the images from them.

    Permuted within each environment, they keep the law p_e(s) and are independent of all else given e. Permuted over
    all examples (`environments` None) they are independent of the environment and the class too, which pooled data
    need wherever p_e(y) and p_e(s) both vary.

    Source: the oracle of Aubin et al. 2021 (arXiv 2102.10867), within each environment.
    """
    result = contexts.clone()
    groups = torch.zeros(len(contexts), dtype=torch.int64) if environments is None else environments
    for group in groups.unique():
        members = (groups == group).nonzero()[:, 0]
        order = torch.randperm(len(members), generator=generator, device=generator.device)
        result[members] = contexts[members[order]]
    return result
