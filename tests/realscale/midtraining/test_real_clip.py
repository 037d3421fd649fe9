"""From weights to weights: zero-shot, a step of mid-training, and zero-shot by what it wrote, each by its command.

A tiny CLIP trained here takes the place of a pretrained one. For yours as well, of any architecture of open_clip:

    TOKEN_SCM_CLIP=weights.safetensors TOKEN_SCM_CLIP_ARCHITECTURE=ViT-B-32-quickgelu \
        pytest tests/realscale/midtraining/test_real_clip.py

A tag of open_clip ("openai") does too; TOKEN_SCM_CLIP_ACTIVATION (gelu, quickgelu) says what a file does not.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from sklearn.datasets import load_sample_image

from realscale.evaluate import main as evaluate
from realscale.midtrain import main as midtrain
from realscale.midtraining.models import ClipModel

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
HERE, YOURS = "a tiny CLIP trained here", os.environ.get("TOKEN_SCM_CLIP", "")


@dataclass(frozen=True)
class Checkpoint:
    architecture: str
    weights: str
    activation: str = ""

    def options(self) -> list[str]:
        said = ["--activation", self.activation] if self.activation else []
        return ["--architecture", self.architecture, "--pretrained", self.weights, "--device", "cpu", *said]


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Two photographs and their mirror images, in the layout of DomainBed."""
    for name, label in (("flower.jpg", "flower"), ("china.jpg", "palace")):
        folder = tmp_path / "set" / "photo" / label
        folder.mkdir(parents=True)
        picture = load_sample_image(name)
        for number, pixels in enumerate((picture, picture[:, ::-1])):
            Image.fromarray(np.ascontiguousarray(pixels)).save(folder / f"{number}.png")
    return tmp_path / "set"


def trained(architecture: str, photographs: Path, out: Path, *more: str) -> Path:
    data = ["--data", str(photographs), "--layout", "domainbed", "--batch", "4", "--out", str(out), "--quiet"]
    assert midtrain(["--architecture", architecture, *data, *more]) == 0
    return out / "weights.safetensors"


@pytest.fixture(params=[HERE, *filter(None, [YOURS])])
def checkpoint(request: pytest.FixtureRequest, architecture: str, photographs: Path, tmp_path: Path) -> Checkpoint:
    if request.param == YOURS:
        named = os.environ["TOKEN_SCM_CLIP_ARCHITECTURE"]
        return Checkpoint(named, YOURS, os.environ.get("TOKEN_SCM_CLIP_ACTIVATION", ""))
    settings = ["--steps", "30", "--rate", "3e-3", "--warmup", "2", "--device", "cpu"]
    whole = load_file(trained(architecture, photographs, tmp_path / "start", *settings))
    torch.save(whole, tmp_path / "published.pt")  # as others publish theirs: without a record of the activation
    return Checkpoint(architecture, str(tmp_path / "published.pt"), "gelu")


def accuracy(checkpoint: Checkpoint, photographs: Path, out: Path) -> float:
    data = ["--data", str(photographs), "--layout", "domainbed", "--out", str(out)]
    assert evaluate(["zero-shot", *checkpoint.options(), *data]) == 0
    (record,) = out.glob("*.json")
    sections = json.loads(record.read_text())["sections"].values()
    return next(float(section["mean"]["accuracy"]) for section in sections if section["kind"] == "class")


def test_pretrained_weights_are_evaluated_trained_and_evaluated_again(
    checkpoint: Checkpoint, photographs: Path, tmp_path: Path
) -> None:
    assert accuracy(checkpoint, photographs, tmp_path / "before") == 1.0
    step = ["--steps", "1", "--warmup", "0", "--rate", "1e-6", "--chunk", "2", *checkpoint.options()[2:]]
    written = str(trained(checkpoint.architecture, photographs, tmp_path / "run", *step))
    assert accuracy(Checkpoint(checkpoint.architecture, written), photographs, tmp_path / "after") == 1.0
    before = ClipModel(checkpoint.architecture, checkpoint.weights, activation=checkpoint.activation or None)  # type: ignore[arg-type]
    after = ClipModel(checkpoint.architecture, written)
    moved = {name: float((after.state_dict()[name] - old).abs().max()) for name, old in before.state_dict().items()}
    assert 0 < max(moved.values()) < 1e-4  # a step of Adam at this rate, and nothing else
    assert before.clip.visual.image_mean == after.clip.visual.image_mean
