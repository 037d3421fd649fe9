"""Cost of a mid-training step against open_clip's own, and memory of large batches in chunks.

A small open_clip architecture with random weights on made-up pictures whose captions have the lengths of emoji
captions. Steps are timed in turns, in process time of one thread; the least of the repeats counts. open_clip's own step
gets pixels and tokens ready-made; ours draws its batch, prepares pictures and tokenises within the time. Bars: ours at
least .95 of open_clip's images a second; two paths (pruned and full captions, pictures encoded once) at most 1.35 times
a plain step.
"""

import gc
import json
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
from realscale.midtraining.training import MidTraining, optimizer_of, train_step

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
    optimizer = optimizer_of(model, config)
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
    train_step(model, optimizer, replace(config, batch=2), pairs, 0)
    return lambda number: train_step(model, optimizer, config, pairs, number) and None


def peak_megabytes(step: Callable[[int], None]) -> float:
    """The process's resident memory at its highest during a step (Linux alone: the mark is reset before)."""
    gc.collect()
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    step(0)
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")) / 1e6


def main(settings: Settings) -> None:
    """Time and print one JSON object."""
    torch.set_num_threads(1)
    architecture = settings.architecture or str(files("realscale.composition_training").joinpath("emoji-clip.json"))
    config = MidTraining(architecture, batch=settings.batch, recipe="plain", steps=10**6)
    pairs = made_up(max(4 * settings.batch, settings.large), settings.names)
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
    found: dict[str, float] = {f"{name}_images_per_cpu_second": settings.batch / value for name, value in least.items()}
    found["ours_against_open_clip"] = least["open_clip"] / least["plain"]
    found["two_paths_against_plain"] = least["pruned"] / least["plain"]
    found["two_paths_against_open_clip"] = least["pruned"] / least["open_clip"]
    if settings.large:
        kinds.clear()
        model, small = ClipModel(architecture), replace(config, recipe="pruned")
        found["megabytes_of_a_step_on_the_batch"] = peak_megabytes(ours(model, small, pairs))
        large = replace(small, batch=settings.large, chunk=settings.batch)
        found["megabytes_of_a_step_on_the_large_batch"] = peak_megabytes(ours(model, large, pairs))
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=1))


if __name__ == "__main__":
    main(tyro.cli(Settings, description=__doc__))
