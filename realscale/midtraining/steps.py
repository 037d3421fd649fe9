"""Gradients of one step: each picture and each distinct caption goes through its tower once, however often it counts.

Large batches are cut into chunks: codes are made without a graph, the loss gives the gradient of each code, and the
chunks are encoded again, one at a time, to carry it to the parameters (Gao et al. 2021, arXiv 2101.06983).
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import Batch, distinct
from realscale.midtraining.recipes import Version

# terms of the loss from codes of pictures, codes of captions by version, and the temperature
TermsOf = Callable[[Tensor, Mapping[Version, Tensor], Tensor], Mapping[str, Tensor]]


def backward(
    model: ClipModel, batch: Batch, versions: tuple[Version, ...], terms_of: TermsOf, *, chunk: int | None = None
) -> dict[str, float]:
    """Add the gradient of the step's loss to the parameters; the terms of the loss.

    Args:
        model: both towers.
        batch: the pairs.
        versions: of the captions that the loss takes.
        terms_of: the loss, as terms to be added.
        chunk: pictures, or captions, that go through a tower at once with a graph; None: all of them. The gradient is
            the same up to rounding, provided the towers draw nothing at random.

    Raises:
        ValueError: a chunk below 1.
    """
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk is {chunk}; expected at least one picture, or None for all at once")
    pixels = model.pixels(batch.images).to(model.device)
    texts, rows = distinct([_strings(batch, version) for version in versions])
    if chunk is None:
        f, g = model.image_codes(pixels), model.text_codes(texts)
        return _add(terms_of(f, _by_version(g, rows, versions, len(f)), model.temperature))
    pictures, captions = pixels.split(chunk), [texts[start : start + chunk] for start in range(0, len(texts), chunk)]
    with torch.no_grad():
        f = torch.cat([model.image_codes(part) for part in pictures])
        g = torch.cat([model.text_codes(part) for part in captions])
    f.requires_grad_()
    g.requires_grad_()
    terms = _add(terms_of(f, _by_version(g, rows, versions, len(f)), model.temperature))
    assert f.grad is not None
    assert g.grad is not None
    for part, gradient in zip(pictures, f.grad.split(chunk), strict=True):
        _carry(model.image_codes(part), gradient)
    for part, gradient in zip(captions, g.grad.split(chunk), strict=True):
        _carry(model.text_codes(part), gradient)
    return terms


def _strings(batch: Batch, version: Version) -> tuple[str, ...]:
    if version == "negatives":
        return tuple(text for wrong in batch.negatives for text in wrong)
    return batch.full if version == "full" else batch.pruned


def _by_version(
    g: Float[Tensor, "texts d"], rows: list[np.ndarray], versions: tuple[Version, ...], pairs: int
) -> dict[Version, Tensor]:
    codes = {version: g[torch.from_numpy(places)] for version, places in zip(versions, rows, strict=True)}
    if "negatives" in codes:
        codes["negatives"] = codes["negatives"].unflatten(0, (pairs, -1))
    return codes


def _add(terms: Mapping[str, Tensor]) -> dict[str, float]:
    torch.stack(list(terms.values())).sum().backward()
    return {name: float(term.detach()) for name, term in terms.items()}


def _carry(codes: Tensor, gradient: Tensor) -> None:
    """Send the gradient of these codes on to the parameters; a frozen tower takes none."""
    if codes.requires_grad:
        codes.backward(gradient)
