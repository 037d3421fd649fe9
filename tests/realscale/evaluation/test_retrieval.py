"""Recall: against a count by hand, ties as if broken by lot, a constant score at chance."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realscale.composition.items import BenchmarkError
from realscale.data.dataset import ImageTextSet
from realscale.evaluation.captioned import captioned_retrieval, read_captioned
from realscale.evaluation.models import Evaluated
from realscale.evaluation.retrieval import RANKS, caption_retrieval, recall_credits, recall_table, retrieval

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


def _by_all_orders(scores: np.ndarray, relevant: np.ndarray, rank: int) -> float:
    """Share of the orders that break ties in which a relevant candidate is among the first `rank`."""
    found = []
    for order in permutations(range(len(scores))):
        ranking = sorted(order, key=lambda k: -scores[k])  # stable: ties stay in this order
        found.append(any(relevant[k] for k in ranking[:rank]))
    return float(np.mean(found))


def test_ties_are_as_if_broken_by_lot() -> None:
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 3, size=(30, 6)).astype(np.float64)
    relevant = rng.random((30, 6)) < 0.4
    relevant[:, 0] |= ~relevant.any(axis=1)
    found = recall_credits(scores, relevant, (1, 2, 5))
    expected = [[_by_all_orders(*row, rank) for rank in (1, 2, 5)] for row in zip(scores, relevant, strict=True)]
    assert found == pytest.approx(np.array(expected))


def test_a_constant_score_has_the_recall_of_chance() -> None:
    pairs = np.array([[0, 0], [0, 1], [1, 2], [2, 3]])
    found = recall_table(np.ones((3, 2)), np.ones((12, 2)), pairs)
    for rank in RANKS:
        assert found[f"R@{rank}"]["recall"] == pytest.approx(found[f"R@{rank}"]["chance"])
    assert found["R@1"]["chance"] == pytest.approx((2 / 12 + 1 / 12 + 1 / 12) / 3)


def test_several_captions_of_an_image_are_all_right() -> None:
    images, texts = np.eye(3), np.eye(3)[[0, 0, 1, 2]]
    found = retrieval(images, texts, np.array([[0, 0], [0, 1], [1, 2], [2, 3]]))
    assert found["image_to_text"]["R@1"]["recall"] == found["text_to_image"]["R@1"]["recall"] == 1
    assert (found["image_to_text"]["queries"], found["text_to_image"]["queries"]) == (3, 4)
    crossed = retrieval(images, texts, np.array([[1, 0], [0, 1], [0, 2], [2, 3]]))
    assert crossed["text_to_image"]["R@1"]["recall"] == pytest.approx(2 / 4)
    assert crossed["image_to_text"]["R@1"]["recall"] == pytest.approx((1 / 2 + 0 + 1) / 3)
    with pytest.raises(ValueError, match="no relevant candidate"):
        retrieval(images, texts, np.array([[0, 0]]))


def test_captions_of_a_karpathy_split_belong_to_their_own_image(model: Evaluated, tmp_path: Path) -> None:
    for number in range(2):
        Image.new("RGB", (20, 16), (200 * number, 30, 30)).save(tmp_path / f"{number}.jpg")
    document = [{"image": f"{number}.jpg", "caption": ["a dog", f"a dog, number {number}"]} for number in range(2)]
    path = tmp_path / "coco_karpathy_test.json"
    path.write_text(json.dumps(document))
    files, texts, pairs = read_captioned(path, tmp_path)
    assert (files.name, len(files), texts[2]) == ("coco_karpathy_test", 2, "a dog")
    assert pairs.tolist() == [[0, 0], [0, 1], [1, 2], [1, 3]]
    found, count = captioned_retrieval(model, path, tmp_path, lambda _: model.text_codes(["a dog, number 0", "a dog"]))
    assert count == 2
    assert found["image_to_text"]["R@1"]["recall"] == pytest.approx((1 + 1 / 2) / 2)  # two images have this caption
    assert found["text_to_image"]["queries"] == 4
    document[1]["image"] = "2.jpg"
    path.write_text(json.dumps(document))
    with pytest.raises(BenchmarkError, match=r"2\.jpg is not there"):
        read_captioned(path, tmp_path)
    document[1]["caption"] = []
    path.write_text(json.dumps(document))
    with pytest.raises(BenchmarkError, match="expected a list of texts"):
        read_captioned(path, tmp_path)


def test_images_of_one_caption_belong_to_it(model: Evaluated, images: ImageTextSet) -> None:
    codes = model.text_codes(images.captions)  # an image that is coded as its caption
    found = caption_retrieval(model, images, codes)
    assert found["image_to_text"]["candidates"] == 4
    assert found["image_to_text"]["R@1"]["recall"] == found["text_to_image"]["R@1"]["recall"] == 1
