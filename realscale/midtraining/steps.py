"""Gradients of one step: each picture and each distinct caption goes through its tower once, however often it counts.

Codes are made, in one process or in several; the loss of all pairs gives the gradient of each code; each process
carries those of its own codes to the parameters, and the processes add up what they have. Large batches are cut into
chunks: codes are made without a graph, and the chunks are encoded again, one at a time, with one (Gao et al. 2021,
arXiv 2101.06983).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import Batch, distinct
from realscale.midtraining.ranks import ALONE, Ranks
from realscale.midtraining.recipes import Version

# terms of the loss from codes of pictures, codes of captions by version, and the temperature
TermsOf = Callable[[Tensor, Mapping[Version, Tensor], Tensor], Mapping[str, Tensor]]


def backward(
    model: ClipModel,
    batch: Batch,
    versions: tuple[Version, ...],
    terms_of: TermsOf,
    *,
    chunk: int | None = None,
    ranks: Ranks = ALONE,
) -> dict[str, float]:
    """Add the gradient of the step's loss to the parameters; the terms of the loss.

    The gradient is that of the whole batch in one process up to rounding, provided the towers draw nothing at random
    and mix nothing between pictures. In several processes each has to sum up gradients afterwards
    (`Ranks.sum_gradients`).

    Args:
        model: both towers.
        batch: the pairs, with the pictures of this process.
        versions: of the captions that the loss takes.
        terms_of: the loss, as terms to be added.
        chunk: pictures, or captions, that go through a tower at once with a graph; None: all of them.
        ranks: the processes among which pictures and captions are dealt out.

    Raises:
        ValueError: a chunk below 1, fewer pairs than processes.
    """
    pairs = len(batch.full)
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk is {chunk}; expected at least one picture, or None for all at once")
    if pairs < ranks.world:
        raise ValueError(f"{pairs} pairs for {ranks.world} processes; expected at least one picture for each")
    texts, rows = distinct([_strings(batch, version) for version in versions])
    dealt = [np.arange(rank, len(texts), ranks.world) for rank in range(ranks.world)]
    pictures = list(_parts(batch.images, chunk))
    captions = list(_parts([texts[number] for number in dealt[ranks.rank]], chunk))
    with nullcontext() if chunk is None else torch.no_grad():
        f_parts = [model.image_codes(model.pixels(part)) for part in pictures]
        g_parts = [model.text_codes(part) for part in captions]
        none = [] if g_parts else [model.text_codes([""])[:0]]  # more processes than captions
    f = ranks.gather(torch.cat([part.detach() for part in f_parts]), ranks.shares(pairs)).requires_grad_()
    counts = [len(numbers) for numbers in dealt]
    g = ranks.gather(torch.cat([part.detach() for part in g_parts + none]), counts).requires_grad_()
    temperature = model.temperature.detach().requires_grad_()
    places = np.concatenate(dealt).argsort()
    terms = terms_of(f, _by_version(g, [places[numbers] for numbers in rows], versions, pairs), temperature)
    torch.stack(list(terms.values())).sum().backward()
    assert f.grad is not None
    assert g.grad is not None
    mine = f.grad[ranks.share(pairs)].split([len(part) for part in pictures])
    for images, code, gradient in zip(pictures, f_parts, mine, strict=True):
        _carry(code if chunk is None else model.image_codes(model.pixels(images)), gradient)
    mine = g.grad.split(counts)[ranks.rank].split([len(part) for part in captions])
    for strings, code, gradient in zip(captions, g_parts, mine, strict=True):
        _carry(code if chunk is None else model.text_codes(strings), gradient)
    if ranks.rank == 0 and temperature.grad is not None:  # it belongs to no pair: one process carries it for all
        _carry(model.temperature, temperature.grad)
    return {name: float(term.detach()) for name, term in terms.items()}


def _strings(batch: Batch, version: Version) -> tuple[str, ...]:
    if version == "negatives":
        return tuple(text for wrong in batch.negatives for text in wrong)
    return batch.full if version == "full" else batch.pruned


def _parts(things: Any, chunk: int | None) -> Iterator[Any]:
    size = chunk or max(1, len(things))
    return (things[start : start + size] for start in range(0, len(things), size))


def _by_version(
    g: Float[Tensor, "texts d"], rows: list[np.ndarray], versions: tuple[Version, ...], pairs: int
) -> dict[Version, Tensor]:
    codes = {version: g[torch.from_numpy(places).to(g.device)] for version, places in zip(versions, rows, strict=True)}
    if "negatives" in codes:
        codes["negatives"] = codes["negatives"].unflatten(0, (pairs, -1))
    return codes


def _carry(codes: Tensor, gradient: Tensor) -> None:
    """Send the gradient of these codes on to the parameters; a frozen tower takes none."""
    if codes.requires_grad:
        codes.backward(gradient)
