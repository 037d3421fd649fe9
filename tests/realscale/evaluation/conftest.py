"""A tiny open_clip architecture with random weights, and a generated set of two contexts."""

import json

import numpy as np
import pytest

from realscale.data.dataset import ImageTextSet
from realscale.evaluation.models import Evaluated, evaluated

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="session")
def architecture(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")
    path = tmp_path_factory.mktemp("architecture") / "token-scm-evaluation.json"
    path.write_text(json.dumps(TINY))
    return str(path)


@pytest.fixture(scope="session")
def model(architecture: str) -> Evaluated:
    return evaluated(architecture, device="cpu", seed=3)


@pytest.fixture
def images() -> ImageTextSet:
    return generated()


def generated(copies: int = 10) -> ImageTextSet:
    """Four classes by colour, two contexts by brightness, `copies` pictures a cell; a group has one in each context."""
    rng = np.random.default_rng(0)
    number = np.repeat(np.arange(4), 2 * copies)
    contexts = np.tile(np.repeat(np.arange(2), copies), 4)
    pictures = rng.integers(0, 60, size=(8 * copies, 16, 16, 3), dtype=np.uint8)
    colours = np.array([[150, 0, 0], [0, 150, 0], [0, 0, 150], [120, 120, 0]])
    pictures += (colours[number] * (1 - 0.6 * contexts)[:, None]).astype(np.uint8)[:, None, None]
    names = ("apple", "pear", "plum", "lemon")
    return ImageTextSet(
        name="generated",
        images=pictures,
        captions=tuple(names[k] for k in number),
        concepts=number,
        concept_names=names,
        styles=contexts,
        style_names=("photo", "night scene"),
        style_phrases=("a photo", "a night scene"),
        classes=number,
        class_names=names,
        groups=number * copies + np.tile(np.arange(copies), 8),
        families=("photo", "night scene"),
        licences={"photo": "generated", "night scene": "generated"},
    )
