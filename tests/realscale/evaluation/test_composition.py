"""Composition: the evaluated model scores as open_clip's own transform does, and pairs of emoji are read from codes."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realscale.composition.models import OpenClip
from realscale.composition.scoring import encode, report
from realscale.composition.sugarcrepe import sugarcrepe
from realscale.data.dataset import ImageTextSet
from realscale.data.squares import square
from realscale.evaluation.composition import ModelTowers, benchmark_scores, emoji_composition
from realscale.evaluation.models import Evaluated

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies

FILES = ("add_att", "add_obj", "replace_att", "replace_obj", "replace_rel", "swap_att", "swap_obj")


def _picture(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, size=(5, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((28, 20))


def test_a_benchmark_is_scored_as_by_its_own_command(model: Evaluated, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number, name in enumerate(FILES):
        _picture(number).save(tmp_path / "images" / f"{number}.png")
        record = {"filename": f"{number}.png", "caption": "a dog on a sofa", "negative_caption": "a sofa on a dog"}
        (tmp_path / f"{name}.json").write_text(json.dumps({"0": record}))
    other = OpenClip(model.model.name)
    other.model.load_state_dict(model.model.clip.state_dict())
    benchmark = sugarcrepe(tmp_path, tmp_path / "images")
    expected = report(benchmark, encode(benchmark, other).scores(benchmark.items))
    found = benchmark_scores(model, "sugarcrepe", tmp_path, None, batch=4, progress=None, seed=0)
    assert found["micro"]["accuracy"] == expected.micro.accuracy
    assert found["micro"]["margin"] == pytest.approx(expected.micro.margin, abs=1e-5)
    assert set(found["types"]) == set(expected.types)


def test_pictures_of_a_set_are_coded_as_open_clip_codes_the_file(model: Evaluated) -> None:
    pictures = [_picture(seed) for seed in range(3)]
    direct = model.image_codes(np.stack([square(picture, model.size) for picture in pictures]))
    assert ModelTowers(model).encode_images(pictures) == pytest.approx(direct, abs=1e-5)


def test_pairs_of_emoji_are_right_where_images_are_coded_as_their_captions(model: Evaluated) -> None:
    rng = np.random.default_rng(0)
    captions = ("red apple", "green apple", "black book", "blue book") * 2
    number, style = np.arange(8) % 4, np.arange(8) // 4
    images = ImageTextSet(
        name="emoji",
        images=rng.integers(0, 256, size=(8, 16, 16, 3), dtype=np.uint8),
        captions=captions,
        concepts=number,
        concept_names=captions[:4],
        styles=style,
        style_names=("one", "other"),
        style_phrases=("one", "other"),
        classes=np.zeros(8, dtype=np.int64),
        class_names=("thing",),
        groups=number,
        families=("one", "other"),
        licences={"one": "", "other": ""},
    )
    codes = model.text_codes(captions)
    found = emoji_composition(model, images, codes)
    assert found["types"]["replace"]["accuracy"] == found["winoground"]["group"] == 1
    wrong = emoji_composition(model, images, codes[[1, 0, 3, 2, 5, 4, 7, 6]])
    assert wrong["micro"]["accuracy"] == 0
    with pytest.raises(ValueError, match="hold no pair of captions"):
        emoji_composition(model, images.take(number == 0), codes[number == 0])
