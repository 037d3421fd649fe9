"""Features are computed once, and only ever read for the pictures and weights that they are of."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from realscale.data.cache import ENVIRONMENT_VARIABLE
from realscale.data.dataset import ImageTextSet
from realscale.data.errors import DataError, MissingData
from realscale.data.progress import Progress
from realscale.pretrained.features import image_features, store_features
from realscale.pretrained.image_tower import ImageTower

COUNT = 40  # more than one batch


class Means(ImageTower):
    """A tower without a network, whose features are the mean colours; it counts the images it saw."""

    def __init__(self) -> None:
        self.seen = 0

    def features(self, images: np.ndarray) -> np.ndarray:
        self.seen += len(images)
        return images.mean(axis=(1, 2), dtype=np.float32)


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImageTextSet:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    ids = np.zeros(COUNT, dtype=np.int64)
    return ImageTextSet(
        name="noise",
        images=np.random.default_rng(0).integers(0, 256, size=(COUNT, 8, 8, 3), dtype=np.uint8),
        captions=("thing",) * COUNT,
        concepts=ids,
        concept_names=("thing",),
        styles=ids,
        style_names=("drawn",),
        style_phrases=("a picture",),
        classes=ids,
        class_names=("things",),
        groups=ids,
        families=("drawn",),
        licences={"drawn": "none"},
    )


def _store(dataset: ImageTextSet, tower: Means) -> None:
    store_features(dataset, lambda: tower, Progress(quiet=True))


def test_features_are_computed_once_and_in_order(dataset: ImageTextSet) -> None:
    tower = Means()
    _store(dataset, tower)

    def none_is_made() -> Means:
        raise AssertionError("torch is imported for nothing")

    store_features(dataset, none_is_made, Progress(quiet=True))
    assert tower.seen == COUNT
    assert np.array_equal(image_features(dataset), dataset.images.mean(axis=(1, 2), dtype=np.float32))


def test_features_of_other_pictures_are_not_read(dataset: ImageTextSet) -> None:
    with pytest.raises(MissingData, match=r"with: python -m realscale\.pretrained fetch"):
        image_features(dataset)
    _store(dataset, Means())
    images = dataset.images.copy()
    images[7, 3, 3, 1] ^= 1
    with pytest.raises(MissingData, match="made from other sources"):
        image_features(replace(dataset, images=images))


def test_a_damaged_file_is_refused(dataset: ImageTextSet, tmp_path: Path) -> None:
    _store(dataset, Means())
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="corrupt"):
        image_features(dataset)
