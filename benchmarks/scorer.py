"""Throughput of the compositional scorer: images and texts encoded once and in batches, against a loop over items.

A tiny open_clip architecture with random weights on a SugarCrepe-like set, five captions with negatives an image.
Prints items a second of both, their ratio, that of their processor time (which other processes change less, and which
counts every thread), and the largest difference of a score; once for captions of usual length (6 to 14 common words),
once for captions that fill the context, where there is no padding to leave out. Least of the repeats. Bar: 5 times the
loop.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import tyro
from PIL import Image

from realscale.composition.items import Benchmark, Item
from realscale.composition.models import OpenClip
from realscale.composition.scoring import Scores, encode

ARCHITECTURE = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 32, "layers": 4, "width": 128, "head_width": 32, "patch_size": 8},
    "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 4},
}


BAR = 5.0
REPEATS = 3
WORDS = (
    "a the man woman dog cat red blue small large on under next to with and two street holding white horse riding food"
)


def usual(rng: np.random.Generator) -> list[str]:
    """A caption of common words, as long as captions are."""
    words = WORDS.split()
    return [words[place] for place in rng.integers(len(words), size=rng.integers(6, 15))]


def long(rng: np.random.Generator) -> list[str]:
    """A caption whose tokens fill the context of 32."""
    return [f"word{rng.integers(200)}" for _ in range(8)]


def drawn(folder: Path, images: int, words_of: Callable[[np.random.Generator], list[str]]) -> Benchmark:
    """A benchmark of random images."""
    rng = np.random.default_rng(0)
    items = []
    for number in range(images):
        path = folder / f"{number}.png"
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
        for caption in range(5):
            words = words_of(rng)
            negative = (" ".join(words[::-1]),)
            items.append(Item(f"{number}/{caption}", path, " ".join(words), negative, "swap"))
    return Benchmark("drawn", tuple(items), "lose", "micro")


def one_at_a_time(benchmark: Benchmark, model: OpenClip) -> Scores:
    """The plain loop: for each item its image and each of its texts through the model, one by one."""
    scores: Scores = []
    for item in benchmark.items:
        with Image.open(item.image) as image:
            picture = model.encode_images([image.convert("RGB")])[0]
        values = [float(model.encode_texts([text])[0] @ picture) for text in (item.caption, *item.negatives)]
        scores.append((values[0], np.array(values[1:])))
    return scores


def least(work: Callable[[], Scores]) -> tuple[float, float, Scores]:
    """Least seconds of the repeats by the clock and of the processor, and what the work gave."""
    clock, processor, found = float("inf"), float("inf"), work()
    for _ in range(REPEATS):
        started, spent = time.perf_counter(), time.process_time()
        found = work()
        clock = min(clock, time.perf_counter() - started)
        processor = min(processor, time.process_time() - spent)
    return clock, processor, found


def main(images: int = 40, batch: int = 64) -> None:
    """Measure and print.

    Args:
        images: Number of images; each has five items.
        batch: Images, and texts, encoded at once.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "token-scm-benchmark.json").write_text(json.dumps(ARCHITECTURE))
        open_clip.add_model_config(folder / "token-scm-benchmark.json")
        model = OpenClip("token-scm-benchmark")
        for name, words_of in (("usual", usual), ("long", long)):
            benchmark = drawn(folder, images, words_of)
            fast, cheap, batched = least(lambda data=benchmark: encode(data, model, batch=batch).scores(data.items))
            slow, dear, plain = least(lambda data=benchmark: one_at_a_time(data, model))
            difference = max(
                max(abs(a - b), float(np.abs(others - wrong).max()))
                for (a, others), (b, wrong) in zip(batched, plain, strict=True)
            )
            count = len(benchmark.items)
            print(
                f"{name} captions: batched {count / fast:.0f} items/s, one at a time {count / slow:.0f} items/s: "
                f"{slow / fast:.1f} times (bar {BAR:.0f}), {dear / cheap:.1f} in processor time; largest difference of "
                f"a score {difference:.1e}"
            )


if __name__ == "__main__":
    tyro.cli(main)
