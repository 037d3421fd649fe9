"""Trains made-up pairs in two processes that talk by gloo: `python two_processes.py ARCHITECTURE SHARDS FOLDER PORT`.

The libraries are imported once: the second process is a fork.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors.torch import save_file
from torch import Tensor

from realscale.clip_library import open_clip_library
from realscale.data.shards import list_shards
from realscale.midtraining.pairs import PairSet
from realscale.midtraining.ranks import Ranks, joined
from realscale.midtraining.recipes import RECIPES, versions_of
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.shard_pairs import ShardPairs
from realscale.midtraining.training import mid_train, model_of, optimizer_of, train_step
from realscale.vocabulary.document import Entry, ReviewedVocabulary


def made_up_pairs() -> PairSet:
    """Pictures of noise; six names, three classes, two contexts."""
    rng = np.random.default_rng(0)
    number = np.repeat(np.arange(6), 8)
    names = tuple(("apple", "pear", "small dog", "cat", "car", "bus")[k] for k in number)
    images = rng.integers(0, 256, size=(48, 16, 16, 3), dtype=np.uint8)
    return PairSet(images, names, number // 2, np.tile([0, 1, 1, 0], 12), ("a dark picture", "a bright one"))


def every_recipe(
    architecture: str, ranks: Ranks, chunks: tuple[int | None, ...]
) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Weights after three steps of every recipe; one model is put back to its start each time."""
    pairs = made_up_pairs()
    for recipe in RECIPES:
        model = model_of(MidTraining(architecture, recipe=recipe), ranks.device)
        start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        for chunk in chunks:
            config = MidTraining(architecture, recipe=recipe, steps=3, batch=13, warmup=1, rate=1e-3, chunk=chunk)
            model.load_state_dict(start)
            optimizer = optimizer_of(model, config)
            wrong = "negatives" in versions_of(recipe, config.trade_off)
            batches = pairs.batches(config.batch, range(3), seed=0, wrong=wrong, ranks=ranks, after={})
            for step, batch in enumerate(batches):
                train_step(model, optimizer, config, batch, step, law=pairs.law, ranks=ranks)
            yield f"{recipe}-{chunk}", {name: tensor.clone() for name, tensor in model.state_dict().items()}


def whole_run(architecture: str, folder: Path, ranks: Ranks) -> None:
    """The loop itself, with all that is kept beside the weights."""
    config = MidTraining(architecture, steps=3, batch=13, warmup=1, rate=1e-3, lora=2, ema=0.9, checkpoint_every=2)
    mid_train(config, made_up_pairs(), folder / "run", ranks=ranks)


def run_on_shards(architecture: str, shards: Path, folder: Path, ranks: Ranks) -> None:
    """The loop on a stream: each process has one of its two readers."""
    classes = (Entry("dog", ("dogs",)), Entry("cat"), Entry("apple"))
    vocabulary = ReviewedVocabulary(classes, (Entry("beach"), Entry("sketch"), Entry("night"), Entry("snow")))
    pairs = ShardPairs(list_shards(shards), vocabulary, 16, readers=2, buffer=3)
    config = MidTraining(architecture, steps=3, batch=9, warmup=1, rate=1e-3, checkpoint_every=2)
    mid_train(config, pairs, folder / "stream", ranks=ranks)


def main(architecture: str, shards: Path, folder: Path, port: str) -> None:
    open_clip_library()
    os.environ |= {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    child = os.fork()
    os.environ["RANK"] = os.environ["LOCAL_RANK"] = "0" if child else "1"
    try:
        with joined("cpu") as ranks:
            for name, weights in every_recipe(architecture, ranks, (None, 3)):
                save_file(weights, folder / f"{name}-{ranks.rank}.safetensors")
            whole_run(architecture, folder, ranks)
            run_on_shards(architecture, shards, folder, ranks)
    except BaseException as error:
        print(f"process {os.environ['RANK']}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if child else 0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
