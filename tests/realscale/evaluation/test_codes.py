"""Codes once per weights and set: read again, made again where a part is cut short, not mixed up."""

from pathlib import Path

import numpy as np
import pytest

from realscale.data.dataset import ImageTextSet
from realscale.data.labelled import part
from realscale.evaluation import codes as module
from realscale.evaluation.codes import cached_image_codes, set_fingerprint
from realscale.evaluation.models import Evaluated, evaluated
from realscale.evaluation.sample import stratified_rows

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


def test_codes_are_made_once_and_parts_that_are_there_are_not_made_again(
    model: Evaluated, images: ImageTextSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART", 32)
    direct = model.image_codes(images.images)
    seen: list[int] = []
    first = cached_image_codes(model, images, tmp_path, batch=7, progress=lambda _, done, __: seen.append(done))
    assert seen[-1] == len(images)
    assert first == pytest.approx(direct, abs=1e-5)
    assert np.linalg.norm(first, axis=1) == pytest.approx(1, abs=1e-5)
    files = sorted(tmp_path.rglob("*.safetensors"))
    assert len(files) == 3
    files[1].write_bytes(files[1].read_bytes()[:50])  # cut short by the interruption
    seen.clear()
    again = cached_image_codes(model, images, tmp_path, batch=7, progress=lambda _, done, __: seen.append(done))
    assert seen == [39, 46, 53, 60, 64]
    assert (again == first).all()
    seen.clear()
    cached_image_codes(model, images, tmp_path, progress=lambda _, done, __: seen.append(done))
    assert seen == []


def test_other_weights_and_other_pictures_have_codes_of_their_own(
    model: Evaluated, architecture: str, images: ImageTextSet, tmp_path: Path
) -> None:
    first = cached_image_codes(model, images, tmp_path)
    other = cached_image_codes(evaluated(architecture, device="cpu", seed=4), images, tmp_path)
    assert np.abs(first - other).max() > 1e-3
    places = sorted(tmp_path.iterdir(), key=lambda place: place.stat().st_mtime_ns)
    (own, theirs) = (next(place.glob("*.safetensors")) for place in places)
    own.write_bytes(theirs.read_bytes())  # a file of other weights in the place of one of these
    assert (cached_image_codes(model, images, tmp_path) == first).all()
    half = part(images, np.arange(0, 80, 2))
    assert (cached_image_codes(model, half, tmp_path, batch=80) == first[::2]).all()
    assert len({set_fingerprint(found, size=16) for found in (images, half)}) == 2


def test_random_weights_are_called_random(model: Evaluated, architecture: str) -> None:
    assert model.describe()["weights"] == "random"
    assert evaluated(architecture, device="cpu", seed=3).fingerprint == model.fingerprint


def test_a_part_of_a_set_keeps_the_shares_of_its_cells(images: ImageTextSet) -> None:
    uneven = images.take(np.r_[0:40, 60:70])  # 10 of each cell of two classes, and 10 of one cell more
    rows = stratified_rows(uneven, 25, rng=np.random.default_rng(0))
    assert (np.diff(rows) > 0).all()
    cells = np.unique(2 * uneven.classes[rows] + uneven.contexts[rows], return_counts=True)[1]
    assert cells.tolist() == [5, 5, 5, 5, 5]
    assert len(stratified_rows(uneven, 23, rng=np.random.default_rng(0))) == 23
    assert (stratified_rows(uneven, 1000, rng=np.random.default_rng(0)) == np.arange(50)).all()
    with pytest.raises(ValueError, match="limit is 0"):
        stratified_rows(uneven, 0, rng=np.random.default_rng(0))
