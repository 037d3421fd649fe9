"""One scorer for every benchmark: each image and each text encoded once, ties shared, each official rule on request."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Float
from PIL import Image

from identifiability.metrics.pairwise import PairwiseReport, pairwise_report
from realscale.composition.items import Benchmark, BenchmarkError, Item
from realscale.composition.models import BlindLanguageModel, Towers, random_scores

TOLERANCE = 1e-6  # of inner products of unit codes in float32

Value = TypeVar("Value")
Progress = Callable[[str, int, int], None]
Scores = list[tuple[float, Float[np.ndarray, " _"]]]  # of each item: its caption's, and its negatives'


@dataclass(frozen=True)
class Encoded:
    """Codes of every different picture and every different text of a benchmark, and where each item's is."""

    pictures: Float[np.ndarray, "pictures d"]
    texts: Float[np.ndarray, "texts d"]
    picture_of: Mapping[tuple[Path, tuple[int, int, int, int] | None], int]
    text_of: Mapping[str, int]

    def scores(self, items: Sequence[Item]) -> Scores:
        """Inner products of each item's picture with its caption and with its negatives."""
        found = []
        for item in items:
            picture = self.pictures[self.picture_of[item.image, item.box]]
            rows = [self.text_of[text] for text in (item.caption, *item.negatives)]
            # not a matrix product, which rounds equal rows differently by their place: equal codes are to tie exactly
            values = (self.texts[rows] * picture).sum(axis=1)
            found.append((float(values[0]), values[1:]))
        return found


def encode(benchmark: Benchmark, towers: Towers, *, batch: int = 64, progress: Progress | None = None) -> Encoded:
    """Encode each different picture (an image, cropped to its box) and each different text once, in batches.

    Texts of about one length share a batch, so that little of it is padding.

    Raises:
        BenchmarkError: an image that is missing or cannot be read.
    """
    missing = benchmark.missing_images()
    if missing:
        raise BenchmarkError(
            f"{len(missing)} of the images of {benchmark.name} are not there, the first {missing[0]}; expected all of "
            "them, because a score over a part would stand beside figures over the whole"
        )
    pictures = list(dict.fromkeys((item.image, item.box) for item in benchmark.items))
    texts = sorted(benchmark.captions(), key=len)
    image_codes = [
        towers.encode_images([_picture(*key) for key in part]) for part in _batches(pictures, batch, "images", progress)
    ]
    text_codes = [towers.encode_texts(part) for part in _batches(texts, batch, "texts", progress)]
    return Encoded(
        np.concatenate(image_codes),
        np.concatenate(text_codes),
        {key: row for row, key in enumerate(pictures)},
        {text: row for row, text in enumerate(texts)},
    )


def blind_scores(benchmark: Benchmark) -> Scores:
    """Scores of a language model that sees no image, learned from the benchmark's own captions out of fold."""
    model = BlindLanguageModel(list(dict.fromkeys(item.caption for item in benchmark.items)))
    return [
        (
            model.score(item.caption, item.caption),
            np.array([model.score(negative, item.caption) for negative in item.negatives]),
        )
        for item in benchmark.items
    ]


def random_draw(benchmark: Benchmark, *, seed: int) -> Scores:
    """A random score for each text of each item: one draw, whose mean over draws `constant_scores` gives."""
    found = []
    for item in benchmark.items:
        texts = (item.caption, *item.negatives)
        values = random_scores(texts, [item.image.name] * len(texts), seed=seed)
        found.append((float(values[0]), values[1:]))
    return found


def constant_scores(benchmark: Benchmark) -> Scores:
    """One score for everything: with shared ties the exact expectation of random scores, 1 / k of k candidates."""
    return [(0.0, np.zeros(len(item.negatives))) for item in benchmark.items]


def report(
    benchmark: Benchmark, scores: Scores, *, official_ties: bool = False, tolerance: float = TOLERANCE
) -> PairwiseReport:
    """Accuracy by type, micro and macro; ties count as guesses, or with `official_ties` as the authors' code does.

    Scores within `tolerance` tie: by default what float32 leaves of equal codes of unit length that were summed in
    another order.
    """
    ties = benchmark.official_ties if official_ties else "share"
    right = np.array([score for score, _ in scores])
    types = [item.type for item in benchmark.items]
    return pairwise_report(right, [wrong for _, wrong in scores], types, ties=ties, tolerance=tolerance)


def official_figure(benchmark: Benchmark, found: PairwiseReport) -> float | None:
    """The one number that the benchmark's authors print: micro, or macro over the types that they count.

    None where they print none, and where none of the types that they count has an item.
    """
    if benchmark.official_average == "micro":
        return found.micro.accuracy
    types = benchmark.official_types
    counted = [score.accuracy for name, score in found.types.items() if types is None or name in types]
    return float(np.mean(counted)) if counted and benchmark.official_average == "macro" else None


def identity(benchmark: Benchmark) -> str:
    """A hash of what is asked, so that two results can be told to be of the same items."""
    lines = (f"{item.name}\t{item.image.name}\t{item.caption}\t{item.negatives}" for item in benchmark.items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _picture(path: Path, box: tuple[int, int, int, int] | None) -> Image.Image:
    try:
        with Image.open(path) as image:
            picture = image.convert("RGB")
    except OSError as error:
        raise BenchmarkError(
            f"{path} cannot be read as an image ({error}); expected one, or the item has no score"
        ) from error
    if box is None:
        return picture
    x, y, width, height = box
    return picture.crop((x, y, x + width, y + height))


def _batches(values: Sequence[Value], size: int, what: str, progress: Progress | None) -> Iterator[Sequence[Value]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
        if progress is not None:
            progress(what, min(start + size, len(values)), len(values))
