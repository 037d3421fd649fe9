"""Sets of prompt tuning, made here as CoOp lays them out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realscale.data.coop_listings import IMAGE_FOLDERS
from realscale.data.coop_sets import load_coop
from realscale.data.errors import DataError
from realscale.data.labelled import LabelledImages
from realscale.data.splits import base_and_new

SPLITS: dict[str, list[Any]] = {
    "train": [["a/1.jpg", 0, "tabby_cat"], ["b/1.jpg", 1, "pug"], ["c/1.jpg", 2, "beagle"]],
    "val": [["a/2.jpg", 0, "tabby_cat"]],
    "test": [["b/2.jpg", 1, "pug"], ["a/3.jpg", 0, "tabby_cat"]],
}


@pytest.fixture
def pets(tmp_path: Path, paint: Callable[..., None]) -> Path:
    root = tmp_path / "oxford_pets"
    for path, label, _ in (entry for split in SPLITS.values() for entry in split):
        paint(root / "images" / path, 60 * label + 10 * int(path[2]))
    (root / "split_zhou_OxfordPets.json").write_text(json.dumps(SPLITS))
    return root


def rewrite(root: Path, **splits: Any) -> None:
    (root / "split_zhou_OxfordPets.json").write_text(json.dumps({**SPLITS, **splits}))


def test_a_split_in_the_order_of_its_file(pets: Path) -> None:
    found = load_coop(pets)
    assert isinstance(found, LabelledImages)
    assert (found.name, found.context_names, found.contexts.tolist()) == ("OxfordPets", ("OxfordPets",), [0, 0])
    assert found.class_names == ("tabby cat", "pug", "beagle")
    assert (found.classes.tolist(), found.captions) == ([1, 0], ("pug", "tabby cat"))
    assert np.abs(found.pictures(np.array([0, 1]), size=3)[:, 1, 1, 1] - np.array([80.0, 30.0])).max() <= 2
    assert len(load_coop(pets, split="train")) == 3


def test_base_is_the_larger_half(pets: Path) -> None:
    base, new = base_and_new(load_coop(pets, split="train"))
    assert (base.class_names, new.class_names) == (("tabby cat", "pug"), ("beagle",))
    assert new.classes.tolist() == [0]


def test_bad_entries_are_skipped_and_named(pets: Path) -> None:
    bad = [
        ["b/2.jpg", 1, "cat"],
        ["b/9.jpg", 1, "pug"],
        ["../split_zhou_OxfordPets.json", 1, "pug"],
        ["/etc/1.jpg", 0, "tabby_cat"],
    ]
    bad += [["b/2.jpg", 1], "b/2.jpg", ["b/2.jpg", "1", "pug"], ["b/2.jpg", True, "pug"], ["b/2.jpg", -1, "pug"]]
    rewrite(pets, test=SPLITS["test"] + bad)
    found = load_coop(pets)
    assert len(found) == 2
    assert found.findings.named == {
        "malformed entry": [f"test[{number}]" for number in range(6, 11)],
        "class that contradicts the label": ["b/2.jpg"],
        "absent file": ["b/9.jpg"],
        "path leads out of the folder": ["../split_zhou_OxfordPets.json", "/etc/1.jpg"],
    }


def test_a_label_that_no_entry_has_is_refused(pets: Path) -> None:
    rewrite(pets, train=[["a/1.jpg", 0, "tabby_cat"], ["c/1.jpg", 3, "beagle"]])
    with pytest.raises(DataError, match=r"has 3 labels \[0, 1, 3\].*every one of 0 to n-1"):
        load_coop(pets)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"train": [], "val": [], "test": 3}'])
def test_a_broken_split_file_is_refused(pets: Path, text: str) -> None:
    (pets / "split_zhou_OxfordPets.json").write_text(text)
    with pytest.raises(DataError, match=r"split_zhou_OxfordPets\.json cannot be read"):
        load_coop(pets)


def test_no_split_file_two_or_one_of_another_name_are_refused(pets: Path) -> None:
    (pets / "split_zhou_Food101.json").write_text("{}")
    with pytest.raises(DataError, match="holds 2 files split_zhou"):
        load_coop(pets)
    (pets / "split_zhou_OxfordPets.json").unlink()
    (pets / "split_zhou_Food101.json").rename(pets / "split_zhou_Food.json")
    with pytest.raises(DataError, match=r"names the set 'Food', expected one of Caltech101"):
        load_coop(pets)


@pytest.mark.parametrize("name", sorted(IMAGE_FOLDERS))
def test_images_lie_where_the_set_keeps_them(tmp_path: Path, paint: Callable[..., None], name: str) -> None:
    paint(tmp_path / IMAGE_FOLDERS[name] / "x" / "1.jpg", 7)
    entry = [["x/1.jpg", 0, "thing"]]
    (tmp_path / f"split_zhou_{name}.json").write_text(json.dumps(dict.fromkeys(("train", "val", "test"), entry)))
    assert load_coop(tmp_path).paths == ("x/1.jpg",)


def test_aircraft_by_its_own_lists(tmp_path: Path, paint: Callable[..., None]) -> None:
    for name, level in (("0034309", 10), ("0034958", 20)):
        paint(tmp_path / "images" / f"{name}.jpg", level)
    (tmp_path / "variants.txt").write_text("727-200\nCessna 172\n707-320\n")
    (tmp_path / "images_variant_test.txt").write_text("0034958 Cessna 172\n0034309 707-320\n0034309 A380\n1 727-200\n")
    found = load_coop(tmp_path)
    assert (found.name, found.class_names) == ("FGVCAircraft", ("727-200", "Cessna 172", "707-320"))
    assert (found.paths, found.classes.tolist()) == (("0034958.jpg", "0034309.jpg"), [1, 2])
    assert found.findings.named == {"malformed entry": ["test: 0034309 A380"], "absent file": ["1.jpg"]}
    with pytest.raises(DataError, match=r"cannot be read: .*images_variant_train\.txt"):
        load_coop(tmp_path, split="train")


def test_imagenet_by_its_sorted_synsets(tmp_path: Path, paint: Callable[..., None]) -> None:
    (tmp_path / "classnames.txt").write_text("n02 great white shark\nn01 tench\n")
    for split in ("train", "val"):
        for number, synset in enumerate(("n01", "n02", "n03")):
            paint(tmp_path / "images" / split / synset / f"{split}_{synset}.JPEG", 40 * number)
    for split in ("val", "test"):
        found = load_coop(tmp_path, split=split)
        assert (found.name, found.class_names) == ("ImageNet", ("tench", "great white shark"))
        assert (found.paths, found.classes.tolist()) == (("val/n01/val_n01.JPEG", "val/n02/val_n02.JPEG"), [0, 1])
        assert found.findings.named == {"class folder without a label": ["val/n03"]}
    assert load_coop(tmp_path, split="train").paths == ("train/n01/train_n01.JPEG", "train/n02/train_n02.JPEG")
