"""Named random streams: a name, not the order of calls, decides what is drawn."""

import hashlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The generator of `names` under `seed`: the same names give the same draws whatever else was drawn before."""
    return np.random.default_rng(stream_seed(seed, *names))


def stream_seed(seed: int, *names: str | int) -> int:
    """A 64-bit seed of `names` under `seed`, for generators of other libraries."""
    text = "\x1f".join(map(str, (seed, *names)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
