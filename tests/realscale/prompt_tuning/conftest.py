"""A tiny CLIP with random weights that let the words before a name matter, and its codes of generated images."""

import json

import numpy as np
import pytest
import torch

from realscale.data.dataset import ImageTextSet
from realscale.evaluation.models import Evaluated, evaluated
from realscale.prompt_tuning.training import Pictures

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "layers": 3, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 3},
}


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")
    path = tmp_path_factory.mktemp("architecture") / "token-scm-prompts.json"
    path.write_text(json.dumps(TINY))
    found = evaluated(str(path), device="cpu", seed=5)
    with torch.no_grad():
        for parameter in found.model.clip.transformer.parameters():
            parameter.mul_(2 if parameter.ndim == 2 else 1)  # at open_clip's own scale attention hardly mixes tokens
    return found


@pytest.fixture(scope="session")
def pictures(model: Evaluated) -> Pictures:
    """Four classes of eight pictures, each class of one colour."""
    rng = np.random.default_rng(0)
    number = np.repeat(np.arange(4), 8)
    images = rng.integers(0, 60, size=(32, 16, 16, 3), dtype=np.uint8)
    images += np.array([[190, 0, 0], [0, 190, 0], [0, 0, 190], [150, 150, 0]], dtype=np.uint8)[number][:, None, None]
    names = ("red apple", "pear", "blue plum", "lemon")
    found = ImageTextSet(
        name="colours",
        images=images,
        captions=tuple(names[k] for k in number),
        concepts=number,
        concept_names=names,
        styles=np.zeros(32, dtype=np.int64),
        style_names=("photo",),
        style_phrases=("a photo",),
        classes=number,
        class_names=names,
        groups=np.arange(32),
        families=("photo",),
        licences={"photo": "generated"},
    )
    return Pictures(model, found, model.image_codes(images))
