"""Cost of a mid-training step against open_clip's own, and memory of large batches in chunks.

A small open_clip architecture with random weights on made-up pictures whose captions have the lengths of emoji
captions. Steps are timed in turns, in process time of one thread; the least of the repeats counts. open_clip's own step
gets pixels and tokens ready-made, and has AdamW as its training script makes it; ours draws its batch, prepares
pictures and tokenises within the time. Bars: ours at least .95 of open_clip's images a second; two paths (pruned and
full captions, pictures encoded once) at most 1.35 times open_clip's own step; a batch 16 times as large, in chunks, at
most 1.1 times the memory.
"""

import gc
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
import open_clip
import torch
import tyro

from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import Names, PairSet
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.training import optimizer_of, train_step

WORDS = ("red", "apple", "green", "pear", "blue", "dog", "small", "car", "old", "bus", "open", "book", "closed", "door")
STYLES = ("a noto picture", "a twemoji picture", "an openmoji picture", "a fluent picture")


@dataclass(frozen=True)
class Settings:
    """What is timed."""

    architecture: str = ""
    """Name in open_clip or path to a configuration; "": the small one, whose towers cost about the same."""
    batch: int = 256
    """Pairs a step."""
    repeats: int = 5
    """Steps of each kind."""
    names: Names = "concept"
    """concept: about as many pruned captions as pairs; class: twenty of them."""
    large: int = 0
    """Also the peak memory of a step on so many pairs in chunks of `batch`; 0: not."""


def made_up(count: int, names: Names) -> PairSet:
    """Pictures of noise with captions of one to three words."""
    rng = np.random.default_rng(0)
    pool = 20 if names == "class" else count
    labels = [" ".join(rng.choice(WORDS, size=rng.integers(1, 4))) + f" {number}" for number in range(pool)]
    rows = rng.integers(pool, size=count)
    return PairSet(
        rng.integers(0, 256, size=(count, 32, 32, 3), dtype=np.uint8),
        tuple(labels[row] for row in rows),
        rows % 20,
        rng.integers(len(STYLES), size=count),
        STYLES,
    )


def of_open_clip(model: ClipModel, config: MidTraining, pairs: PairSet) -> Callable[[int], None]:
    """open_clip's own training step, on one batch."""
    groups = [{**group, "fused": None} for group in optimizer_of(model, config).param_groups]
    optimizer = torch.optim.AdamW(groups, lr=config.rate, betas=(0.9, 0.98), eps=1e-6)
    batch = pairs.batch(config.batch, rng=np.random.default_rng(0))
    pixels, tokens, loss_of = model.pixels(batch.images), model.tokenizer(list(batch.full)), open_clip.ClipLoss()

    def step(number: int) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss_of(*model.clip(pixels, tokens)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()

    return step


def ours(model: ClipModel, config: MidTraining, pairs: PairSet) -> Callable[[int], None]:
    """Our step, batch and tokens included; the optimiser's memory is taken before."""
    optimizer = optimizer_of(model, config)
    train_step(model, optimizer, config, pairs.batch(2, rng=np.random.default_rng(0)), 0)

    def step(number: int) -> None:
        batch = pairs.batch(config.batch, rng=np.random.default_rng(number))
        train_step(model, optimizer, config, batch, number)

    return step


def peak_megabytes(step: Callable[[int], None]) -> float:
    """The process's resident memory at its highest during a step (Linux alone: the mark is reset before)."""
    gc.collect()
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    step(0)
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")) / 1e6


def memory(architecture: str, settings: Settings, config: MidTraining, pairs: PairSet) -> dict[str, object]:
    """Peaks of a step on the batch, and of one on the large batch in chunks of that size."""
    model, small = ClipModel(architecture), replace(config, recipe="pruned")
    batch = peak_megabytes(ours(model, small, pairs))
    large = peak_megabytes(ours(model, replace(small, batch=settings.large, chunk=settings.batch), pairs))
    return {
        "megabytes_of_a_step_on_the_batch": batch,
        "megabytes_of_a_step_on_the_large_batch": large,
        "large_against_batch": judged(large / batch, at_most=1.10),
    }


def judged(ratio: float, *, at_least: float = 0.0, at_most: float = math.inf) -> dict[str, object]:
    """A ratio beside its bar."""
    bar = {"at_least": at_least} if at_least else {"at_most": at_most}
    return {"ratio": round(ratio, 3), **bar, "holds": at_least <= ratio <= at_most}


def main(settings: Settings) -> None:
    """Time and print one JSON object."""
    torch.set_num_threads(1)
    architecture = settings.architecture or str(files("realscale.composition_training").joinpath("emoji-clip.json"))
    config = MidTraining(architecture, batch=settings.batch, recipe="plain", steps=10**6)
    pairs = made_up(max(4 * settings.batch, settings.large), settings.names)
    found: dict[str, object] = memory(architecture, settings, config, pairs) if settings.large else {}
    kinds: dict[str, Callable[[int], None]] = {
        "open_clip": of_open_clip(ClipModel(architecture), config, pairs),
        "plain": ours(ClipModel(architecture), config, pairs),
        "pruned": ours(ClipModel(architecture), replace(config, recipe="pruned"), pairs),
    }
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(settings.repeats + 1):
        for name, step in kinds.items():
            started = time.process_time()
            step(number)
            if number:  # the first one warms up
                seconds[name].append(time.process_time() - started)
    least = {name: min(values) for name, values in seconds.items()}
    found |= {f"{name}_images_per_cpu_second": settings.batch / value for name, value in least.items()}
    found["ours_against_open_clip"] = judged(least["open_clip"] / least["plain"], at_least=0.95)
    found["two_paths_against_open_clip"] = judged(least["pruned"] / least["open_clip"], at_most=1.35)
    found["two_paths_against_plain"] = least["pruned"] / least["plain"]
    print(json.dumps({n: round(v, 3) if isinstance(v, float) else v for n, v in found.items()}, indent=1))


if __name__ == "__main__":
    main(tyro.cli(Settings, description=__doc__))
