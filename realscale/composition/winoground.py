"""Winoground (Thrush et al. 2022): two pictures and two captions of the same words that belong together crosswise."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float

from identifiability.metrics.winoground import Figure, winoground_credits
from realscale.composition.files import inside, record_lines, text
from realscale.composition.items import Benchmark, Item
from realscale.composition.scoring import Scores

FIGURES: tuple[Figure, ...] = ("text", "image", "group")
Shares = dict[Figure, float]


def winoground(root: Path, images: Path) -> Benchmark:
    """Read root/examples.jsonl, a record a line; its pictures are STEM.png in `images`.

    Record: id, image_0, image_1 (stems), caption_0, caption_1, collapsed_tag (Object, Relation or Both); further
    fields are not read. Each is two items here: each picture with its caption and the other one's. The authors print
    text, image and group score (`winoground_shares`), ties losing.

    Raises:
        BenchmarkError: a file that is not so.
    """
    path = root / "examples.jsonl"
    return Benchmark("winoground", tuple(_items(path, images)), "lose", "none", None, "text, image and group score")


def _items(path: Path, images: Path) -> Iterator[Item]:
    for line, record in record_lines(path):
        pictures = [inside(images, f"{text(path, line, record, f'image_{k}')}.png") for k in (0, 1)]
        captions = [text(path, line, record, f"caption_{k}") for k in (0, 1)]
        kind = text(path, line, record, "collapsed_tag")
        for k in (0, 1):
            yield Item(f"{record.get('id', line)}/{k}", pictures[k], captions[k], (captions[1 - k],), kind)


def winoground_shares(
    benchmark: Benchmark, scores: Scores, *, official_ties: bool = False, tolerance: float = 0.0
) -> dict[str, Shares]:
    """Text, image and group score by type, and last of "all"; scores within `tolerance` tie.

    Ties count what breaking them by lot gives in the mean; with `official_ties` nothing.
    """
    table = np.array([[(right, wrong[0])] for right, wrong in scores]).reshape(-1, 2, 2)
    table[:, 1] = table[:, 1, ::-1]  # in rows the pictures, in columns the captions
    credits = _strict(table, tolerance) if official_ties else winoground_credits(table, tolerance=tolerance)
    types = np.array([item.type for item in benchmark.items[::2]])
    rows = {str(name): types == name for name in np.unique(types)} | {"all": np.ones(len(types), bool)}
    return {
        name: {figure: float(credits[figure][chosen].mean()) for figure in FIGURES} for name, chosen in rows.items()
    }


def _strict(scores: Float[np.ndarray, "n 2 2"], tolerance: float) -> dict[Figure, Float[np.ndarray, " n"]]:
    own = np.diagonal(scores, axis1=1, axis2=2)
    of_text = (own > scores[:, [0, 1], [1, 0]] + tolerance).all(axis=1)
    of_image = (own > scores[:, [1, 0], [0, 1]] + tolerance).all(axis=1)
    return {
        "text": of_text.astype(float),
        "image": of_image.astype(float),
        "group": (of_text & of_image).astype(float),
    }
