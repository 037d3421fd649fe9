"""Small benchmarks in exactly the official file layouts, and towers that encode by rule."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Any], Path]:
    """write(name, document): a JSON file under the test's folder."""

    def write(name: str, document: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., Path]:
    """draw(name, colour): a small image file."""

    def draw(name: str, colour: tuple[int, int, int] = (200, 30, 30)) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 8), colour).save(path)
        return path

    return draw


@pytest.fixture
def aro(tmp_path: Path, write: Callable[[str, Any], Path], draw: Callable[..., Path]) -> Path:
    draw("images/11.jpg")
    box = {"bbox_x": 4, "bbox_y": 0, "bbox_w": 6, "bbox_h": 4}
    relation = {
        "image_path": "11.jpg",
        **box,
        "relation_name": "under",
        "true_caption": "the cup is under the lamp",
        "false_caption": "the lamp is under the cup",
    }
    near = {**relation, "relation_name": "near", "true_caption": "cup near lamp", "false_caption": "lamp near cup"}
    write("visual_genome_relation.json", [relation, relation, near])
    attribution = {
        "image_path": "11.jpg",
        **box,
        "true_caption": "the red cup and the blue lamp",
        "false_caption": "the blue cup and the red lamp",
        "attributes": ["red", "blue"],
        "obj1_name": "cup",
        "obj2_name": "lamp",
    }
    rare = {**attribution, "attributes": ["tall", "wet"]}
    write("visual_genome_attribution.json", [attribution] * 25 + [rare])
    return tmp_path


@pytest.fixture
def crepe(tmp_path: Path, write: Callable[[str, Any], Path], draw: Callable[..., Path]) -> Path:
    draw("images/000000000042.jpg")
    files = {
        "add_att": "a big dog on a sofa",
        "add_obj": "a dog on a sofa with a hat",
        "replace_att": "a dog on a bed",
        "replace_obj": "a cat on a sofa",
        "replace_rel": "a dog under a sofa",
        "swap_att": "a sofa on a dog",
        "swap_obj": "a sofa on a dog",
    }
    for name, negative in files.items():
        record = {"filename": "000000000042.jpg", "caption": "a dog on a sofa", "negative_caption": negative}
        write(f"{name}.json", {"0": record, "2": record})  # keys with a gap, as swap_obj has one
    return tmp_path


@pytest.fixture
def valse_data(tmp_path: Path, write: Callable[[str, Any], Path], draw: Callable[..., Path]) -> Path:
    draw("images/b.jpg")

    def record(votes: int, piece: str) -> dict[str, Any]:
        return {
            "dataset": "SWiG",
            "original_split": "test",
            "linguistic_phenomena": piece,
            "image_file": "b.jpg",
            "caption": "A man lifts a box.",
            "classes": ["man"] if piece == "existence" else 3,
            "classes_foil": True,
            "mturk": {"foil": 3 - votes, "caption": votes, "other": 0},
            "foil": "A box lifts a man.",
        }

    from realscale.composition.valse import PIECES

    for piece in PIECES:
        write(f"{piece}.json", {"a_1": record(3, piece), "a_2": record(2, piece), "a_3": record(1, piece)})
    return tmp_path


@pytest.fixture
def winoground_data(tmp_path: Path, draw: Callable[..., Path]) -> Path:
    """Two records of one type, one of another, a record a line."""
    captions = [("cat above box", "box above cat"), ("dog in a car", "car in a dog"), ("two red, one blue", "")]
    lines = []
    for number, (first, second) in enumerate(captions):
        for k in (0, 1):
            draw(f"images/ex_{number}_img_{k}.png", (40 * k, 0, 0))
        record = {
            "id": number,
            "image_0": f"ex_{number}_img_0",
            "image_1": f"ex_{number}_img_1",
            "caption_0": first,
            "caption_1": second or "one red, two blue",
            "tag": "Noun",
            "secondary_tag": "",
            "num_main_preds": 1,
            "collapsed_tag": "Both" if number == 2 else "Object",
        }
        lines.append(json.dumps(record))
    (tmp_path / "examples.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def karpathy(tmp_path: Path, write: Callable[[str, Any], Path], draw: Callable[..., Path]) -> Path:
    """COCO and Flickr captions of the Karpathy splits: two captions of one image, and a caption of another."""
    for name, image in (
        ("coco_karpathy_{}.json", "val2014/COCO_val2014_000000000007.jpg"),
        ("flickr30k_{}.json", "flickr30k-images/7.jpg"),
    ):
        draw(image)
        texts = ["A big dog, on a red sofa with a man in a hat.", "Two brown horses stand in the tall green grass"]
        write(name.format("test"), [{"image": image, "caption": texts}])
        write(name.format("val"), [{"image": image, "caption": texts[:1]}])
    return tmp_path


class BagTowers:
    """Texts by the letters in them, whatever their order; every image alike: exact ties on any reordering."""

    calls = 0

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        BagTowers.calls += len(images)
        return np.ones((len(images), 26)) / np.sqrt(26)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        BagTowers.calls += len(texts)
        return np.array([[text.count(chr(97 + letter)) for letter in range(26)] for text in texts], dtype=np.float64)


@pytest.fixture
def towers() -> BagTowers:
    BagTowers.calls = 0
    return BagTowers()
