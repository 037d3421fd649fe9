"""A tiny open_clip architecture and generated pairs."""

import json
from pathlib import Path

import numpy as np
import pytest

from realscale.midtraining.pairs import PairSet

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture
def architecture(tmp_path: Path) -> str:
    pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")
    path = tmp_path / "token-scm-midtrain.json"
    path.write_text(json.dumps(TINY))
    return str(path)


@pytest.fixture
def pairs() -> PairSet:
    """48 pictures: colour is the class, brightness the context; each class has two names."""
    rng = np.random.default_rng(0)
    names = ("apple", "pear", "dog", "cat", "car", "bus")
    number = np.repeat(np.arange(6), 8)
    contexts = np.tile(np.repeat(np.arange(2), 4), 6)
    images = rng.integers(0, 100, size=(48, 16, 16, 3), dtype=np.uint8)
    images[np.arange(48), :, :, number // 2] += (60 + 60 * contexts).astype(np.uint8)[:, None, None]
    return PairSet(images, tuple(names[k] for k in number), number // 2, contexts, ("a dark picture", "a bright one"))
